"""What processes share, of each kind, as two processes would see it."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from store.shared.redis import open_shared
from store.shared.shared import Shared, memory_shared
from tests.redis_servers import RedisServers, redis_servers

KINDS = ("memory", "redis", "cluster")
_numbers = itertools.count()


@dataclass(frozen=True)
class Pair:
    """Two processes' views of the same; in memory there is one process, and both are the same."""

    one: Shared
    other: Shared


@asynccontextmanager
async def awaited(what: str, seconds: float) -> AsyncIterator[None]:
    """Fails if the block takes longer, and says what did not come."""
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        pytest.fail(f"not within {seconds:g} s: {what}")


def tokens() -> Callable[[], str]:
    """Tokens that no other process gives."""
    process = next(_numbers)
    return lambda: f"{process}-{uuid4().hex}"


@asynccontextmanager
async def two_processes(url: str) -> AsyncIterator[Pair]:
    """Two processes on one Redis."""
    async with open_shared(url, lambda: 0.5, tokens()) as one, open_shared(url, lambda: 0.5, tokens()) as other:
        yield Pair(one, other)


@asynccontextmanager
async def shared_pair(kind: str, folder: Path) -> AsyncIterator[tuple[Pair, RedisServers | None]]:
    """Two views of each kind, and the servers behind them if there are any."""
    if kind == "memory":
        shared = memory_shared()
        yield Pair(shared, shared), None
        return
    async with redis_servers(kind, folder) as servers, two_processes(servers.url) as pair:
        yield pair, servers
