"""Filled databases of the first schema, and planted migrations that do what they must not."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget

from domain.caller import Grant
from store.database import Database, apps_of, open_database
from store.migrate import migrate
from store.sealing import Sealer
from store.shape import shape_of
from store.store import store_of
from tests.contract.store_world import NOW, case, due, keep, licence, news, party
from tests.databases import empty_database

FIRST = "0001_initial"
NUMBER = count(1)
SEALER = Sealer({"k1": bytes(32)}, "k1", bytes(32), os.urandom)
PARTIES, OTHER_ROWS = 20, 30

Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True)
class Older:
    """A filled database of the first schema: its rows, and a party that has a row of everything."""

    url: str
    rows: Rows
    grant: Grant


async def older(kind: str, url: str, folder: Path) -> Older:
    """Fills the empty database at `url`: rows that this version's store wrote, and rows made up for the tables it left empty."""
    if kind not in _lived:
        (source := folder / "source").mkdir()
        async with empty_database(kind, source) as there, open_database(there) as db:
            await migrate(db)
            grant = await _live(db)
            _lived[kind] = grant, await rows_of(db)
    grant, real = _lived[kind]
    async with open_database(url) as db:
        executor = MigrationExecutor(db.connection, apps_of(db.dialect))
        await executor.migrate([MigrationTarget("store", FIRST)], direction="forward")
        await _fill(db, real)
        rows = await rows_of(db)
    assert all(len(some) >= PARTIES for some in rows.values()), {table: len(some) for table, some in rows.items()}
    return Older(url, rows, grant)


_lived: dict[str, tuple[Grant, Rows]] = {}
"""What this version's store wrote on each kind of database: once for all tests, since it takes a second."""


async def rows_of(db: Database) -> Rows:
    """Every row of every table, in an order of its own."""
    tables = (await shape_of(db)).tables
    return {table: sorted(await db.rows(f'SELECT * FROM "{table}"'), key=repr) for table in sorted(tables)}


async def rows_at(url: str) -> Rows:
    async with open_database(url) as db:
        return await rows_of(db)


def kept(before: Rows, after: Rows) -> bool:
    """Whether every row is there to the byte; columns and tables may have been added."""
    return all(
        sorted(({name: row[name] for name in some[0]} for row in after[table]), key=repr) == some
        for table, some in before.items()
    )


async def _live(db: Database) -> Grant:
    store = store_of(db, SEALER)
    for _ in range(PARTIES):
        grant = await party(store)
        await keep(store, grant, *[case(NOW + at) for at in range(5)], licence(), news())
        await due(store, grant)
    return grant


async def _fill(db: Database, real: Rows) -> None:
    columns: dict[str, dict[str, str]] = {}
    for (table, column), form in (await shape_of(db)).columns.items():
        columns.setdefault(table, {})[column] = form
    async with db.transaction() as session:
        for table, forms in columns.items():
            places = ", ".join(f"${number}" for number in range(1, len(forms) + 1))
            sql = f'INSERT INTO "{table}" ({", ".join(forms)}) VALUES ({places})'
            for row in real.get(table) or [_made_up(forms) for _ in range(OTHER_ROWS)]:
                await session.rows(sql, *[row[name] for name in forms])


def _made_up(forms: dict[str, str]) -> dict[str, Any]:
    return {name: _value(form.lower()) for name, form in forms.items()}


def _value(form: str) -> Any:
    number = next(NUMBER)
    made: list[tuple[str, Callable[[], Any]]] = [
        (r"uuid|char\(36\)", lambda: uuid4()),
        (r"bytea|blob", lambda: os.urandom(40)),
        (r"bool", lambda: number % 2 == 0),
        (r"int", lambda: number),
        (r"char", lambda: str(number)),
    ]
    return next(make() for pattern, make in made if re.match(rf".*({pattern})", form))


def plant(monkeypatch: pytest.MonkeyPatch, folder: Path, body: str, *models: tuple[str, str]) -> str:
    """Puts a migration after those on disk, with this class body, and changes the models so; the migration's name."""
    name = f"planted_{next(NUMBER)}_{uuid4().hex}"
    package = folder / name
    package.mkdir()
    (package / "__init__.py").touch()
    files = sorted(Path(import_module("store.migrations").__path__[0]).glob("0*.py"))
    for file in files:
        (package / file.name).write_text(file.read_text("utf-8"), "utf-8")
    planted = f"{len(files) + 1:04}_planted"
    head = "from tortoise import fields, migrations\nfrom tortoise.migrations import operations as ops\n\n\n"
    head += f"class Migration(migrations.Migration):\n    dependencies = [('store', '{files[-1].stem}')]\n"
    (package / f"{planted}.py").write_text(head + "".join(f"    {line}\n" for line in body.splitlines()), "utf-8")
    source = Path(str(import_module("store.models").__file__)).read_text("utf-8")
    for old, new in models:
        assert old in source
        source = source.replace(old, new, 1)
    (folder / f"{name}_models.py").write_text(source, "utf-8")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr("store.database.MIGRATIONS", name)
    monkeypatch.setattr("store.database.MODELS", f"{name}_models")
    return planted
