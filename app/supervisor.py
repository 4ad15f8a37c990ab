"""`tongban serve --workers N`: one parent that binds the address, and N server processes that answer there.

Each of them is `tongban serve` itself, on the parent's socket. One that dies is started again. uvicorn's own supervisor is not
used: it would have uvicorn build the house, and end it without order (docs/adr/0035).
"""

import asyncio
import contextlib
import logging
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable

from app.build import require_redis
from app.ending import CLOSING_S, on_signals
from app.server import listener
from app.settings import Settings

log = logging.getLogger(__name__)

FIRST_PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
"""Before a process that died is started again: twice as long for each time that it died before it answered."""


async def serve_many(settings: Settings, count: int, started: Callable[[int], None]) -> int:
    """Keeps `count` server processes until SIGTERM or SIGINT, which it passes on; the worst of their exit statuses.

    `started` is called with the port once all of them answer. A process that ends before that ends all; it has said why.
    One that has not ended when `drain_s` and CLOSING_S are over is killed. Raises SettingsError without Redis, and CannotListen.
    """
    require_redis(settings, f"tongban serve --workers {count}")
    with contextlib.closing(listener(settings.host, settings.port)) as listening:
        crew = _Crew(listening.fileno(), count, settings.drain_s + CLOSING_S)
        on_signals(crew.end, crew.hurry)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(crew.keep(0))
            if await crew.answers(0):
                # The first one alone until here, so that what is wrong is said once.
                for place in range(1, count):
                    tasks.create_task(crew.keep(place))
                if all([await crew.answers(place) for place in range(count)]):
                    crew.complete = True
                    started(listening.getsockname()[1])
        return crew.status


class _Crew:
    """The server processes, by place. `complete` once all have answered; `patience_s` is what their end may take."""

    def __init__(self, socket: int, count: int, patience_s: float) -> None:
        self.complete, self.status = False, 0
        self._socket, self._patience_s = socket, patience_s
        self._stop = asyncio.Event()
        self._answered = [asyncio.Event() for _ in range(count)]
        self._processes: set[Process] = set()

    def end(self) -> None:
        """Tells all to end in order."""
        if not self._stop.is_set():
            asyncio.get_running_loop().call_later(self._patience_s, self._kill)
        self._stop.set()
        for answered in self._answered:
            answered.set()
        self._signal(signal.SIGTERM)

    def hurry(self) -> None:
        """Tells all to cut off the requests under way."""
        self._signal(signal.SIGINT)

    def _kill(self) -> None:
        if self._processes:
            log.error("server processes did not end in time and are killed", extra={"count": len(self._processes)})
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)

    async def answers(self, place: int) -> bool:
        """Waits until the process at a place answers; False if the end came first."""
        await self._answered[place].wait()
        return not self._stop.is_set()

    async def keep(self, place: int) -> None:
        """Keeps a process at a place until the end."""
        pause = FIRST_PAUSE_S
        while not self._stop.is_set():
            answered, status = await self._run(place)
            if self._stop.is_set() or not self.complete:
                self.status = max(self.status, self._counted(status))
                break
            log.error("a server process ended; another takes its place", extra={"status": status})
            pause = FIRST_PAUSE_S if answered else min(pause * 2, LONGEST_PAUSE_S)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)
        if not self._stop.is_set():
            self.end()

    def _counted(self, status: int) -> int:
        """A process that was told to end before it listens to us dies of it, and that is in order."""
        if self._stop.is_set() and status == -signal.SIGTERM:
            return 0
        return status if status >= 0 else 1

    async def _run(self, place: int) -> tuple[bool, int]:
        """Whether it ever answered, and its exit status."""
        process = await self._started()
        try:
            assert process.stdout
            answered = bool(await process.stdout.readline())
            if answered:
                self._answered[place].set()
            return answered, await process.wait()
        finally:
            self._processes.discard(process)

    async def _started(self) -> Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "serve", "--socket", str(self._socket)),
            stdin=PIPE,  # It closes when we are gone, however we went.
            stdout=PIPE,
            pass_fds=(self._socket,),
            start_new_session=True,  # Ctrl-C is for us: we pass it on once.
        )
        self._processes.add(process)
        if self._stop.is_set():
            process.terminate()
        return process
