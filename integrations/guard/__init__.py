"""What stands between a question and a platform. Each part is a small state machine; guard.py puts them together."""
