"""Serving: uvicorn with the worker beside it, and an orderly end on SIGTERM or Ctrl-C."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Iterator

import uvicorn
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.messages import LARGEST_MESSAGE
from app.build import House, open_house
from app.settings import Settings

LINGER_S = 10.0
"""How long a socket that has ended may take to send what is left."""


class CannotListen(Exception):
    """The address to serve at cannot be had. Says which, and why."""


class _Server(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again after it has ended, which shows a citizen's operator a trace."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Sockets(WebSocketsSansIOProtocol):
    """Lets go of a socket whose client does not take what was sent last: closing would wait for that for ever."""

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self.loop.call_later(LINGER_S, self.transport.abort)


async def serve(settings: Settings, started: Callable[[int], None]) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests, questions and pushes under way end for `drain_s`.

    `started` is called with the port once requests are answered. Raises what open_house raises, and CannotListen.
    """
    async with open_house(settings) as house:
        await _serve(house, settings, started)


async def _serve(house: House, settings: Settings, started: Callable[[int], None]) -> None:
    config = uvicorn.Config(
        house.web,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws=Sockets,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(settings.drain_s)),
    )
    server, stop = _Server(config), asyncio.Event()
    listener = _listener(settings.host, settings.port)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _end, server, stop)
    async with asyncio.TaskGroup() as tasks:
        worker = tasks.create_task(house.worker.run(stop))
        serving = tasks.create_task(server.serve(sockets=[listener]))
        tasks.create_task(_announce(server, started, listener.getsockname()[1]))
        await serving
        stop.set()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(worker, settings.drain_s)


def _listener(host: str, port: int) -> socket.socket:
    """A bound socket. Raises CannotListen.

    It is made with its protocol named: asyncio's own event loop turns off Nagle's algorithm only then, and without that every
    answer would wait 40 ms for the phone's acknowledgement (docs/adr/0018).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise CannotListen(f"Cannot listen on {host}, port {port}: {error.strerror}.") from None
    return listener


async def _announce(server: uvicorn.Server, started: Callable[[int], None], port: int) -> None:
    while not server.started and not server.should_exit:
        await asyncio.sleep(0.01)
    if server.started:
        started(port)


def _end(server: uvicorn.Server, stop: asyncio.Event) -> None:
    """The first signal ends in order; after a second one requests under way are not waited for."""
    server.force_exit = server.should_exit
    server.should_exit = True
    stop.set()
