"""Bringing a database to this version's schema without losing anything: one runner at a time, and nobody serving.

SQLite: a verified copy is migrated and takes the file's place, which stays as the backup. PostgreSQL: each migration is one
transaction with its checks inside. Either way a run that is stopped or killed can simply be repeated (docs/adr/0037).
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

from domain.times import SECOND, Micros
from store.database import Database, StoreRefused, StoreUnavailable, dialect_of, file_of, open_database
from store.lock import Held, exclusive
from store.migrate import (
    Applied,
    MigrationRefused,
    MigrationStopped,
    SchemaState,
    migrate,
    pending,
    require_shape,
    schema_state,
)
from store.shape import Shape, fresh_shape, fresh_sqlite_shape, shape_of
from store.swap import copy_into, forget, held, take_place

MIGRATION_TIMEOUT_S = 24 * 3600
"""Of one statement on PostgreSQL, unless the URL says otherwise: an index of a great table takes its time."""

SERVERS_FIRST = "Servers or workers use this database. Stop them, then run tongban migrate again. Nothing was changed."


@dataclass(frozen=True)
class Report:
    """What a run found and did. `backup` is the SQLite file as it was before."""

    found: SchemaState
    applied: tuple[Applied, ...] = ()
    backup: Path | None = None

    def lines(self) -> list[str]:
        """For a terminal, a line each."""
        said = [line for one in self.applied for line in _lines(one)]
        if self.backup:
            said.append(
                f"Before: {self.backup}. To go back, stop the service and put that file in the database's place."
            )
        return [*said, "Checked: tables, columns and indexes are what the models say."]


async def upgrade(url: str, now: Micros, notice_s: float = 0) -> Report:
    """Brings the database at `url` to this version's schema; `now` dates the backup. Waits for another runner.

    A filled PostgreSQL database is not changed before its servers were kept out for `notice_s` seconds: by then a server that
    had lost its lock and did not know it has noticed. Hand in NOTICE_S, unless nobody can be serving.

    Raises MigrationRefused, MigrationStopped and StoreUnavailable; then the database is as it was, or behind and usable by a
    repeated run.
    """
    async with exclusive(url, "migrate", wait=True):
        state, _ = await outstanding(url)
        if state is SchemaState.FOREIGN:
            raise MigrationRefused(state)
        if state is SchemaState.CURRENT:
            await _verify(url)
            return Report(state)
        async with _nobody_serving(url):
            if dialect_of(url) == "sqlite":
                return await _by_copy(url, state, now)
            if state is SchemaState.BEHIND:
                await asyncio.sleep(notice_s)
            return await _in_place(url, state)


async def outstanding(url: str) -> tuple[SchemaState, list[str]]:
    """The state of the database, and the names of the migrations it has not had. Changes nothing."""
    async with open_database(url) as database:
        state = await schema_state(database)
        todo = [] if state is SchemaState.FOREIGN else await pending(database)
        return state, [migration.name for migration in todo]


@asynccontextmanager
async def _nobody_serving(url: str) -> AsyncIterator[None]:
    try:
        async with exclusive(url, "serve", wait=False):
            yield
    except Held:
        raise MigrationStopped(SERVERS_FIRST) from None


async def _verify(url: str) -> None:
    wanted = await fresh_sqlite_shape() if dialect_of(url) == "sqlite" else None
    async with open_database(url) as database:
        require_shape(await shape_of(database), wanted or await fresh_shape(database), "Here")


async def _in_place(url: str, state: SchemaState) -> Report:
    async with open_database(_patient(url)) as database:
        wanted = await fresh_shape(database)
        return Report(state, await migrate(database, wanted))


async def _by_copy(url: str, state: SchemaState, now: Micros) -> Report:
    wanted, file = await fresh_sqlite_shape(), file_of(url).resolve()
    _, names = await outstanding(url)
    backup = None if state is SchemaState.EMPTY else _backup(file, names[0], now)
    copy = file.with_name(f"{file.name}.migrating")
    with held(file) as original:
        try:
            copy_into(copy, original, file)
            applied = await _migrated(copy, wanted)
            take_place(copy, file, backup)
        except (MigrationStopped, StoreUnavailable, StoreRefused, sqlite3.Error) as stopped:
            raise MigrationStopped(f"{stopped} {file} is as it was.") from stopped
        finally:
            forget(copy)
    return Report(state, applied, backup)


async def _migrated(copy: Path, wanted: Shape) -> tuple[Applied, ...]:
    """Foreign keys are off: SQLite rebuilds a table by dropping it, and cascades would follow."""
    url = f"sqlite://{copy}?foreign_keys=OFF"
    async with open_database(url) as database:
        applied = await migrate(database, wanted)
        await _require_sound(database)
    return applied


async def _require_sound(database: Database) -> None:
    said = [row["integrity_check"] for row in await database.rows("PRAGMA integrity_check")]
    orphans = await database.rows("PRAGMA foreign_key_check")
    if said != ["ok"] or orphans:
        raise MigrationStopped(f"The migrated copy is not sound ({said[0]}, {len(orphans)} rows without their parent).")


def _backup(file: Path, first: str, now: Micros) -> Path:
    stamp = datetime.fromtimestamp(now // SECOND, UTC).strftime("%Y%m%dT%H%M%SZ")
    return file.with_name(f"{file.name}.before-{first.partition('_')[0]}.{stamp}")


def _patient(url: str) -> str:
    _, _, query = url.partition("?")
    if "command_timeout" in parse_qs(query):
        return url
    return f"{url}{'&' if query else '?'}command_timeout={MIGRATION_TIMEOUT_S}"


def _lines(applied: Applied) -> list[str]:
    kept = ", ".join(f"{table} {many}" for table, many in applied.after.items() if many)
    said = [f"Applied {applied.name}. Rows: {kept or 'none'}."]
    said += [
        f"{table} had {many} rows, and has {applied.after.get(table, 0)}."
        for table, many in applied.before.items()
        if many != applied.after.get(table, 0)
    ]
    return [*said, *(f"Index {name} was lost and made again." for name in applied.restored)]
