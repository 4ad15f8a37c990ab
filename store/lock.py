"""Named locks between processes that end with the process: a file lock beside a SQLite file, an advisory lock on PostgreSQL."""

import asyncio
import fcntl
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from store.database import StoreUnavailable, dialect_of, file_of


class Held(Exception):
    """Another process holds the lock."""


@asynccontextmanager
async def exclusive(url: str, name: str, *, wait: bool) -> AsyncIterator[None]:
    """Holds the lock `name` of the database at `url` until the block ends.

    With `wait` it waits for the holder; without, raises Held at once. Raises StoreUnavailable if there is no database.
    """
    holding = _on_file if dialect_of(url) == "sqlite" else _on_server
    async with holding(url, name, wait):
        yield


@asynccontextmanager
async def _on_file(url: str, name: str, wait: bool) -> AsyncIterator[None]:
    path = file_of(url)
    with path.with_name(f"{path.name}.{name}.lock").open("w") as file:
        try:
            flags = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
            await asyncio.to_thread(fcntl.flock, file, flags)
        except BlockingIOError:
            raise Held(name) from None
        yield


@asynccontextmanager
async def _on_server(url: str, name: str, wait: bool) -> AsyncIterator[None]:
    try:
        connection = await asyncpg.connect(url.partition("?")[0])
    except (OSError, asyncpg.PostgresError) as error:
        raise StoreUnavailable(type(error).__name__) from error
    try:
        key = zlib.crc32(f"tongban {name}".encode())
        if wait:
            await connection.execute("SELECT pg_advisory_lock($1)", key)
        elif not await connection.fetchval("SELECT pg_try_advisory_lock($1)", key):
            raise Held(name)
        yield
    finally:
        await connection.close()
