"""The product as four processes, two servers behind one address and two workers: each flow loses one of them in the middle."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import asyncpg

from app.simulation import worker

WORKERS = 2
FATAL_REQUEST = 2
"""Before this request of a phone, counted within a flow, a process dies."""

LAPSED = (
    "UPDATE delivery SET lease_until_us = 0 WHERE state = 'due' AND lease LIKE $1",
    "UPDATE job SET lease_until_us = 0 WHERE lease LIKE $1",
)
"""What a minute or two would bring about: the leases of a process that died have ended."""


class Crew:
    """The processes behind one service. `parent` keeps the servers; the workers are kept here."""

    def __init__(self, parent: asyncio.subprocess.Process, environment: Mapping[str, str], folder: Path) -> None:
        self._parent, self._environment, self._folder = parent, environment, folder
        self._workers: list[tuple[asyncio.subprocess.Process, AsyncExitStack]] = []
        self._successor: asyncio.Task[None] | None = None
        self._flows = self._requests = 0

    def begin_flow(self) -> None:
        """From here on a phone's requests are counted anew, and it is another's turn to die."""
        self._flows, self._requests = self._flows + 1, 0

    async def before_request(self) -> None:
        self._requests += 1
        if self._requests == FATAL_REQUEST:
            await (self.lose_server() if self._flows % 2 else self.lose_worker())

    async def lose_server(self) -> None:
        """SIGKILL for the older server, which its parent replaces."""
        doomed = min(await running(self._parent.pid))
        os.kill(doomed, signal.SIGKILL)
        while alive(doomed):
            await asyncio.sleep(0.005)

    async def lose_worker(self) -> None:
        """SIGKILL for the older worker, which is replaced; its leases end."""
        await self.settle()
        process, end = self._workers.pop(0)
        process.kill()
        await end.aclose()
        connection = await asyncpg.connect(self._environment["TONGBAN_DATABASE_URL"])
        for statement in LAPSED:
            await connection.execute(statement, f"{process.pid}@%")
        await connection.close()
        self._successor = asyncio.create_task(self.hire())

    async def hire(self) -> None:
        """Another worker."""
        end = AsyncExitStack()
        self._workers.append((await end.enter_async_context(worker(self._environment, self._folder)), end))

    async def settle(self) -> None:
        """Waits until whoever died is replaced."""
        if self._successor is not None:
            await self._successor

    async def dismiss(self) -> None:
        await self.settle()
        await asyncio.gather(*(end.aclose() for _, end in self._workers))


@asynccontextmanager
async def crew_of(
    parent: asyncio.subprocess.Process, environment: Mapping[str, str], folder: Path
) -> AsyncIterator[Crew]:
    """Two workers beside the servers of `parent`, until the block ends."""
    crew = Crew(parent, environment, folder)
    try:
        await asyncio.gather(*(crew.hire() for _ in range(WORKERS)))
        yield crew
    finally:
        await crew.dismiss()


def children(pid: int) -> set[int]:
    """The processes that a process started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return {int(child) for child in file.read().split()}


async def running(pid: int) -> set[int]:
    return {child for child in children(pid) if alive(child)}


def alive(pid: int) -> bool:
    """Whether it runs: a zombie does not, and one that goes while it is looked at has gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
