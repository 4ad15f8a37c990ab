"""Which processes go together, who keeps them running, and what is said when one is missing."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from app.simulation import SimulationFailed, service
from store.shape import HISTORY
from tests.crew import alive, children, running
from tests.databases import empty_database, migrated_database
from tests.flows.commands import ROOT, finished, start
from tests.flows.fleet import Fleet, kill
from tests.flows.outside import figure, home, pushes, register, send, sql
from tests.houses import migrated
from tests.live import eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOLDERS = (
    "SELECT objid, pg_terminate_backend(pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
    "WHERE locktype = 'advisory' AND datname = current_database()"
)
"""Names the locks of a database, and cuts off whoever holds them."""


async def test_the_doctor_misses_a_worker(fleet: Fleet, tmp_path: Path) -> None:
    """Beside servers that share Redis it says when no worker has worked for some time, or never."""
    async with fleet.workers(1):
        assert await doctor(fleet, tmp_path) == (0, "✓ worker")
    await sql(fleet.one, "UPDATE job SET due_us = due_us - 600000000, lease = '', lease_until_us = 0")
    status, said = await doctor(fleet, tmp_path)
    assert (status, said.startswith("✗ worker: none has worked for ")) == (1, True)
    await sql(fleet.one, "DELETE FROM job WHERE kind = 'gaps'")
    status, said = await doctor(fleet, tmp_path)
    assert (status, said.startswith("✗ worker: none was ever here")) == (1, True)


async def test_the_doctor_is_there_before_anything_is(fleet: Fleet, tmp_path: Path) -> None:
    """Beside Redis, before the database was migrated: each look has its line."""
    async with empty_database("postgres", tmp_path) as database:
        told = {**fleet.one.environment, "TONGBAN_DATABASE_URL": database}
        said = await asyncio.to_thread(lambda: finished(start("doctor", cwd=tmp_path, **told)))
    assert (said.status, "Traceback" in said.err) == (1, False)
    assert "✗ database: it is empty; run: tongban migrate" in said.out
    assert "✗ worker: cannot be looked for without the database" in said.out


async def test_a_server_says_what_waits_for_a_worker(fleet: Fleet) -> None:
    """It has none beside it, and its figure is true: a push waits until one comes, and then no longer."""
    phone = await fleet.one.phone("lin")
    await home(phone)
    await register(phone, "waiting-phone")
    await fleet.one.world.post("/advance", case=await fleet.one.case_at("lin", "approval"), to="visit")
    waiting = partial(figure, fleet.one, "tongban_deliveries_due", state="waiting")
    await eventually(waiting, lambda count: count == 1)
    async with fleet.workers(1):
        await pushes(fleet.one, "waiting-phone")
        await eventually(waiting, lambda count: count == 0)


async def test_a_server_process_that_dies_is_replaced(fleet: Fleet) -> None:
    """Killed one after the other, both processes of a server are replaced, and its address answers all the time."""
    parent = fleet.one.service.process.pid
    first, second = before = children(parent)
    for child, left in ((first, {second}), (second, set[int]())):
        os.kill(child, signal.SIGKILL)
        await eventually(lambda: running(parent), partial(_gone, child))
        assert (await send(fleet.one, "GET", "/health/ready")).status == 200
        await eventually(lambda: running(parent), partial(_replaced, before, left), 20)


async def test_a_server_told_to_stop_while_it_starts_ends_in_order(fleet: Fleet, tmp_path: Path) -> None:
    """Its first process has not come to listen to signals yet: it dies of this one, and that is no failure."""
    starting = start("serve", "--workers", "2", cwd=tmp_path, **fleet.one.environment)
    await eventually(lambda: running(starting.pid), lambda seen: len(seen) == 1)
    starting.terminate()
    said = await asyncio.to_thread(finished, starting)
    assert (said.status, said.out, said.err) == (0, "", "")


async def test_a_server_process_that_hangs_is_not_waited_for(fleet: Fleet, tmp_path: Path) -> None:
    """When the time for its end is over its parent kills it, says so and ends."""
    hasty = "from app import cli, supervisor; supervisor.CLOSING_S = 0.5; cli.main()"
    environment = {**fleet.one.environment, "TONGBAN_DRAIN_S": "0"}
    command = [sys.executable, "-c", hasty, "serve", "--workers", "2"]
    with (tmp_path / "log").open("w") as log:
        parent = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, env={**os.environ, **environment}, stdout=asyncio.subprocess.PIPE, stderr=log
        )
    try:
        assert parent.stdout and (await asyncio.wait_for(parent.stdout.readline(), 60))
        os.kill(min(await running(parent.pid)), signal.SIGSTOP)
        parent.terminate()
        assert await asyncio.wait_for(parent.wait(), 30) == 1
    finally:
        if parent.returncode is None:
            parent.kill()
            await parent.wait()
    assert "server processes did not end in time and are killed" in (tmp_path / "log").read_text()


async def test_a_server_without_redis_is_kept_out(fleet: Fleet) -> None:
    """It would not hear of the others: it says so and ends, and the others go on."""
    settings = {name: value for name, value in fleet.one.environment.items() if name != "TONGBAN_REDIS_URL"}
    with pytest.raises(SimulationFailed, match=r"Another server process uses this database\. Without Redis"):
        async with service(fleet.one.world, settings, fleet.folder):
            pass


async def test_a_server_whose_lock_was_lost_ends(fleet: Fleet, tmp_path: Path) -> None:
    """PostgreSQL cut its connections and another process was faster: it ends in order, and its log says why."""
    async with migrated_database("postgres", tmp_path) as database, faster_than_the_holder(database) as faster:
        changed = {name: value for name, value in fleet.one.environment.items() if name != "TONGBAN_REDIS_URL"}
        environment = await migrated({**changed, "TONGBAN_DATABASE_URL": database})
        async with service(fleet.one.world, environment, tmp_path) as lone:
            await faster()
            assert await asyncio.wait_for(lone.process.wait(), 30) == 2
    lines = lone.log.read_text().splitlines()
    assert any("another process holds the lock: this one ends" in line for line in lines)
    assert lines[-1] == "Another server process uses this database. Without Redis there is one at a time."


async def test_a_server_whose_database_was_migrated_meanwhile_ends(fleet: Fleet, tmp_path: Path) -> None:
    """It lost its lock and has it again, but another version was there in between: it ends in order, and its log says why."""
    async with migrated_database("postgres", tmp_path) as database:
        environment = await migrated({**fleet.one.environment, "TONGBAN_DATABASE_URL": database})
        async with service(fleet.one.world, environment, tmp_path) as served:
            connection = await asyncpg.connect(database)
            newer = f"INSERT INTO {HISTORY} (app, name, applied_at) VALUES ('store', '9999_newer', now())"
            await connection.execute(newer)
            await connection.fetch(HOLDERS)
            await connection.close()
            assert await asyncio.wait_for(served.process.wait(), 30) == 2
    lines = served.log.read_text().splitlines()
    assert any("the database was changed while the lock was lost: this one ends" in line for line in lines)
    assert lines[-1].startswith("The database cannot be used: it is of a newer version")


async def test_servers_do_not_outlive_their_parent(fleet: Fleet) -> None:
    """A parent that is killed leaves no server behind at its address."""
    async with fleet.server("--workers", "2") as doomed:
        left = children(doomed.service.process.pid)
        await kill(doomed.service.process)

        async def listening() -> set[int]:
            return {pid for pid in left if alive(pid)}

        await eventually(listening, lambda seen: not seen)


# ---- what the tests above look at


def _gone(child: int, now: set[int]) -> bool:
    return child not in now


def _replaced(before: set[int], left: set[int], now: set[int]) -> bool:
    """Two run, and of those before only who is left."""
    return len(now) == 2 and now & before == left


async def doctor(fleet: Fleet, folder: Path) -> tuple[int, str]:
    """Its exit status, and what it says of the worker."""
    said = await asyncio.to_thread(lambda: finished(start("doctor", cwd=folder, **fleet.one.environment)))
    return said.status, next(line for line in said.out.splitlines() if "worker" in line)


@asynccontextmanager
async def faster_than_the_holder(database: str) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """Something to call that cuts whoever holds the lock of a database, and takes it in the same moment."""
    connection = await asyncpg.connect(database)

    async def take() -> None:
        (cut,) = await connection.fetch(HOLDERS)
        await connection.fetch("SELECT pg_advisory_lock($1)", cut["objid"])

    yield take
    await connection.close()
