"""What the operator has: health, figures, a log that names nobody, an orderly end, and sentences when something is refused."""

import asyncio
import json
import signal
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from app.simulation import service
from simulator.personas import PERSONAS
from simulator.platform44.catalogue import ITEMS
from tests.databases import KINDS, empty_database
from tests.flows.outside import ask, calm, home, inbox_of, nodes, only, pushes, register, send, sql
from tests.houses import migrated
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

FIGURES = ("tongban_request_seconds", "tongban_platform_questions_total", "tongban_platform_question_seconds",
           "tongban_events_total", "tongban_notifications_total", "tongban_push_attempts_total", "tongban_push_seconds",
           "tongban_index_changes_total", "tongban_tokens_refused_total", "tongban_foreign_reads_total",
           "tongban_deliveries_due")  # fmt: skip


async def test_health(live: Live) -> None:
    """Alive, and ready because the database answers, and Redis where there is one."""
    alive, ready = await send(live, "GET", "/health/live"), await send(live, "GET", "/health/ready")
    assert (alive.status, alive.json) == (200, {"status": "live"})
    checks = {"database": True} | ({"redis": True} if live.crew else {})
    assert (ready.status, ready.json) == (200, {"status": "ready", "checks": checks})


async def test_a_request_can_be_followed(live: Live) -> None:
    """A request keeps the id that a proxy gave it, gets one where there is none or a bad one, and the log has it."""
    given = await send(live, "GET", "/health/live", x_request_id="proxy-12345678")
    assert given.headers["x-request-id"] == "proxy-12345678"
    for odd in ("short", "x" * 65, "with space!", 'quo"te-12345'):
        own = (await send(live, "GET", "/health/live", x_request_id=odd)).headers["x-request-id"]
        assert (own != odd, len(own)) == (True, 16)
    (line,) = [line for line in _lines(live) if line.get("request_id") == "proxy-12345678"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "live", 200)


async def test_a_busy_day_leaves_no_name_in_log_or_figures(live: Live) -> None:
    """After everybody was served, told, refused and disappointed, the log is JSON, and log and figures hold no name, number,
    token, title or case of anybody."""
    await calm(live)
    phones = {persona: await live.phone(persona) for persona in PERSONAS}
    for persona, phone in phones.items():
        await home(phone)
        await register(phone, f"token-of-{persona}")
    cases = [
        case for persona in PERSONAS if persona != "many" for case in await live.world.get(f"/cases?persona={persona}")
    ]
    await live.world.post("/knobs", duplicate_events=1)
    await live.world.post("/advance", case=await live.case_at("lin", "approval"), to="visit")
    await pushes(live, "token-of-lin")
    seen = nodes((await home(phones["lin"]))["cases"])[0]["id"]
    assert (await phones["chen"].run("CaseDetail", id=seen))["data"] == {"case": None}
    await live.world.post("/fcm", answer="UNREGISTERED", times=1)
    await live.world.post("/advance", case=await live.case_at("chen", "completion"), to="reopened")
    await live.world.post("/knobs", error="drift")
    await home(phones["lin"])
    await live.world.post("/knobs", error=None, outage=True)
    await home(phones["lin"])
    await calm(live)
    bad = (await live.world.post("/tokens", persona="lin", fault="other-key"))["token"]
    await ask(live, "{ viewer { displayName } }", None, bad)
    await send(live, "POST", "/platforms/44/events", b'{"APPLYER_ID": "440106199203179940"}')

    log, figures = _log(live), (await send(live, "GET", "/metrics")).text
    assert {line["logger"] for line in _lines(live)} >= {
        "api.middleware",
        "notifications.dispatcher",
        "integrations.gather",
    }
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in _lines(live))
    assert all(line.get("request_id") for line in _lines(live) if line["message"] == "request")
    assert [name for name in FIGURES if name not in figures] == []
    secrets = [bad, *(phone.bearer for phone in phones.values()), *(f"token-of-{persona}" for persona in PERSONAS)]
    people = [
        text
        for one in PERSONAS.values()
        for text in (one.holder.name, one.holder.number, one.signs_in.name, one.mobile)
    ]
    titles = [item.name for item in ITEMS.values()] + [str(case["case"]) for case in cases]
    assert [text for text in secrets + people + titles if text in log or text in figures] == []
    assert [text for text in (live.world.facts["event_secret"], live.world.facts["app_key"]) if text in log] == []


