"""Several servers and workers on one database: any of them may be killed in the middle of anything, and nothing is lost."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
import pytest
import pytest_asyncio

from app.simulation import SimulationFailed, service
from tests.databases import empty_database
from tests.flows.commands import finished, start
from tests.flows.fleet import Fleet, fleet_of, kill
from tests.flows.outside import calm, home, inbox_of, migrated, nodes, pushes, register, send, sql
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    async with fleet_of(tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _calm(fleet: Fleet) -> AsyncIterator[None]:
    yield
    await calm(fleet.one)


async def test_a_server_is_killed_with_a_question_under_way(fleet: Fleet) -> None:
    """The phone asks again and another server answers at once; once the dead one's claim has lapsed the answer is whole."""
    world = fleet.one.world
    async with fleet.server() as doomed:
        phone = await doomed.phone("chen")
        await world.post("/knobs", latency_ms=3000)
        asking = asyncio.create_task(home(phone))
        await under_way(fleet.one)
        await kill(doomed.service.process)
        with pytest.raises(aiohttp.ClientError):
            await asking
        await world.post("/knobs", latency_ms=0)
        again = replace(phone, service=fleet.one.service.url)
        viewer = await home(again, "KNOWN")
        assert viewer["displayName"]
        viewer = await eventually(lambda: home(again, "RECENT"), lambda seen: seen["cases"]["isComplete"], 30)
        assert len(nodes(viewer["cases"])) == 1


async def test_a_server_is_killed_with_an_event_in_hand(fleet: Fleet) -> None:
    """Nothing of it was written, so the platform sends it again, to a server that lives; it is applied and told once."""
    world = fleet.one.world
    phone = await fleet.one.phone("he")
    (case,) = nodes((await home(phone))["cases"])
    holding = await asyncpg.connect(fleet.one.database)
    try:
        async with fleet.server() as doomed, fleet.workers(1):
            async with holding.transaction():
                # The event waits for its party's row, and its process dies there.
                await holding.fetch("SELECT id FROM party FOR UPDATE")
                await world.post("/advance", case=case["number"], to="correction")
                waiting = "SELECT pid FROM pg_locks WHERE NOT granted"
                await eventually(lambda: sql(fleet.one, waiting), lambda found: len(found) == 1)
                await kill(doomed.service.process)
            await world.send_events_to(fleet.one.service.url)
            (item,) = nodes(await inbox_of(phone, 1))
            assert (item["kind"], item["caseId"]) == ("CORRECTION_DEMANDED", case["id"])
            statuses = [attempt["status"] for event in await world.get("/events") for attempt in event["attempts"]]
            assert statuses == [None, 202]
    finally:
        await holding.close()
    assert await sql(fleet.one, "SELECT state FROM platform_event") == [("applied",)]


async def test_a_worker_is_killed_with_a_push_in_hand(fleet: Fleet) -> None:
    """When its lease has ended another worker sends the push. The phone has it, and the inbox has one item."""
    world = fleet.one.world
    phone = await told_by_phone(fleet.one, "lin", "killed-phone")
    async with fleet.workers() as workers:
        await world.post("/fcm", token="killed-phone", answer="HANG", seconds=30, times=1)
        await world.post("/advance", case=await fleet.one.case_at("lin", "approval"), to="granted")
        await fcm_has_it(fleet.one)
        await kill(workers.pop(await fleet.holder("delivery")))
        assert await world.get("/phones/killed-phone") == []
        await fleet.leases_end("delivery")
        received = await pushes(fleet.one, "killed-phone")
        await eventually(lambda: states(fleet.one), lambda seen: seen == ["done"])
    (item,) = nodes(await inbox_of(phone, 1))
    assert {one["message"]["data"]["notification"] for one in received} == {item["id"]}
    tries = "SELECT number, outcome FROM attempt ORDER BY number"
    assert await sql(fleet.one, tries) == [(1, "unknown"), (2, "accepted")]


