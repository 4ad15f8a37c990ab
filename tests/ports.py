"""Ports for servers that tests start."""

import random
import socket

PORTS = range(16000, 22000)
"""A node of a Redis Cluster has a second port, 10,000 above its first. Both stay below those that the system hands out to
clients, so that nobody takes one while its server is stopped.
"""


def free_port() -> int:
    """A port that was free a moment ago, and the second one with it."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as first, socket.socket() as second:
            try:
                first.bind(("127.0.0.1", port))
                second.bind(("127.0.0.1", port + 10000))
            except OSError:
                continue
            return port
