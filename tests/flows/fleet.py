"""Several real processes on PostgreSQL and a Redis Cluster of three nodes, which tests start and end as they like."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from app.simulation import service, worker
from tests.flows.outside import sql
from tests.houses import house
from tests.live import Live, eventually
from tests.redis_servers import RedisServers, redis_servers

Workers = dict[int, asyncio.subprocess.Process]
"""By process id."""


@dataclass(frozen=True)
class Fleet:
    """`one` is a server of two processes that is there all the time; the platform pushes to it."""

    one: Live
    folder: Path
    redis: RedisServers

    @asynccontextmanager
    async def server(self, *options: str, **settings: str) -> AsyncIterator[Live]:
        """Another server, at an address of its own; the platform pushes to this one while it is there."""
        folder = self._folder()
        async with service(self.one.world, {**self.one.environment, **settings}, folder, *options) as served:
            yield replace(self.one, service=served)
        await self.one.world.send_events_to(self.one.service.url)

    @asynccontextmanager
    async def workers(self, count: int = 2, **settings: str) -> AsyncIterator[Workers]:
        """So many workers, all of them at work."""
        async with AsyncExitStack() as stack:
            starting = [worker({**self.one.environment, **settings}, self._folder()) for _ in range(count)]
            started = await asyncio.gather(*(stack.enter_async_context(one) for one in starting))
            yield {process.pid: process for process in started}

    async def holder(self, table: str, where: str = "true") -> int:
        """The process that holds the lease of a row, once one does."""
        wanted = f"SELECT lease FROM {table} WHERE lease <> '' AND {where}"
        rows = await eventually(lambda: sql(self.one, wanted), lambda found: len(found) == 1)
        named = re.match(r"\d+", rows[0][0])
        assert named, rows
        return int(named[0])

    async def leases_end(self, table: str) -> None:
        """What a minute or two would bring about: the leases that are held now have ended."""
        await sql(self.one, f"UPDATE {table} SET lease_until_us = 0 WHERE lease <> ''")

    def _folder(self) -> Path:
        folder = self.folder / uuid4().hex
        folder.mkdir()
        return folder


@asynccontextmanager
async def fleet_of(folder: Path) -> AsyncIterator[Fleet]:
    """A fleet with one server of two processes and no worker yet. Its Redis is its own: tests kill it."""
    async with (
        redis_servers("cluster", folder) as redis,
        house("postgres", folder, "--workers", "2", TONGBAN_REDIS_URL=redis.url) as one,
    ):
        yield Fleet(one, folder, redis)


async def kill(process: asyncio.subprocess.Process) -> None:
    """SIGKILL, and it is gone."""
    process.kill()
    await process.wait()