async def test_a_worker_is_frozen_past_its_lease(fleet: Fleet) -> None:
    """While it stands still another sends its push. Awake again it writes down how its own try ended, and moves nothing."""
    world = fleet.one.world
    phone = await told_by_phone(fleet.one, "liang", "frozen-phone")
    (case,) = nodes((await home(phone))["cases"])
    async with fleet.workers() as workers:
        await world.post("/fcm", token="frozen-phone", answer="HANG", seconds=2, times=1)
        await world.post("/advance", case=case["number"], to="collected")
        await fcm_has_it(fleet.one)
        frozen = workers[await fleet.holder("delivery")]
        frozen.send_signal(signal.SIGSTOP)
        await fleet.leases_end("delivery")
        await eventually(lambda: states(fleet.one), lambda seen: seen == ["done"])
        assert len(await world.get("/phones/frozen-phone")) == 1
        frozen.send_signal(signal.SIGCONT)
        ended = (
            "SELECT number, outcome FROM attempt WHERE finished_us IS NOT NULL AND delivery_id = (SELECT id FROM delivery "
            "ORDER BY created_us DESC LIMIT 1) ORDER BY number"
        )
        both = [(1, "unknown"), (2, "accepted")]
        assert await eventually(lambda: sql(fleet.one, ended), lambda seen: len(seen) == 2) == both
    assert await states(fleet.one) == ["done"]
    assert len(await world.get("/phones/frozen-phone")) == len(nodes(await inbox_of(phone, 1))) == 1


async def test_a_worker_is_killed_with_a_job_in_hand(fleet: Fleet) -> None:
    """A platform is caught up with after an outage, although the worker that asked it died over the question; what had
    happened meanwhile is told."""
    world = fleet.one.world
    phone = await told_by_phone(fleet.one, "he-org", "job-phone")
    await outage_with_news(fleet.one, phone, "he-org")
    async with fleet.workers() as workers:
        await world.post("/knobs", outage=False, latency_ms=3000)
        await sql(fleet.one, "UPDATE job SET due_us = 0 WHERE kind = 'catch-up'")
        await under_way(fleet.one)
        await kill(workers.pop(await fleet.holder("job", "kind = 'catch-up'")))
        await world.post("/knobs", latency_ms=0)
        await fleet.leases_end("job")
        (message,) = await pushes(fleet.one, "job-phone", seconds=30)
    (item,) = nodes(await inbox_of(phone, 1))
    assert message["message"]["data"]["notification"] == item["id"]
    assert await sql(fleet.one, "SELECT failures FROM job WHERE kind = 'catch-up'") == []


async def test_a_worker_is_killed_with_a_poll_in_hand(fleet: Fleet) -> None:
    """A platform that pushes nothing is polled by another worker; what changed there is told like any news, once."""
    world = fleet.one.world
    everything = world.environment(fleet.one.database, {}, 0, ["31"])
    there = {name: value for name, value in everything.items() if "PLATFORMS__31" in name}
    async with fleet.server(**there) as server, fleet.workers(**there) as workers:
        phone = await told_by_phone(server, "huang", "poll-phone")
        (case,) = await world.get("/cases?persona=huang&platform=31")
        await world.post("/advance", platform="31", case=case["case"], to="withdrawn")
        await world.post("/knobs", platform="31", latency_ms=3000)
        await sql(fleet.one, "UPDATE job SET due_us = 0 WHERE kind = 'poll'")
        await eventually(lambda: world.get("/questions?platform=31"), lambda seen: seen["in_flight"] > 0)
        await kill(workers.pop(await fleet.holder("job", "kind = 'poll'")))
        await world.post("/knobs", platform="31", latency_ms=0)
        await fleet.leases_end("job")
        await pushes(fleet.one, "poll-phone", seconds=30)
        await eventually(lambda: untold(fleet.one, phone, "poll-phone"), lambda seen: not seen, 30)
        received = [one["message"]["data"]["notification"] for one in await world.get("/phones/poll-phone")]
    again = replace(phone, service=fleet.one.service.url)
    kinds = {item["id"]: item["kind"] for item in nodes(await inbox_of(again, 1))}
    assert "WITHDRAWN" in kinds.values()
    assert sorted(received) == sorted(kinds)
    ((due,),) = await sql(fleet.one, "SELECT due_us FROM job WHERE kind = 'poll' AND failures = 0")
    assert due > 0


