"""Databases for tests: a SQLite file, or a PostgreSQL database of its own on the server at 127.0.0.1:5432."""

import asyncio
import os
import shutil
import socket
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from store.database import open_database
from store.migrate import migrate

SERVER = "postgres://postgres@127.0.0.1:5432"
KINDS = ("sqlite", "postgres")
DROP = "DROP DATABASE IF EXISTS {} WITH (FORCE)"


def server_answers() -> bool:
    """Whether PostgreSQL is there. With CI set it must be: then a test fails and is not skipped."""
    with socket.socket() as probe:
        return bool(os.environ.get("CI")) or probe.connect_ex(("127.0.0.1", 5432)) == 0


@asynccontextmanager
async def empty_database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The URL of an empty database of its own, which goes away with the block."""
    if kind == "sqlite":
        yield f"sqlite://{folder}/test.db"
        return
    async with _database() as name:
        yield f"{SERVER}/{name}"


@asynccontextmanager
async def migrated_database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The same at this version's schema: a copy of one that this process has migrated."""
    original = await _original(kind)
    if kind == "sqlite":
        yield f"sqlite://{shutil.copy(original, folder / 'test.db')}"
        return
    async with _database(like=original) as name:
        yield f"{SERVER}/{name}"


_originals: dict[str, str] = {}


@contextmanager
def originals() -> Iterator[None]:
    """For as long as a run of tests lasts: what copies were made of goes away with the block."""
    yield
    if name := _originals.pop("postgres", None):
        asyncio.run(_dropped(name))
    if file := _originals.pop("sqlite", None):
        shutil.rmtree(Path(file).parent)


async def _original(kind: str) -> str:
    """A migrated database of this kind that nobody is connected to: its file or its name."""
    if kind not in _originals:
        if kind == "postgres":
            async with _administration() as admin:
                made = await _created(admin)
            url = f"{SERVER}/{made}"
        else:
            url = f"sqlite://{(made := f'{tempfile.mkdtemp()}/original.db')}"
        async with open_database(url) as db:
            await migrate(db)
        _originals[kind] = made
    return _originals[kind]


@asynccontextmanager
async def _database(like: str = "template1") -> AsyncIterator[str]:
    """The name of a database on the server for as long as the block lasts."""
    async with _administration() as admin:
        name = await _created(admin, like)
        try:
            yield name
        finally:
            await admin.execute(DROP.format(name))


@asynccontextmanager
async def _administration() -> AsyncIterator[asyncpg.Connection]:
    if not server_answers():
        pytest.skip("PostgreSQL does not answer on 127.0.0.1:5432")
    admin = await asyncpg.connect(f"{SERVER}/postgres")
    try:
        yield admin
    finally:
        await admin.close()


async def _created(admin: asyncpg.Connection, like: str = "template1") -> str:
    name = f"tongban_test_{uuid4().hex}"
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
    return name


async def _dropped(name: str) -> None:
    async with _administration() as admin:
        await admin.execute(DROP.format(name))
