"""Where the service listens."""

import socket

import pytest

from app.server import GONE_S, CannotListen, listener


def test_what_to_do_where_nobody_can_listen():
    """Another port does not help with an address of another machine (TEST-NET-1, RFC 5737)."""
    with pytest.raises(CannotListen, match="TONGBAN_HOST must be an address of this machine"):
        listener("192.0.2.1", 0)
    with listener("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(CannotListen, match="Choose another port"):
            listener("127.0.0.1", taken.getsockname()[1])


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no TCP_USER_TIMEOUT")
async def test_a_client_that_vanished_is_found_out():
    """Every connection inherits for how long what was sent may go unacknowledged."""
    with listener("127.0.0.1", 0) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()):
            connection, _ = listening.accept()
            with connection:
                assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == GONE_S * 1000
