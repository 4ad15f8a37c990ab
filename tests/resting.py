"""Long work beside what is tested, and whether it rests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from domain import turns


async def comes_to_rest(work: asyncio.Task[Any]) -> bool:
    """Whether it does before it is done; nothing else may have taken a rest meanwhile."""
    async with asyncio.timeout(5):
        while not (work.done() or turns._here().resting):
            await asyncio.sleep(0)
    return not work.done()


@asynccontextmanager
async def long_work() -> AsyncIterator[None]:
    """It rests, for nobody knows how long; and no longer than until this is closed."""
    work = asyncio.create_task(turns.rest())
    await asyncio.wait([work], timeout=0.05)
    assert not work.done()
    yield
    await asyncio.wait_for(work, 5)
