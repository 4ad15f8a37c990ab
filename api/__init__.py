"""The web edge: translates HTTP and WebSocket, decides nothing."""