@only(*KINDS, because="with Redis any number of servers go together")
async def test_a_second_server_is_refused(live: Live) -> None:
    """On a database that is being served a second server does not start, and says why."""
    status, said = await _tongban(live.environment, "serve")
    assert (status, said) == (2, "Another server process uses this database. Without Redis there is one at a time.")
    assert (await send(live, "GET", "/health/ready")).status == 200


@only(*KINDS, because="it is about a command, on a database of its own")
async def test_a_foreign_database_is_left_alone(live: Live, tmp_path: Path) -> None:
    """A database that holds something else is not migrated, and the sentence says that nothing was changed."""
    kind = "sqlite" if live.database.startswith("sqlite") else "postgres"
    async with empty_database(kind, tmp_path) as database:
        elsewhere = Live(live.world, live.service, database, live.environment)
        await sql(elsewhere, "CREATE TABLE somebody_elses (id INTEGER)")
        status, said = await _tongban({**live.environment, "TONGBAN_DATABASE_URL": database}, "migrate")
        assert (status, "Nothing was changed." in said) == (2, True)
        assert await sql(elsewhere, "SELECT * FROM somebody_elses") == []


@only("sqlite", because="it starts services of its own, on SQLite")
async def test_an_orderly_end_loses_nothing(live: Live, tmp_path: Path) -> None:
    """Told to stop while a question and a push are under way, the service answers, ends with status 0 and, started again on
    the same database, sends what FCM had not taken."""
    await calm(live)
    environment = await migrated({**live.environment, "TONGBAN_DATABASE_URL": f"sqlite://{tmp_path}/ended.db"})
    async with service(live.world, environment, tmp_path) as served:
        one = replace(live, service=served)
        phone = await one.phone("he")
        (case,) = nodes((await home(phone))["cases"])
        await register(phone, "ended-phone")
        await live.world.post("/fcm", token="ended-phone", answer="HANG", seconds=1, times=1)
        await live.world.post("/knobs", latency_ms=1000)
        await live.world.post("/advance", case=case["number"], to="special")
        await eventually(lambda: live.world.get("/fcm"), lambda seen: seen["answers"] == [])
        asking = asyncio.create_task(home(phone))
        await eventually(lambda: live.world.get("/questions"), lambda seen: seen["in_flight"] > 0)
        served.process.send_signal(signal.SIGTERM)
        assert (await asking)["cases"]["isComplete"] is True
        assert await asyncio.wait_for(served.process.wait(), 10) == 0
    await calm(live)
    assert await live.world.get("/phones/ended-phone") == []
    async with service(live.world, environment, tmp_path) as again:
        (message,) = await pushes(live, "ended-phone", seconds=15)
        (item,) = nodes(await inbox_of(await replace(live, service=again).phone("he"), 1))
        assert item["id"] == message["message"]["data"]["notification"]
    await calm(live)


@only("sqlite", because="it starts a service of its own, on SQLite")
async def test_an_end_has_one_deadline(live: Live, tmp_path: Path) -> None:
    """A request, a push and a question outlast the drain, and do not get one each."""
    await calm(live)
    changed = {"TONGBAN_DATABASE_URL": f"sqlite://{tmp_path}/late.db", "TONGBAN_DRAIN_S": "3"}
    environment = await migrated({**live.environment, **changed})
    async with service(live.world, environment, tmp_path) as served:
        phone = await replace(live, service=served).phone("liang")
        (case,) = nodes((await home(phone))["cases"])
        await register(phone, "late-phone")
        await live.world.post("/fcm", token="late-phone", answer="HANG", seconds=30, times=1)
        await live.world.post("/advance", case=case["number"], to="collected")
        await eventually(lambda: live.world.get("/fcm"), lambda seen: seen["answers"] == [])
        await live.world.post("/knobs", latency_ms=30_000)
        asking = asyncio.create_task(home(phone, "LIVE"))
        await eventually(lambda: live.world.get("/questions"), lambda seen: seen["in_flight"] > 0)
        served.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(6):
            assert await served.process.wait() == 0
        await asyncio.gather(asking, return_exceptions=True)
    await calm(live)


async def _tongban(environment: Mapping[str, str], *command: str) -> tuple[int, str]:
    """Exit status of a command, and the last line of what it said in trouble."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", *command), env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, said.decode().strip().splitlines()[-1]


def _log(live: Live) -> str:
    """What all processes of the service wrote."""
    return "".join(file.read_text() for file in live.service.log.parent.glob("*.log"))


def _lines(live: Live) -> list[dict[str, object]]:
    return [json.loads(line) for line in _log(live).splitlines()]
