"""Making a call a second time beside itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from integrations.port import PlatformTrouble

Attempt = Callable[[], Awaitable[Any]]
"""Raises PlatformTrouble, and never TimeoutError."""

Spare = Callable[[], AbstractAsyncContextManager[bool]]
"""Whether a second call may be made, as long as its block runs."""


async def quickest(attempt: Attempt, after_s: float, spare: Spare) -> Any:
    """The answer to one call, or to a second one that begins `after_s` later: whichever comes first. The other is cancelled.

    Raises PlatformTrouble once both have failed: that of the first.
    """
    # The first runs in this very task: most calls are quick, and then a timer is all that the second one has cost.
    second = _Second(attempt, spare)
    timer = asyncio.get_running_loop().call_later(after_s, second.begin)
    try:
        async with second.answered:
            return await attempt()
    except TimeoutError:
        return second.answer
    except PlatformTrouble:
        if not await second.ended():
            raise
        return second.answer
    finally:
        timer.cancel()
        await second.cancelled()


class _Second:
    """The second call: `answered` is the time limit of the first, which is over when the second is answered."""

    def __init__(self, attempt: Attempt, spare: Spare) -> None:
        self._attempt, self._spare = attempt, spare
        self._task: asyncio.Task[None] | None = None
        self.answered = asyncio.timeout(None)
        self.answer: Any = None
        self._has_answer = self._first_failed = False

    def begin(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def ended(self) -> bool:
        """Waits for it if it was begun, now that the first has failed; whether it was answered."""
        self._first_failed = True
        if self._task:
            await asyncio.wait({self._task})
        return self._has_answer

    async def cancelled(self) -> None:
        """Ends it if it is under way, and waits for that: its place is given back only then."""
        if self._task and not self._task.done():
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _run(self) -> None:
        async with self._spare() as free:
            if not free:
                return
            try:
                self.answer = await self._attempt()
            except PlatformTrouble:
                return
        self._has_answer = True
        if not self._first_failed:
            self.answered.reschedule(asyncio.get_running_loop().time())
