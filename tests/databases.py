"""Databases for tests: a SQLite file, or a PostgreSQL database of its own on the server at 127.0.0.1:5432."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

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
    if not server_answers():
        pytest.skip("PostgreSQL does not answer on 127.0.0.1:5432")
    name, admin = f"tongban_test_{uuid4().hex}", await asyncpg.connect(f"{SERVER}/postgres")
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield f"{SERVER}/{name}"
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()
