"""How a process comes to its end: told to by a signal or its parent, or because its lock holds no longer."""

import asyncio
import contextlib
import logging
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from store.lock import Held, Lock

log = logging.getLogger(__name__)

GIVE_BACK_S = 10.0
"""How long a worker that may not go on has to write down what it gives back."""

CLOSING_S = 20.0
"""How long an end may take besides the drain: to give back, and to close what is open."""

OVERTAKEN = "another process holds the lock: this one ends"
CHANGED = "the database was changed while the lock was lost: this one ends"


class Ending:
    """The one deadline of an orderly end, for all that is under way: `drain_s` seconds after it began."""

    def __init__(self, drain_s: float) -> None:
        self._drain_s = drain_s
        self._until: float | None = None

    def left(self) -> float:
        """Seconds until the deadline, at last 0. The first call begins the end."""
        now = asyncio.get_running_loop().time()
        if self._until is None:
            self._until = now + self._drain_s
        return max(0.0, self._until - now)


def on_signals(end: Callable[[], None], hurry: Callable[[], None] | None = None) -> None:
    """Calls `end` for the first SIGTERM or SIGINT from now on, and `hurry` for each that follows."""
    calls = [end]

    def heard() -> None:
        if calls:
            calls.pop()()
        elif hurry is not None:
            hurry()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, heard)


def on_parent(end: Callable[[], None], hurry: Callable[[], None]) -> None:
    """Calls `end` for each SIGTERM and once the parent is gone, `hurry` for SIGINT.

    SIGTERM again means nothing: systemd sends it to parent and child alike, and the parent passes it on besides.
    """
    loop, there = asyncio.get_running_loop(), sys.stdin.fileno()

    def gone() -> None:
        loop.remove_reader(there)
        end()

    loop.add_signal_handler(signal.SIGTERM, end)
    loop.add_signal_handler(signal.SIGINT, hurry)
    # Nothing is ever written to our standard input: it can be read when the parent is gone.
    loop.add_reader(there, gone)


@asynccontextmanager
async def kept(lock: Lock, still: Callable[[], Awaitable[None]], end: Callable[[], None]) -> AsyncIterator[None]:
    """Keeps a lock while the block runs; `still` is called each time that it was lost and taken again.

    If another process has it, or `still` raises, `end` is called, and Held or what it was raised after the block.
    """

    def lost(keeping: "asyncio.Task[None]") -> None:
        if not keeping.cancelled():
            log.critical(OVERTAKEN if isinstance(keeping.exception(), Held) else CHANGED)
            end()

    keeping = asyncio.create_task(lock.keep(still), name="keep the lock")
    keeping.add_done_callback(lost)
    try:
        yield
    finally:
        keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping


async def drained(working: "asyncio.Task[None]", ending: Ending) -> None:
    """Waits for the end of what is in hand; what is left then is cancelled and given back, as long as that goes quickly."""
    for patience in (ending.left(), GIVE_BACK_S):
        await asyncio.wait({working}, timeout=patience)
        working.cancel()
    await asyncio.wait({working})
