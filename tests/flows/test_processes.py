"""Several servers and workers on one database: any of them may be killed in the middle of anything, and nothing is lost."""

import asyncio
import os
import signal
from dataclasses import replace
from functools import partial
from typing import Any

import aiohttp
import asyncpg
import pytest

from tests.crew import children
from tests.flows.fleet import Fleet, kill
from tests.flows.outside import home, inbox_of, nodes, pushes, register, sql
from tests.live import Live, eventually

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("calm_after")]


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
        viewer = await eventually(lambda: home(again, "RECENT"), lambda seen: seen["cases"]["isComplete"], 60)
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
        (message,) = await pushes(fleet.one, "job-phone", seconds=60)
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
        await pushes(fleet.one, "poll-phone", seconds=60)
        await eventually(lambda: untold(fleet.one, phone, "poll-phone"), lambda seen: not seen, 60)
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
        # Not whether it is complete: other servers here know of other platforms, and have yet to ask them.
        sources = {source["platform"]["code"]: source for source in (await asking)["cases"]["sources"]}
        assert (sources["44"]["rows"], sources["44"]["reason"]) == ("CURRENT", None)
        assert await asyncio.wait_for(ending.service.process.wait(), 10) == 0


async def test_server_processes_are_told_to_stop_twice(fleet: Fleet) -> None:
    """As by systemd, which tells every process, of which the parent then tells its children: what is under way is answered."""
    world = fleet.one.world
    holding = await asyncpg.connect(fleet.one.database)
    async with fleet.server("--workers", "2") as ending:
        parent = ending.service.process
        await home(await ending.phone("chen"))
        told = children(parent.pid)
        async with holding.transaction():
            # An event waits for its party's row.
            await holding.fetch("SELECT id FROM party FOR UPDATE")
            await world.post("/advance", case=await ending.case_at("chen", "completion"), to="reopened")
            waiting = "SELECT pid FROM pg_locks WHERE NOT granted"
            await eventually(lambda: sql(fleet.one, waiting), lambda found: len(found) == 1)
            for child in told:
                os.kill(child, signal.SIGTERM)
            for child in told:
                # Or the two would be one.
                await eventually(partial(pending, child), lambda left: not left & 1 << signal.SIGTERM - 1)
            parent.terminate()
            await asyncio.wait({asyncio.create_task(parent.wait())}, timeout=1)
            assert parent.returncode is None
        assert await asyncio.wait_for(parent.wait(), 10) == 0
        last = (await world.get("/events"))[-1]
        assert [attempt["status"] for attempt in last["attempts"]] == [202]
    await holding.close()


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
        await eventually(lambda: untold(fleet.one, phone, "drained-phone"), lambda seen: not seen, 60)


# ---- what the tests above look at


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


async def pending(pid: int) -> int:
    """The signals that a process was sent and has not received yet, as a set of bits."""
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1], 16) for line in file if line.startswith("ShdPnd"))


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
