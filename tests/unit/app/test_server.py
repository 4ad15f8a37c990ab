"""What we change in uvicorn's sockets."""

import asyncio
from typing import Any

import aiohttp
import pytest
import uvicorn

from app import server
from app.server import CannotListen, Sockets, listener

AT_ONCE = 0.05


class Watched(Sockets):
    """Counts how often a connection is aborted."""

    aborted = 0

    def connection_made(self, transport: Any) -> None:
        abort = transport.abort

        def counted() -> None:
            type(self).aborted += 1
            abort()

        transport.abort = counted
        super().connection_made(transport)


async def farewell(scope: Any, receive: Any, send: Any) -> None:
    """An application that ends each socket at once."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1000})


async def test_a_socket_that_has_ended_is_not_aborted(monkeypatch):
    """Its client took the end and hung up: nothing is kept of it for as long as one that does not might take."""
    monkeypatch.setattr(server, "LINGER_S", AT_ONCE)
    listening = listener("127.0.0.1", 0)
    port = listening.getsockname()[1]
    web = uvicorn.Server(uvicorn.Config(farewell, ws=Watched, log_config=None, lifespan="off"))
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    async with aiohttp.ClientSession() as session:
        while not web.started:
            await asyncio.sleep(0)
        async with session.ws_connect(f"http://127.0.0.1:{port}") as line:
            assert (await line.receive()).type is aiohttp.WSMsgType.CLOSE
        while web.server_state.connections:
            await asyncio.sleep(0)
    await asyncio.sleep(2 * AT_ONCE)
    assert Watched.aborted == 0
    web.should_exit = True
    await serving


def test_what_to_do_where_nobody_can_listen():
    """Another port does not help with an address of another machine (TEST-NET-1, RFC 5737)."""
    with pytest.raises(CannotListen, match="TONGBAN_HOST must be an address of this machine"):
        listener("192.0.2.1", 0)
    with listener("127.0.0.1", 0) as taken:
        taken.listen()
        with pytest.raises(CannotListen, match="Choose another port"):
            listener("127.0.0.1", taken.getsockname()[1])
