"""How fresh an answer is, who waits for whom, and who is asked at all."""

import asyncio
import time
from typing import Any

import pytest
import pytest_asyncio

from app.phone import Phone
from tests.flows.outside import asked, home, nodes, questions, reset, somebody, sql
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASES = """query ($first: Int! = 20, $after: String, $freshness: Freshness!) { viewer {
  cases(first: $first, after: $after, freshness: $freshness) {
    isComplete quietSources sources { rows reason asOf count } pageInfo { endCursor } edges { node { id number } } } } }"""


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _undisturbed(live: Live) -> None:
    await reset(live)


async def test_known_never_waits(live: Live) -> None:
    """KNOWN answers while the platform is still thinking, says that it is not the whole truth, and has it asked behind."""
    phone = await live.phone("lin")
    await live.world.post("/knobs", latency_ms=2500)
    cases = await _cases(phone, "KNOWN")
    await eventually(lambda: live.world.get("/questions"), lambda seen: seen["in_flight"] == 1)
    assert (cases["edges"], cases["isComplete"]) == ([], False)
    assert [(one["rows"], one["reason"], one["asOf"]) for one in cases["sources"]] == [("NONE", "NOT_ASKED", None)]
    later = await eventually(lambda: _cases(phone, "KNOWN"), lambda seen: bool(seen["isComplete"]))
    assert len(later["edges"]) == 6
    assert await questions(live) == 1


async def test_recent_asks_who_was_never_asked(live: Live) -> None:
    """RECENT waits for the first answer, and trusts it afterwards."""
    phone = await live.phone("he-org")
    await live.world.post("/knobs", latency_ms=200)
    for _ in range(3):
        cases = await _cases(phone, "RECENT")
        assert (len(cases["edges"]), cases["isComplete"]) == (3, True)
    assert await questions(live) == 1


async def test_recent_asks_again_what_is_too_old(live: Live) -> None:
    """Older than the platform allows, an answer is stale for KNOWN, and RECENT gets a new one."""
    phone = await live.phone("huang")
    await _cases(phone, "RECENT")
    await _grow_old(live, 61)
    await live.world.post("/knobs", latency_ms=300)
    stale = await _cases(phone, "KNOWN")
    assert [(one["rows"], one["reason"]) for one in stale["sources"]] == [("STALE", "NOT_ASKED")]
    assert (len(stale["edges"]), stale["isComplete"]) == (2, False)
    fresh = await _cases(phone, "RECENT")
    assert [(one["rows"], one["reason"]) for one in fresh["sources"]] == [("CURRENT", None)]
    assert fresh["isComplete"] is True
    assert fresh["sources"][0]["asOf"] > stale["sources"][0]["asOf"]
    assert await questions(live) == 2


async def test_absence_is_believed_longer(live: Live) -> None:
    """That a platform holds nothing of somebody is believed for an hour, not for a minute."""
    phone = await somebody(live, 101)
    await _cases(phone, "RECENT")
    await _grow_old(live, 61)
    assert await _quiet(phone, "RECENT") == (1, True)
    assert await questions(live) == 1
    await _grow_old(live, 3600)
    assert await _quiet(phone, "RECENT") == (1, True)
    assert await questions(live) == 2


async def test_live_asks_every_time(live: Live) -> None:
    """LIVE asks the platform each time, and sees at once what it did not tell."""
    phone = await live.phone("liang")
    for count in (1, 2):
        before = nodes((await home(phone))["cases"])
        assert await questions(live) == count
    await live.world.post("/knobs", push=False)
    await live.world.post("/advance", case=before[0]["number"], to="collected")
    after = nodes((await home(phone))["cases"])
    assert (before[0]["nextAction"], after[0]["nextAction"]) == ("COLLECT", "NOTHING")


async def test_later_pages_ask_nobody(live: Live) -> None:
    """A page after a cursor reads what is there, however fresh it is wanted."""
    phone = await live.phone("many")
    first = await _cases(phone, "LIVE", first=10)
    count = await questions(live)
    for freshness in ("LIVE", "RECENT", "KNOWN"):
        second = await _cases(phone, freshness, first=10, after=first["pageInfo"]["endCursor"])
        assert len(second["edges"]) == 10
    assert await questions(live) == count


async def test_a_deadline_ends_the_waiting_and_not_the_question(live: Live) -> None:
    """A platform slower than the caller's patience is reported as TIMEOUT in time, and its answer is there later."""
    phone = await live.phone("chen")
    await live.world.post("/knobs", latency_ms=3000)
    began = time.monotonic()
    cases = await _cases(phone, "LIVE", deadline_ms=300)
    assert 0.25 < time.monotonic() - began < 2
    assert (cases["edges"], cases["isComplete"]) == ([], False)
    assert [(one["rows"], one["reason"]) for one in cases["sources"]] == [("NONE", "TIMEOUT")]
    later = await eventually(lambda: _cases(phone, "KNOWN"), lambda seen: bool(seen["isComplete"]))
    assert [(one["rows"], one["reason"], one["count"]) for one in later["sources"]] == [("CURRENT", None, 1)]
    assert len(later["edges"]) == 1
    # Of the slow ones among many, one in twenty is put a second time beside itself.
    assert await questions(live) in (1, 2)


async def test_one_question_for_all_who_ask_at_once(live: Live) -> None:
    """Many screens of one person that open at once put one question, and all get its answer."""
    phone = await live.phone("rare")
    await live.world.post("/knobs", latency_ms=400)
    answers = await asyncio.gather(*(_cases(phone, "LIVE") for _ in range(5)))
    assert [len(cases["edges"]) for cases in answers] == [2] * 5
    assert await questions(live) in (1, 2)  # a slow one may be put a second time


async def test_never_asked_is_not_complete(live: Live) -> None:
    """Until the platform has answered once, an empty list does not claim to be the whole truth."""
    phone = await somebody(live, 102)
    await live.world.post("/knobs", outage=True)
    assert await _quiet(phone, "KNOWN") == (0, False)
    await live.world.post("/knobs", outage=False)
    # The first of these may still get the answer of the question that KNOWN put, which nobody heard.
    await eventually(lambda: _quiet(phone, "LIVE"), lambda seen: seen == (1, True))


async def _cases(phone: Phone, freshness: str, deadline_ms: int = 10_000, **more: Any) -> dict[str, Any]:
    answer = await asked(phone, CASES, deadline_ms, freshness=freshness, **more)
    assert "errors" not in answer, answer
    cases: dict[str, Any] = answer["data"]["viewer"]["cases"]
    return cases


async def _quiet(phone: Phone, freshness: str) -> tuple[int, bool]:
    """How many platforms are known to hold nothing, and whether that is all."""
    cases = await _cases(phone, freshness)
    assert cases["edges"] == []
    return cases["quietSources"], cases["isComplete"]


async def _grow_old(live: Live, seconds: int) -> None:
    """As if every answer had come so much earlier."""
    earlier = seconds * 1_000_000
    await sql(live, f"UPDATE contact SET asked_us = asked_us - {earlier}, answered_us = answered_us - {earlier}")
