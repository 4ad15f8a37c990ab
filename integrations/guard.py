"""What stands between a question and a platform: its own time limit, and a bulkhead, so that a slow one drowns nobody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from integrations.port import TimedOut


class Guard:
    """Serves many calls at once, `concurrency` of them at a time, each for at most `timeout_s`, waiting included."""

    def __init__(self, timeout_s: float, concurrency: int) -> None:
        self._timeout_s = timeout_s
        self._places = asyncio.Semaphore(concurrency)

    @asynccontextmanager
    async def call(self) -> AsyncIterator[None]:
        """Runs the block as one call. Raises TimedOut."""
        try:
            async with asyncio.timeout(self._timeout_s), self._places:
                yield
        except TimeoutError:
            raise TimedOut(f"no answer within {self._timeout_s} s") from None
