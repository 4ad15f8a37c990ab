"""Named locks between processes that end with the process: a file lock beside a SQLite file, an advisory lock on PostgreSQL.

An advisory lock lives as long as its connection. Whoever holds one for long keeps it by Lock.keep, which notices that the
connection is gone, as after a restart of PostgreSQL. Meanwhile another may have held the lock and let it go again: so what the
lock protected is looked at anew.
"""

import asyncio
import fcntl
import logging
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Protocol

import asyncpg

from store.database import StoreUnavailable, dialect_of, file_of

log = logging.getLogger(__name__)

LOOK_S, ANSWER_S = 5.0, 5.0
"""How often a connection is looked at, and how long it may take to answer."""

NOTICE_S = LOOK_S + ANSWER_S
"""How long a holder may not know that its lock was lost."""

_TROUBLE = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Held(Exception):
    """Another process holds the lock."""


class Lock(Protocol):
    """A lock that is held."""

    async def keep(self, still: Callable[[], Awaitable[None]]) -> None:
        """Keeps the lock until cancelled, and takes it again when it was lost; `still` is called each time that it was.

        Raises Held if another process was faster, and what `still` raises, except StoreUnavailable: then it is called again.
        """


@asynccontextmanager
async def exclusive(url: str, name: str, *, wait: bool) -> AsyncIterator[Lock]:
    """Holds the lock `name` of the database at `url` alone until the block ends.

    With `wait` it waits for the holders; without, raises Held at once. Raises StoreUnavailable if there is no database.
    """
    holding = _on_file(url, name, wait) if dialect_of(url) == "sqlite" else _on_server(_Advisory(url, name, ""), wait)
    async with holding as lock:
        yield lock


@asynccontextmanager
async def shared(url: str, name: str) -> AsyncIterator[Lock]:
    """Holds the lock `name` of a PostgreSQL database together with others that share it. Raises Held, StoreUnavailable."""
    async with _on_server(_Advisory(url, name, "_shared"), wait=False) as lock:
        yield lock


class _FileLock:
    async def keep(self, still: Callable[[], Awaitable[None]]) -> None:
        """It ends with the process and not before."""
        await asyncio.Event().wait()


class _Advisory:
    """`kind` is what the names of PostgreSQL's functions end with."""

    def __init__(self, url: str, name: str, kind: str) -> None:
        self._url, self._name, self._kind = url.partition("?")[0], name, kind
        self._key = zlib.crc32(f"tongban {name}".encode())
        self._connection: asyncpg.Connection | None = None

    async def take(self, wait: bool) -> None:
        """On a new connection. Raises Held, and what asyncpg raises."""
        self._connection = await asyncpg.connect(self._url)
        if wait:
            await self._connection.execute(f"SELECT pg_advisory_lock{self._kind}($1)", self._key)
        elif not await self._connection.fetchval(f"SELECT pg_try_advisory_lock{self._kind}($1)", self._key):
            raise Held(self._name)

    async def keep(self, still: Callable[[], Awaitable[None]]) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            if not await self._holds():
                await self._retake(still)

    async def release(self) -> None:
        if self._connection is not None:
            try:
                await self._connection.close(timeout=ANSWER_S)
            except _TROUBLE:
                self._connection.terminate()

    async def _holds(self) -> bool:
        try:
            assert self._connection is not None
            await self._connection.execute("SELECT 1", timeout=ANSWER_S)
        except _TROUBLE:
            return False
        return True

    async def _retake(self, still: Callable[[], Awaitable[None]]) -> None:
        log.warning("the lock was lost with its connection to the database", extra={"kind": self._name})
        await self.release()
        try:
            await self.take(wait=False)
            await still()
        except (*_TROUBLE, StoreUnavailable) as error:
            # Nobody writes to a database that does not answer, so nobody is in our way: the next look tries again.
            # Without the lock, or it would find us in possession and ask no further.
            await self.release()
            log.warning("the lock cannot be had", extra={"kind": self._name, "reason": type(error).__name__})
        else:
            log.warning("the lock was taken again", extra={"kind": self._name})


@asynccontextmanager
async def _on_file(url: str, name: str, wait: bool) -> AsyncIterator[Lock]:
    path = file_of(url).resolve()  # One database has one lock, by whatever link it is reached.
    with path.with_name(f"{path.name}.{name}.lock").open("w") as file:
        try:
            flags = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
            await asyncio.to_thread(fcntl.flock, file, flags)
        except BlockingIOError:
            raise Held(name) from None
        yield _FileLock()


@asynccontextmanager
async def _on_server(lock: _Advisory, wait: bool) -> AsyncIterator[Lock]:
    try:
        try:
            await lock.take(wait)
        except _TROUBLE as error:
            raise StoreUnavailable(type(error).__name__) from error
        yield lock
    finally:
        await lock.release()
