"""Programs of tests/python_clients, run beside the service in the environment of their lock."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.environments import environment

ROOT = Path(__file__).parents[2]
PROGRAMS = ROOT / "tests" / "python_clients"
SCHEMA = ROOT / "mobile_contract" / "schema.graphql"
PATIENCE_S = 20


async def python() -> str:
    """The interpreter of that environment. Tools are run as modules of it."""
    place = await asyncio.to_thread(environment, PROGRAMS)
    return str(place / "bin" / "python")


@asynccontextmanager
async def _process(command: tuple[str, ...], cwd: Path, stderr: Any, told: dict[str, str]) -> AsyncIterator[Process]:
    """It is told this beside the environment, and killed if it still runs when the block ends."""
    told = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"} | told
    process = await asyncio.create_subprocess_exec(*command, cwd=cwd, env=told, stdout=PIPE, stderr=stderr)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(*command: str, cwd: Path, seconds: float = 60, **told: str) -> tuple[int | None, str]:
    """Status and output of a command, both streams together. Raises TimeoutError."""
    async with _process(command, cwd, STDOUT, told) as process, asyncio.timeout(seconds):
        said, _ = await process.communicate()
    return process.returncode, said.decode()


async def ran(*command: str, cwd: Path, seconds: float = 60, **told: str) -> str:
    """The output of a command that must succeed."""
    status, said = await run(*command, cwd=cwd, seconds=seconds, **told)
    assert status == 0, said[-5000:]
    return said


@asynccontextmanager
async def telling(program: str, *arguments: str, cwd: Path) -> AsyncIterator[AsyncIterator[Any]]:
    """What a program writes, a line of JSON at a time as it comes; it must end by itself and well when the block ends."""
    command = (await python(), str(PROGRAMS / program), *arguments)
    errors = cwd / f"{program}.err"
    with errors.open("wb") as kept:
        async with _process(command, cwd, kept, {}) as process:
            yield _lines(process, errors)
            async with asyncio.timeout(PATIENCE_S):
                assert await process.wait() == 0, errors.read_text()


async def _lines(process: Process, errors: Path) -> AsyncIterator[Any]:
    assert process.stdout
    while True:
        async with asyncio.timeout(PATIENCE_S):
            line = await process.stdout.readline()
        assert line, errors.read_text()
        yield json.loads(line)
