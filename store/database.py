"""The door to the database: one pool, one way to ask, one way to write.

SQL is written once, with `$1` placeholders, and runs on SQLite and PostgreSQL alike; the few differences are here.
`ON CONFLICT` names the primary key or nothing: on PostgreSQL two writers at once may meet in another unique index first, and
then the one named is not the one that was broken.
"""

import re
import sqlite3
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

import asyncpg
from asyncpg.exceptions._base import DataError as BadValue
from tortoise import Tortoise
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.connection import get_connection
from tortoise.exceptions import DBConnectionError, OperationalError, TransactionManagementError
from tortoise.transactions import in_transaction

FOREIGN = (
    OperationalError,
    DBConnectionError,
    TransactionManagementError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    sqlite3.Error,
    OSError,
)
"""What the libraries below raise when the database does not answer or will not: Tortoise translates most of it, not all."""

REFUSED = (
    asyncpg.DataError,
    BadValue,
    asyncpg.IntegrityConstraintViolationError,
    asyncpg.SyntaxOrAccessError,
    sqlite3.DataError,
    sqlite3.IntegrityError,
)
"""Those among them that are about the statement or a value in it: the next try ends alike."""

COMMAND_TIMEOUT_S = 10
"""Of one statement on PostgreSQL, unless the URL says otherwise: nobody waits for ever on a server that went silent."""

MODELS, MIGRATIONS = "store.models", "store.migrations"
"""Where Tortoise finds what the tables are, and how they came to be so."""

_PLACEHOLDER = re.compile(r"\$(\d+)")


class StoreUnavailable(Exception):
    """The database does not answer or cannot be written to. Later it may."""


class StoreRefused(Exception):
    """The database answers, and does not take this statement or a value in it. A fault of ours, and the same one next time."""


class Session:
    """Asks and writes on one connection: the pool's next, or that of an open transaction."""

    def __init__(self, connection: BaseDBAsyncClient) -> None:
        self.connection = connection

    async def rows(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Runs one statement and gives its rows; those of `RETURNING` too. Raises StoreUnavailable and StoreRefused."""
        try:
            return await self.connection.execute_query_dict(*self._native(sql, values))
        except FOREIGN as error:
            raise _ours(error) from error

    async def row(self, sql: str, *values: Any) -> dict[str, Any] | None:
        """The first row, if any."""
        found = await self.rows(sql, *values)
        return found[0] if found else None

    def _native(self, sql: str, values: tuple[Any, ...]) -> tuple[str, list[Any]]:
        if self.connection.capabilities.dialect != "sqlite":
            return sql, list(values)
        return _PLACEHOLDER.sub(r"?\1", sql), [str(value) if isinstance(value, UUID) else value for value in values]


class Database(Session):
    """An open database. One at a time in a process: Tortoise keeps its connections in one place."""

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgres`."""
        return self.connection.capabilities.dialect

    async def check(self) -> None:
        """Raises StoreUnavailable if the database does not answer."""
        await self.rows("SELECT 1")

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Session]:
        """All or nothing. The first statement must write: on SQLite a later upgrade from reading loses to any other writer."""
        try:
            async with in_transaction(self.dialect) as connection:
                yield Session(connection)
        except FOREIGN as error:
            raise _ours(error) from error


def _ours(error: Exception) -> StoreUnavailable | StoreRefused:
    """Named after what the driver raised, which Tortoise wraps; without its text, which may quote a row."""
    cause = next((inner for inner in error.args if isinstance(inner, Exception)), error)
    # After a botched fail-over the role may lack its rights: that is mended over there.
    refused = isinstance(cause, REFUSED) and not isinstance(cause, asyncpg.InsufficientPrivilegeError)
    return (StoreRefused if refused else StoreUnavailable)(type(cause).__name__)


def placeholders(first: int, values: Collection[Any]) -> str:
    """`$3, $4, …` for as many values; NULL for none, which nothing is in."""
    return ", ".join(f"${number}" for number in range(first, first + len(values))) or "NULL"


def dialect_of(url: str) -> str:
    """`sqlite` or `postgres`, from a database URL."""
    return "sqlite" if url.startswith("sqlite:") else "postgres"


def tortoise_config(url: str) -> dict[str, Any]:
    """Tortoise's settings for `url`. The connection is named after its dialect: Tortoise caches statements by that name."""
    dialect = dialect_of(url)
    return {"connections": {dialect: _bounded(url)}, "apps": apps_of(dialect)}


def apps_of(dialect: str) -> dict[str, Any]:
    """Tortoise's settings of our models and migrations on a connection named after its dialect."""
    return {"store": {"models": [MODELS], "migrations": MIGRATIONS, "default_connection": dialect}}


def _bounded(url: str) -> str:
    _, _, query = url.partition("?")
    if dialect_of(url) == "sqlite" or "command_timeout" in parse_qs(query):
        return url
    return f"{url}{'&' if query else '?'}command_timeout={COMMAND_TIMEOUT_S}"


def _require_folder(url: str) -> None:
    """SQLite's thread would outlive a file that cannot be made, and complain after we have."""
    if dialect_of(url) == "sqlite" and not file_of(url).parent.is_dir():
        raise StoreUnavailable(f"{file_of(url).parent} is not a folder")


def file_of(url: str) -> Path:
    """The file of a SQLite URL."""
    return Path(url.removeprefix("sqlite://").partition("?")[0])


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """Opens `sqlite://…` or `postgres://…` until the block ends. Raises StoreUnavailable."""
    _require_folder(url)
    await Tortoise.init(config=tortoise_config(url), _enable_global_fallback=True)
    try:
        database = Database(get_connection(dialect_of(url)))
        await database.check()
        yield database
    finally:
        await Tortoise.close_connections()


def uuid_of(value: Any) -> UUID:
    """A UUID column's value: SQLite gives text."""
    return value if isinstance(value, UUID) else UUID(value)