async def test_a_server_told_to_stop_answers_first(fleet: Fleet) -> None:
    """SIGTERM with a question under way: it is answered whole, and the parent of two server processes ends with 0."""
    world = fleet.one.world
    async with fleet.server("--workers", "2") as ending:
        phone = await ending.phone("huang")
        await world.post("/knobs", latency_ms=1000)
        asking = asyncio.create_task(home(phone))
        await under_way(fleet.one)
        ending.service.process.terminate()
        assert (await asking)["cases"]["isComplete"] is True
        assert await asyncio.wait_for(ending.service.process.wait(), 10) == 0


async def test_a_worker_told_to_stop_gives_back_what_it_cannot_end(fleet: Fleet) -> None:
    """SIGTERM with a push and a job in hand that outlast the drain: it ends with 0, and another goes on without waiting for
    leases to end."""
    world = fleet.one.world
    phone = await told_by_phone(fleet.one, "rare", "drained-phone")
    await outage_with_news(fleet.one, phone, "rare")
    async with fleet.workers(1, TONGBAN_DRAIN_S="0.5") as workers:
        ((_, ending),) = workers.items()
        await world.post("/knobs", outage=False, latency_ms=4000)
        await world.post("/fcm", token="drained-phone", answer="HANG", seconds=20, times=1)
        await sql(fleet.one, "UPDATE job SET due_us = 0 WHERE kind = 'catch-up'")
        await under_way(fleet.one)
        number = next(case["case"] for case in await world.get("/cases?persona=rare") if case["last_step"] == "special")
        await world.post("/knobs", push=True)
        await world.post("/advance", case=number)
        await fcm_has_it(fleet.one)
        ending.terminate()
        assert await asyncio.wait_for(ending.wait(), 10) == 0
    held = "SELECT count(*) FROM {} WHERE lease <> ''"
    assert [await sql(fleet.one, held.format(table)) for table in ("job", "delivery")] == [[(0,)], [(0,)]]
    await world.post("/knobs", latency_ms=0)
    async with fleet.workers(1):
        await inbox_of(phone, 2)
        await eventually(lambda: untold(fleet.one, phone, "drained-phone"), lambda seen: not seen, 30)


async def test_the_doctor_misses_a_worker(fleet: Fleet, tmp_path: Path) -> None:
    """Beside servers that share Redis it says when no worker has worked for some time, or never."""
    async with fleet.workers(1):
        assert await doctor(fleet, tmp_path) == (0, "✓ worker")
    await sql(fleet.one, "UPDATE job SET due_us = due_us - 600000000, lease = '', lease_until_us = 0")
    status, said = await doctor(fleet, tmp_path)
    assert (status, said.startswith("✗ worker: none has worked for ")) == (1, True)
    await sql(fleet.one, "DELETE FROM job WHERE kind = 'sweep'")
    status, said = await doctor(fleet, tmp_path)
    assert (status, said.startswith("✗ worker: none was ever here")) == (1, True)


async def test_a_server_process_that_dies_is_replaced(fleet: Fleet) -> None:
    """Killed one after the other, both processes of a server are replaced, and its address answers all the time."""
    parent = fleet.one.service.process.pid
    first, second = before = children(parent)
    for child, left in ((first, {second}), (second, set[int]())):
        os.kill(child, signal.SIGKILL)
        assert (await send(fleet.one, "GET", "/health/ready")).status == 200
        await eventually(lambda: running(parent), partial(_replaced, before, left), 20)


