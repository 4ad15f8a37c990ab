"""Faults of our own: the caller learns that something went wrong and nothing else, and the rest of the screen is there."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
import pytest_asyncio

from tests.flows.outside import asked, calm, document, home, inbox_of, nodes, only, send, sql
from tests.flows.platform_hand import deliver, made, receipt
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

MARK = (
    "mutation ($id: ID!) { markNotificationsRead(input: {upTo: $id}) { marked unreadCount errors { code message } } }"
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def item(live: Live) -> AsyncIterator[str]:
    """A notification of lin's that the service cannot read any more: its kind is none."""
    await calm(live)
    phone = await live.phone("lin")
    await home(phone)
    await live.world.post("/advance", case=await live.case_at("lin", "approval"), to="visit")
    found = str(nodes(await inbox_of(phone, 1))[0]["id"])
    await sql(live, "UPDATE notification SET kind = 'no-such-kind'")
    yield found


async def test_a_fault_in_one_list(live: Live, item: str) -> None:
    """A list that fails for a reason nobody foresaw is null with INTERNAL; the others are answered."""
    answer = await (await live.phone("lin")).run("Home")
    assert answer["data"]["viewer"]["notifications"] is None
    assert len(answer["data"]["viewer"]["cases"]["edges"]) == 6
    (error,) = answer["errors"]
    assert (error["path"], error["extensions"]) == (["viewer", "notifications"], {"code": "INTERNAL"})
    assert error["message"] == "Something went wrong here; it has been noted."


async def test_a_fault_in_a_mutation(live: Live, item: str) -> None:
    """A mutation that fails so says it in its payload, and no more of it than a list does."""
    answer = await asked(await live.phone("lin"), MARK, id=item)
    error = {"code": "INTERNAL", "message": "服务出现问题，我们已记录。"}
    assert answer == {"data": {"markNotificationsRead": {"marked": 0, "unreadCount": None, "errors": [error]}}}


async def test_the_operator_finds_it_in_the_log(live: Live, item: str) -> None:
    """The log says where it happened, and not what the row held."""
    await (await live.phone("lin")).run("OpenPush", id=item)
    log = live.service.log.read_text()
    assert '"a field failed"' in log
    assert "builtins.ValueError" in log
    assert "no-such-kind" not in log


with_server = only("postgres", "crew", because="a SQLite file has no server that could go away")


@asynccontextmanager
async def _no_database(live: Live) -> AsyncIterator[None]:
    """As long as the block runs, the database's server refuses the service, of which all processes have started."""
    if live.crew is not None:
        await live.crew.settle()
    server, _, name = live.database.rpartition("/")
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
    try:
        yield
    finally:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()


@with_server
async def test_the_database_goes_away_and_comes_back(live: Live) -> None:
    """Without its database the service is alive and not ready, and says so; once it is back, all is as before."""
    phone = await live.phone("chen")
    await home(phone)
    async with _no_database(live):
        ready = await send(live, "GET", "/health/ready")
        assert (ready.status, ready.json["status"], ready.json["checks"]["database"]) == (503, "not-ready", False)
        assert (await send(live, "GET", "/health/live")).status == 200
        answer = await asked(phone, document("Home"))
        known = {"displayName": "陈志恒", "cases": None, "licences": None, "notifications": None}
        # Of several processes one that never met the citizen may answer, and must write that it did before it can greet.
        assert answer["data"]["viewer"] in ([known] if live.crew is None else [known, None])
    await eventually(lambda: send(live, "GET", "/health/ready"), lambda reply: reply.status == 200)
    assert (await home(phone))["cases"]["isComplete"] is True


@with_server
async def test_a_database_that_is_gone_is_no_fault_of_the_code(live: Live) -> None:
    """What a phone is told without the database is "not now", so that it tries again."""
    phone = await live.phone("chen")
    await home(phone)
    async with _no_database(live):
        answer = await asked(phone, document("Home"))
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAVAILABLE"}


@with_server
async def test_a_change_without_the_database(live: Live) -> None:
    """A mutation says so in its payload: the app tries again later."""
    phone = await live.phone("chen")
    await home(phone)
    async with _no_database(live):
        answer = await asked(phone, document("RegisterDevice"), input={"channel": "FCM", "token": "later"})
    payload = answer["data"]["registerDevice"]
    assert (payload["id"], [error["code"] for error in payload["errors"]]) == (None, ["UNAVAILABLE"])


@with_server
async def test_an_event_without_the_database(live: Live) -> None:
    """A platform is asked to come again, and the event is taken then."""
    body = await made(live, await live.case_at("he", "approval"), "visit")
    async with _no_database(live):
        reply = await deliver(live, body)
    assert (receipt(reply), reply.headers["retry-after"]) == ((503, "unavailable"), "5")
    await eventually(lambda: send(live, "GET", "/health/ready"), lambda reply: reply.status == 200)
    assert (await deliver(live, body)).status == 202
