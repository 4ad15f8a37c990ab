"""How a process comes to its end: told to by a signal, or because another one holds its lock."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from store.lock import Lock

log = logging.getLogger(__name__)


def on_signals(end: Callable[[], None]) -> None:
    """Calls `end` for each SIGTERM and SIGINT from now on."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, end)


@asynccontextmanager
async def kept(lock: Lock, end: Callable[[], None]) -> AsyncIterator[None]:
    """Keeps a lock while the block runs. If another process has it, `end` is called, and Held raised after the block."""

    def lost(keeping: "asyncio.Task[None]") -> None:
        if not keeping.cancelled():
            log.critical("another process holds the lock: this one ends")
            end()

    keeping = asyncio.create_task(lock.keep(), name="keep the lock")
    keeping.add_done_callback(lost)
    try:
        yield
    finally:
        keeping.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await keeping