async def test_a_server_without_redis_is_kept_out(fleet: Fleet) -> None:
    """It would not hear of the others: it says so and ends, and the others go on."""
    settings = {name: value for name, value in fleet.one.environment.items() if name != "TONGBAN_REDIS_URL"}
    with pytest.raises(SimulationFailed, match=r"Another server process uses this database\. Without Redis"):
        async with service(fleet.one.world, settings, fleet.folder):
            pass


async def test_a_server_whose_lock_was_lost_ends(fleet: Fleet, tmp_path: Path) -> None:
    """PostgreSQL cut its connections and another process was faster: it ends in order, and its log says why."""
    async with empty_database("postgres", tmp_path) as database, faster_than_the_holder(database) as faster:
        changed = {name: value for name, value in fleet.one.environment.items() if name != "TONGBAN_REDIS_URL"}
        environment = await migrated({**changed, "TONGBAN_DATABASE_URL": database})
        async with service(fleet.one.world, environment, tmp_path) as lone:
            await faster()
            assert await asyncio.wait_for(lone.process.wait(), 30) == 2
    lines = lone.log.read_text().splitlines()
    assert any("another process holds the lock: this one ends" in line for line in lines)
    assert lines[-1] == "Another server process uses this database. Without Redis there is one at a time."


async def test_servers_do_not_outlive_their_parent(fleet: Fleet) -> None:
    """A parent that is killed leaves no server behind at its address."""
    async with fleet.server("--workers", "2") as doomed:
        left = children(doomed.service.process.pid)
        await kill(doomed.service.process)

        async def listening() -> set[int]:
            return {pid for pid in left if alive(pid)}

        await eventually(listening, lambda seen: not seen)


# ---- what the tests above look at


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
    holder = (
        "SELECT objid, pg_terminate_backend(pid) FROM pg_locks l JOIN pg_database d ON d.oid = l.database "
        "WHERE locktype = 'advisory' AND datname = current_database()"
    )

    async def take() -> None:
        (cut,) = await connection.fetch(holder)
        await connection.fetch("SELECT pg_advisory_lock($1)", cut["objid"])

    yield take
    await connection.close()


async def told_by_phone(live: Live, persona: str, token: str) -> Any:
    """A citizen whose cases are known and whose phone is registered."""
    phone = await live.phone(persona)
    await home(phone)
    await register(phone, token)
    return phone


async def outage_with_news(live: Live, phone: Any, persona: str) -> None:
    """Something happens that the platform pushes to nobody; then it is down, and the citizen's question failed."""
    await live.world.post("/knobs", push=False)
    number = next(
        case["case"] for case in await live.world.get(f"/cases?persona={persona}") if case["last_step"] == "review"
    )
    await live.world.post("/advance", case=number, to="granted")
    await live.world.post("/knobs", outage=True)
    assert (await home(phone))["cases"]["isComplete"] is False


async def under_way(live: Live) -> None:
    """A question is at the platform."""
    await eventually(lambda: live.world.get("/questions"), lambda seen: seen["in_flight"] > 0)


async def fcm_has_it(live: Live) -> None:
    """The one call that FCM was told to hang on is there."""
    await eventually(lambda: live.world.get("/fcm"), lambda seen: seen["answers"] == [])


async def untold(live: Live, phone: Any, token: str) -> set[str]:
    """What is in the inbox and not at the phone, or the other way round."""
    received = {one["message"]["data"]["notification"] for one in await live.world.get(f"/phones/{token}")}
    return received ^ {item["id"] for item in nodes((await home(phone, "KNOWN", first=100))["notifications"])}


async def states(live: Live) -> list[str]:
    """Where the deliveries to the phone that registered last stand."""
    newest = "SELECT id FROM device ORDER BY created_us DESC LIMIT 1"
    return [state for (state,) in await sql(live, f"SELECT state FROM delivery WHERE device_id = ({newest})")]


def children(pid: int) -> set[int]:
    """The processes that a process started."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return {int(child) for child in file.read().split()}


async def running(pid: int) -> set[int]:
    return {child for child in children(pid) if alive(child)}


def alive(pid: int) -> bool:
    """Whether it runs: a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
