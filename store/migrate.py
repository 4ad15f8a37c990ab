"""Bringing a database to this version's schema, or refusing to.

Migrations run only on an empty database: Tortoise rebuilds filled SQLite tables in a way that can lose rows (docs/adr/0002).
On a current database nothing is done, and on any other nothing is touched.
"""

from enum import StrEnum
from pkgutil import iter_modules

from tortoise.migrations.executor import MigrationExecutor

import store.migrations
from store.database import Database, tortoise_config
from store.lock import exclusive

OFFLINE = tortoise_config("sqlite://:memory:")
"""For `tortoise -c store.migrate.OFFLINE makemigrations`, which reads models and files and no database."""


class SchemaState(StrEnum):
    """What a database holds, seen from this version."""

    EMPTY = "empty"
    CURRENT = "current"
    BEHIND = "behind"
    FOREIGN = "foreign"


class MigrationRefused(Exception):
    """The database is neither empty nor current. Nothing was changed."""

    def __init__(self, state: SchemaState) -> None:
        super().__init__(state.value)
        self.state = state


async def schema_state(database: Database) -> SchemaState:
    """Compares the migrations recorded in the database with those on disk. Changes nothing."""
    tables = await _tables(database)
    if not tables:
        return SchemaState.EMPTY
    if "tortoise_migrations" not in tables:
        return SchemaState.FOREIGN
    rows = await database.rows("SELECT name FROM tortoise_migrations WHERE app = 'store'")
    applied, known = {row["name"] for row in rows}, _known()
    if applied == known:
        return SchemaState.CURRENT
    return SchemaState.BEHIND if applied < known else SchemaState.FOREIGN


async def migrate(database: Database, url: str) -> SchemaState:
    """Applies all migrations to an empty database and gives the state found. One at a time. Raises MigrationRefused."""
    async with exclusive(url, "migrate", wait=True):
        state = await schema_state(database)
        if state is SchemaState.EMPTY:
            apps = tortoise_config(url)["apps"]
            await MigrationExecutor(database.connection, apps).migrate(direction="forward")
        elif state is not SchemaState.CURRENT:
            raise MigrationRefused(state)
        return state


async def _tables(database: Database) -> set[str]:
    rows = await database.rows(_TABLES[database.dialect])
    return {row["name"] for row in rows}


def _known() -> set[str]:
    return {module.name for module in iter_modules(store.migrations.__path__) if module.name[0].isdigit()}


_TABLES = {
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
    "postgres": "SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema()",
}
