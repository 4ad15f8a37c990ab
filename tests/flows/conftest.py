"""A store of each kind, and a world of phones around it."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from store.database import open_database
from store.migrate import migrate
from store.sealing import Sealer
from store.store import Store, store_of
from tests.flows.dispatch_world import World

SERVER = "postgres://postgres@127.0.0.1:5432"


def postgres_answers() -> bool:
    with socket.socket() as probe:
        return bool(os.environ.get("CI")) or probe.connect_ex(("127.0.0.1", 5432)) == 0


@asynccontextmanager
async def empty_database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The URL of a database of its own."""
    if kind == "sqlite":
        yield f"sqlite://{folder}/t.db"
        return
    if not postgres_answers():
        pytest.skip("no PostgreSQL on 127.0.0.1:5432")
    name, admin = f"tongban_dispatch_{uuid4().hex}", await asyncpg.connect(f"{SERVER}/postgres")
    await admin.execute(f"CREATE DATABASE {name}")
    yield f"{SERVER}/{name}"
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind; its sealer has one key, k1."""
    async with empty_database(request.param, tmp_path) as url, open_database(url) as db:
        await migrate(db, url)
        yield store_of(db, Sealer({"k1": bytes(32)}, "k1", b"hash key", os.urandom))


@pytest.fixture
def world(store: Store) -> World:
    return World(store)
