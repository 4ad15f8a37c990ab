"""Locks between processes: shared and alone, and what becomes of one on PostgreSQL when its connection dies."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import asyncpg
import pytest

from store import lock as module
from store.database import StoreUnavailable
from store.lock import Held, exclusive, shared
from tests.databases import empty_database

HOLDERS = (
    "SELECT {} FROM pg_locks JOIN pg_database d ON d.oid = database "
    "WHERE locktype = 'advisory' AND granted AND datname = current_database()"
)


@pytest.fixture
async def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """An empty PostgreSQL database; held locks are looked at often."""
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    async with empty_database("postgres", tmp_path) as database:
        yield database


async def unchanged() -> None:
    """Nobody did anything while the lock was lost."""


async def cut(url: str) -> None:
    """What a restart of PostgreSQL does to whoever holds a lock there, returning once the locks are free."""
    connection = await asyncpg.connect(url)
    try:
        async with asyncio.timeout(5):
            while await connection.fetchval(HOLDERS.format("count(pg_terminate_backend(pid))")):
                await asyncio.sleep(0.01)
    finally:
        await connection.close()


async def test_many_may_share_what_one_may_not_have(url: str) -> None:
    """Processes that share exclude the one that wants it alone, and the other way round."""
    async with shared(url, "one"), shared(url, "one"):
        with pytest.raises(Held):
            async with exclusive(url, "one", wait=False):
                pass
    async with exclusive(url, "one", wait=False), shared(url, "other"):
        with pytest.raises(Held):
            async with shared(url, "one"):
                pass


@pytest.mark.parametrize("alone", [True, False])
async def test_a_lock_that_was_lost_is_taken_again(url: str, alone: bool) -> None:
    """After its connection died the lock is held again before long, and whoever it excludes is kept out as before."""
    async with exclusive(url, "one", wait=False) if alone else shared(url, "one") as lock:
        keeping = asyncio.create_task(lock.keep(unchanged))
        await cut(url)
        async with asyncio.timeout(5):
            while await _free(url):
                await asyncio.sleep(0.01)
        assert not keeping.done()
        keeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await keeping


async def test_whoever_was_slower_is_told(url: str) -> None:
    """If another process has taken the lock meanwhile, keeping it ends in Held: two never both believe that they have it."""
    async with AsyncExitStack() as stack:
        lock = await stack.enter_async_context(exclusive(url, "one", wait=False))
        await cut(url)
        await stack.enter_async_context(exclusive(url, "one", wait=False))
        with pytest.raises(Held):
            await asyncio.wait_for(lock.keep(unchanged), 5)


async def test_a_lock_waits_for_a_database_that_is_away(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While PostgreSQL lets nobody in, keeping neither ends nor fails; it takes the lock once it can."""
    async with exclusive(url, "one", wait=False) as lock:
        name, admin = url.rpartition("/")[2], await asyncpg.connect(url.rpartition("/")[0] + "/postgres")
        keeping = asyncio.create_task(lock.keep(unchanged))
        try:
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await cut_by(admin, name)
            await asyncio.wait({keeping}, timeout=0.2)
            assert not keeping.done()
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        finally:
            await admin.close()
        async with asyncio.timeout(5):
            while await _free(url):
                await asyncio.sleep(0.01)
        keeping.cancel()
        await asyncio.wait({keeping})


async def test_what_was_changed_meanwhile_is_noticed(url: str) -> None:
    """Another took the lost lock, changed the database and let go: the holder looks anew, until it could, and is told."""
    looks = iter([StoreUnavailable("the pool is not back yet"), Changed()])

    async def still() -> None:
        raise next(looks)

    async with exclusive(url, "one", wait=False) as lock:
        await cut(url)
        async with exclusive(url, "one", wait=False):
            pass
        with pytest.raises(Changed):
            await asyncio.wait_for(lock.keep(still), 5)


async def test_a_connection_that_cannot_be_made_is_the_databases_fault(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the driver calls it."""

    async def connect(_: str) -> None:
        raise asyncpg.InterfaceError("test")

    monkeypatch.setattr(asyncpg, "connect", connect)
    with pytest.raises(StoreUnavailable):
        async with exclusive(url, "one", wait=False):
            pass


async def test_a_file_has_one_lock_whatever_it_is_called(tmp_path: Path) -> None:
    """A link to a SQLite file does not lead around its lock."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "real.db").touch()
    (tmp_path / "link.db").symlink_to(tmp_path / "folder" / "real.db")
    async with exclusive(f"sqlite://{tmp_path}/link.db", "one", wait=False):
        with pytest.raises(Held):
            async with exclusive(f"sqlite://{tmp_path}/folder/real.db", "one", wait=False):
                pass


class Changed(Exception):
    """What the lock protected is not what it was."""


async def cut_by(admin: asyncpg.Connection, name: str) -> None:
    """Ends every connection to a database."""
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)


async def _free(url: str) -> bool:
    """Whether nobody holds a lock there; looked at without taking it."""
    connection = await asyncpg.connect(url)
    try:
        return not await connection.fetchval(HOLDERS.format("count(*)"))
    finally:
        await connection.close()
