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
    name = await _created()
    try:
        yield f"{SERVER}/{name}"
    finally:
        await _dropped(name)


@asynccontextmanager
async def migrated_database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The same at this version's schema: a copy of one that this process has migrated."""
    original = await _original(kind)
    if kind == "sqlite":
        yield f"sqlite://{shutil.copy(original, folder / 'test.db')}"
        return
    name = await _created(like=original)
    try:
        yield f"{SERVER}/{name}"
    finally:
        await _dropped(name)


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
        made = await _created() if kind == "postgres" else f"{tempfile.mkdtemp()}/original.db"
        async with open_database(f"{SERVER}/{made}" if kind == "postgres" else f"sqlite://{made}") as db:
            await migrate(db)
        _originals[kind] = made
    return _originals[kind]


async def _created(like: str = "template1") -> str:
    if not server_answers():
        pytest.skip("PostgreSQL does not answer on 127.0.0.1:5432")
    name = f"tongban_test_{uuid4().hex}"
    await _told(f"CREATE DATABASE {name} TEMPLATE {like}")
    return name


async def _dropped(name: str) -> None:
    await _told(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


async def _told(statement: str) -> None:
    admin = await asyncpg.connect(f"{SERVER}/postgres")
    try:
        await admin.execute(statement)
    finally:
        await admin.close()
