"""A database and a Redis for several processes, where this machine has the servers: both are the tour's own, and go with it."""

import asyncio
import secrets
import shutil
import socket
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from store.database import StoreUnavailable, open_database

POSTGRES = "127.0.0.1:5432"
PROGRAM = "redis-server"
START_S = 20.0


class Missing(Exception):
    """This machine does not have what several processes need. Says what."""


@asynccontextmanager
async def database() -> AsyncIterator[str]:
    """The URL of an empty PostgreSQL database, on a server that lets `postgres` in without a password. Raises Missing."""
    name = f"tongban_tour_{secrets.token_hex(8)}"
    try:
        await _tell(f"CREATE DATABASE {name}")
    except StoreUnavailable:
        raise Missing(f"PostgreSQL on {POSTGRES}") from None
    try:
        yield f"postgres://postgres@{POSTGRES}/{name}"
    finally:
        await _tell(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@asynccontextmanager
async def redis(folder: Path) -> AsyncIterator[str]:
    """The URL of a Redis server that keeps nothing on disk. Raises Missing."""
    if shutil.which(PROGRAM) is None:
        raise Missing(PROGRAM)
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        *(
            PROGRAM,
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--dir",
            str(folder),
            "--save",
            "",
            "--appendonly",
            "no",
        ),
        stdin=DEVNULL,
        stdout=PIPE,
        start_new_session=True,  # Ctrl-C is for us: we end it when we are done with it.
    )
    try:
        await _ready(process)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _tell(statement: str) -> None:
    # Making a database copies files, and a busy disk takes its time.
    async with open_database(f"postgres://postgres@{POSTGRES}/postgres?command_timeout=60") as server:
        await server.rows(statement)


async def _ready(process: asyncio.subprocess.Process) -> None:
    assert process.stdout
    with suppress(TimeoutError):
        async with asyncio.timeout(START_S):
            async for line in process.stdout:
                if b"Ready to accept connections" in line:
                    return
    raise Missing(f"a {PROGRAM} that starts")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
