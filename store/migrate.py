"""Applying migrations one by one, each held to what it may change. `store/upgrade.py` does it safely to a filled database.

A migration may say of itself `loses = {"table": "why"}`: then rows of that table may be fewer after it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from pkgutil import iter_modules

from tortoise.migrations.executor import MigrationExecutor, MigrationTarget
from tortoise.migrations.graph import MigrationKey
from tortoise.migrations.migration import Migration
from tortoise.migrations.recorder import MigrationRecorder

from store import database as databases
from store.database import FOREIGN, Database, Session, StoreRefused, StoreUnavailable, apps_of, tortoise_config
from store.shape import HISTORY, Shape, differences, shape_of

OFFLINE = tortoise_config("sqlite://:memory:")
"""For `tortoise -c store.migrate.OFFLINE makemigrations`, which reads models and files and no database."""

LOCK_TIMEOUT_S = 10
"""How long a migration waits on PostgreSQL for a table that somebody else uses."""


class SchemaState(StrEnum):
    """What a database holds, seen from this version."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    FOREIGN = "foreign"


class MigrationRefused(Exception):
    """The database holds what this version's migrations do not lead to. Nothing was changed."""

    def __init__(self, state: SchemaState) -> None:
        super().__init__(state.value)
        self.state = state


class MigrationStopped(Exception):
    """A migration did, or would do, what it must not. A sentence says what; the version does not start on this database."""


@dataclass(frozen=True)
class Applied:
    """A migration that was applied: rows of each table before and after, and indexes that it lost and that were made again."""

    name: str
    before: Mapping[str, int]
    after: Mapping[str, int]
    restored: tuple[str, ...]


class _Recorder(MigrationRecorder):
    """Tortoise records a migration after its transaction and before our checks; we record it inside and after them.

    Tortoise asks a table that may not be there yet, and on PostgreSQL the failure would end the transaction: we look first.
    """

    async def record_applied(self, app: str, name: str) -> None:
        pass

    async def applied_migrations(self) -> list[MigrationKey]:
        return await super().applied_migrations() if HISTORY in await _tables(Session(self.connection)) else []


async def schema_state(database: Database) -> SchemaState:
    """Compares the migrations recorded in the database with those on disk. Changes nothing."""
    tables = await _tables(database)
    if not tables:
        return SchemaState.EMPTY
    if HISTORY not in tables:
        return SchemaState.FOREIGN
    rows = await database.rows(f"SELECT name FROM {HISTORY} WHERE app = 'store'")
    applied, known = {row["name"] for row in rows}, _known()
    if applied == known:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if applied < known else SchemaState.FOREIGN


async def pending(database: Database) -> list[Migration]:
    """The migrations that the database has not had, in the order they must come."""
    return [step.migration for step in await _executor(database).plan()]


async def migrate(database: Database, wanted: Shape | None = None) -> tuple[Applied, ...]:
    """Applies what is pending to an open database, in place; nobody else may use it. Raises MigrationStopped.

    With `wanted` the last one is applied only if the schema then has that shape. On PostgreSQL a migration that is stopped is
    rolled back, unless it is not atomic; in either case it is not recorded.
    """
    done, definitions, todo = [], dict[str, str](), await pending(database)
    for migration in todo:
        goal = wanted if migration is todo[-1] else None
        try:
            async with _bounds(database, migration) as session:
                done.append(await _apply(session, migration, definitions, goal))
        except (StoreUnavailable, StoreRefused, *FOREIGN) as error:
            raise MigrationStopped(f"The database ended migration {migration.name}: {_first_line(error)}.") from error
    return tuple(done)


async def rows_of_tables(session: Session) -> dict[str, int]:
    """How many rows each table has."""
    counts = {}
    for table in sorted(await _tables(session) - {HISTORY}):
        (row,) = await session.rows(f'SELECT COUNT(*) AS many FROM "{table}"')
        counts[table] = row["many"]
    return counts


@asynccontextmanager
async def _bounds(database: Database, migration: Migration) -> AsyncIterator[Session]:
    """A transaction, where there can be one: on SQLite Tortoise runs scripts, and those commit whatever is open."""
    if database.dialect == "sqlite" or not migration.atomic:
        yield database
        return
    async with database.transaction() as session:
        await session.rows(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
        yield session


async def _apply(session: Session, migration: Migration, definitions: dict[str, str], wanted: Shape | None) -> Applied:
    before = await rows_of_tables(session)
    definitions |= (await shape_of(session)).definitions
    executor = _executor(session)
    try:
        await executor.migrate([MigrationTarget("store", migration.name)], direction="forward")
    except Exception as error:  # a migration may run anything
        raise MigrationStopped(f"Migration {migration.name} failed: {_first_line(error)}.") from error
    after = await rows_of_tables(session)
    _require_rows(migration, before, after)
    restored = await _require_shape(session, migration, definitions, wanted) if wanted else ()
    await MigrationRecorder(session.connection).record_applied("store", migration.name)
    return Applied(migration.name, before, after, restored)


def _require_rows(migration: Migration, before: Mapping[str, int], after: Mapping[str, int]) -> None:
    allowed: Mapping[str, str] = getattr(migration, "loses", {})
    lost = [
        f"{table} had {many} rows and has {after.get(table, 0)}"
        for table, many in before.items()
        if after.get(table, 0) < many and table not in allowed
    ]
    if lost:
        raise MigrationStopped(f"Migration {migration.name} loses rows: {'; '.join(lost)}.")


async def _require_shape(
    session: Session, migration: Migration, definitions: Mapping[str, str], wanted: Shape
) -> tuple[str, ...]:
    missing = {name for _, name, _ in wanted.indexes - (await shape_of(session)).indexes}
    present = (await shape_of(session)).definitions.keys()
    restored = tuple(sorted((missing & definitions.keys()) - present))
    for name in restored:
        await session.rows(definitions[name])
    require_shape(await shape_of(session), wanted, f"After migration {migration.name}")
    return restored


def require_shape(found: Shape, wanted: Shape, when: str) -> None:
    """Raises MigrationStopped if a schema is not what the models say; the sentence begins with `when`."""
    if said := differences(found, wanted):
        raise MigrationStopped(f"{when} the schema is not what the models say: {'; '.join(said)}.")


def _first_line(error: Exception) -> str:
    """What follows in a message of PostgreSQL quotes the row."""
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


def _executor(session: Session) -> MigrationExecutor:
    executor = MigrationExecutor(session.connection, apps_of(session.connection.capabilities.dialect))
    executor.recorder = executor.loader.recorder = _Recorder(session.connection)
    return executor


async def _tables(session: Session) -> set[str]:
    rows = await session.rows(_TABLES[session.connection.capabilities.dialect])
    return {row["name"] for row in rows}


def _known() -> set[str]:
    folder = import_module(databases.MIGRATIONS).__path__
    return {module.name for module in iter_modules(folder) if module.name[0].isdigit()}


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
}
