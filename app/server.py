"""Serving and working as processes: until SIGTERM or Ctrl-C, and then to an orderly end."""

import asyncio
import contextlib
import errno
import gc
import socket
from collections.abc import Callable, Iterator

import uvicorn

from api.messages import LARGEST_MESSAGE
from app.build import Server, open_server, open_worker
from app.ending import drained, kept, on_parent, on_signals
from app.protocols import Requests, Sockets
from app.settings import Settings
from app.worker import Worker

OCCUPIED = "Is something running there? Choose another port."
ELSEWHERE = "TONGBAN_HOST must be an address of this machine, and TONGBAN_PORT one that may be used."

GONE_S = 60
"""How long what was sent may go unacknowledged: a phone that vanished is then gone, and a stream to it ends. Linux alone can."""


class CannotListen(Exception):
    """The address to serve at cannot be had. Says which, and why."""


class _Uvicorn(uvicorn.Server):
    """Leaves signals to us: uvicorn would raise them again after it has ended, which shows a citizen's operator a trace."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(settings: Settings, started: Callable[[int], None], inherited: int | None = None) -> None:
    """Serves until SIGTERM or SIGINT, then lets requests, questions and pushes under way end, all within `drain_s`.

    `started` is called with the port once requests are answered. With `inherited` it serves on that open socket of a parent,
    and ends with the parent too, whose end closes standard input. Raises what open_server raises, CannotListen, and
    what `kept` raises.
    """
    async with open_server(settings) as server:
        if inherited is None:
            listening = listener(settings.host, settings.port)
        else:
            listening = socket.socket(fileno=inherited)
        await _serve(server, settings, listening, started, with_parent=inherited is not None)


async def work(settings: Settings, started: Callable[[], None]) -> None:
    """Works until SIGTERM or SIGINT, then ends what is in hand within `drain_s`, or gives it back.

    `started` is called once it works. Raises what open_worker raises.
    """
    async with open_worker(settings) as (house, worker):
        stop = asyncio.Event()
        on_signals(stop.set)
        async with kept(house.lock, house.still_current, stop.set), asyncio.TaskGroup() as tasks:
            working = tasks.create_task(worker.run(stop))
            tasks.create_task(house.pulse.run(stop))
            started()
            await stop.wait()
            await drained(working, house.ending)


async def _serve(
    server: Server, settings: Settings, listening: socket.socket, started: Callable[[int], None], *, with_parent: bool
) -> None:
    web, stop, ending = _uvicorn(server, settings), asyncio.Event(), server.house.ending

    def end() -> None:
        ending.left()
        web.should_exit = True
        stop.set()

    def hurry() -> None:
        """Requests under way are not waited for."""
        web.force_exit = True
        end()

    (on_parent if with_parent else on_signals)(end, hurry)
    async with kept(server.house.lock, server.house.still_current, end), asyncio.TaskGroup() as tasks:
        working = tasks.create_task(_working(server.worker, stop))
        tasks.create_task(server.house.pulse.run(stop))
        tasks.create_task(server.tally.run(stop))
        # What was built is there to stay: to look for garbage among it again and again holds everybody up.
        gc.freeze()
        tasks.create_task(_announce(web, started, listening.getsockname()[1]))
        await web.serve(sockets=[listening])
        stop.set()
        await server.tally.write()
        await drained(working, ending)


def _uvicorn(server: Server, settings: Settings) -> _Uvicorn:
    config = uvicorn.Config(
        server.web,
        log_config=None,
        access_log=False,
        lifespan="off",
        http=Requests,
        ws=Sockets,
        ws_max_size=LARGEST_MESSAGE,
        ws_per_message_deflate=False,
        server_header=False,
        timeout_graceful_shutdown=max(1, int(settings.drain_s)),
    )
    return _Uvicorn(config)


async def _working(worker: Worker | None, stop: asyncio.Event) -> None:
    if worker is not None:
        await worker.run(stop)


def listener(host: str, port: int) -> socket.socket:
    """A bound socket. Raises CannotListen.

    It is made with its protocol named: asyncio's own event loop turns off Nagle's algorithm only then, and without that every
    answer would wait 40 ms for the phone's acknowledgement (docs/adr/0018).
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, GONE_S * 1000)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        advice = OCCUPIED if error.errno == errno.EADDRINUSE else ELSEWHERE
        raise CannotListen(f"Cannot listen on {host}, port {port}: {error.strerror}. {advice}") from None
    return listening


async def _announce(server: uvicorn.Server, started: Callable[[int], None], port: int) -> None:
    while not server.started and not server.should_exit:
        await asyncio.sleep(0.01)
    if server.started:
        started(port)
