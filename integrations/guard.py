"""What stands between a question and a platform: its time limit, a bulkhead, so that a slow one drowns nobody, and its quota."""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

from integrations.port import RateLimited, TimedOut

Pace = Callable[[], Awaitable[float]]
"""Counts one call to a platform: 0.0 if it may be made, else seconds until there may be one. Raises nothing."""


class Quotas(Protocol):
    """What counts over all processes. store.shared.quotas says how."""

    async def take(self, name: str, most: int, window_s: float) -> float: ...


async def unpaced() -> float:
    """The Pace of a platform that may be called as often as we like."""
    return 0.0


def pace_of(code: str, calls_per_minute: int | None, quotas: Quotas) -> Pace:
    """The Pace of the platform `code`, whose description allows so many calls, or any number."""
    return unpaced if calls_per_minute is None else partial(quotas.take, f"calls:{code}", calls_per_minute, 60.0)


class Guard:
    """Serves many calls at once, `concurrency` of them at a time, each for at most `timeout_s`, waiting included."""

    def __init__(self, timeout_s: float, concurrency: int, pace: Pace = unpaced) -> None:
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(concurrency)
        self._pace = pace

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Runs the block as one question, and counts its first call. Raises TimedOut and RateLimited."""
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                await self.count()
                yield
        except TimeoutError:
            raise TimedOut(f"no answer within {self._timeout_s} s") from None

    async def count(self) -> None:
        """Counts one more call, such as for a further page. Raises RateLimited, and then it must not be made."""
        if wait := await self._pace():
            raise RateLimited(f"our quota there is used up for another {math.ceil(wait)} s")
