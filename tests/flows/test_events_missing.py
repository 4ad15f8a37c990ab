"""An event that never came: the platform's own numbering gives it away, and the citizen's list is right without their asking."""

from typing import Any

import pytest

from app.phone import Phone
from tests.flows.outside import calm, case_of, figure, home, inbox_of, nodes, only, questions, sql
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

PATIENCE_S = 40
"""Grace, a look at the holes, a catch-up, and a machine that others keep busy."""


@pytest.fixture(scope="module")
def platforms() -> list[str]:
    """Both that push: one counts the events of each case, the other all of its own."""
    return ["44", "33"]


async def test_a_platform_that_counts_everything_does_not_say_about_whom(live: Live) -> None:
    """An event about one party is lost, and another's comes: the first one's list is right all the same."""
    await calm(live)
    he, liang = await live.phone("he"), await live.phone("liang")
    for phone in (he, liang):
        await home(phone)
    (mine,), (other,) = await _cases33(live, "he"), await _cases33(live, "liang")
    assert await _is_suspended(he, mine)
    await _advance(live, other, "collected", "33")
    await inbox_of(liang, 1)
    await live.world.post("/knobs", platform="33", lose_events=1)
    await _advance(live, mine, "resume", "33")
    await _advance(live, other, "reopened", "33")
    await eventually(lambda: _inbox(live, "33"), lambda kinds: "resumed" in kinds, PATIENCE_S)
    assert not await _is_suspended(he, mine)


async def test_a_lost_event_is_made_up_for(live: Live) -> None:
    """Of two events of a case the first is lost; both changes stand in the inbox, though nobody read."""
    await calm(live)
    phone, number = await live.phone("lin"), await live.case_at("lin", "approval")
    await home(phone)
    await _advance(live, number, "special")
    await inbox_of(phone, 1)
    asked = await questions(live)
    await live.world.post("/knobs", lose_events=1)
    await _advance(live, number, "resume")
    await _advance(live, number, "correction")
    await eventually(lambda: _inbox(live, "44"), lambda kinds: {"resumed", "correction-demanded"} <= kinds, PATIENCE_S)
    assert await questions(live) == asked + 1
    (case,) = [one for one in nodes((await home(phone, "KNOWN"))["cases"]) if one["number"] == number]
    assert (case["nextAction"], case["suspended"]) == ("CORRECT", False)


@only(
    "sqlite",
    "postgres",
    because="what was filled is a figure of the process that looks for holes, and workers have no port",
)
async def test_events_that_only_come_in_another_order_cost_no_question(live: Live) -> None:
    """Three events backwards within the grace: the holes are filled by themselves."""
    await calm(live)
    phone, number = await live.phone("rare"), await live.case_at("rare", "approval")
    await home(phone)
    asked = await questions(live)
    await live.world.post("/knobs", reorder_events=3)
    for step in ("special", "resume", "correction"):
        await _advance(live, number, step)
    await eventually(
        lambda: figure(live, "tongban_event_gaps_total", platform="44", outcome="filled"),
        lambda seen: seen >= 1,
        PATIENCE_S,
    )
    assert await sql(live, "SELECT count(*) FROM job WHERE kind = 'catch-up'") == [(0,)]
    assert await questions(live) == asked


async def test_a_case_whose_beginning_nobody_told_is_asked_for(live: Live) -> None:
    """The first word on a case is from the middle of it, to a citizen who signed in and never read a list: what was before
    is known without their asking.
    """
    await calm(live)
    phone, number = await live.phone("chen"), await live.case_at("chen", "completion")
    assert (await phone.run("Inbox"))["data"]
    before = await questions(live)
    await _advance(live, number, "reopened")
    await eventually(lambda: questions(live), lambda seen: seen > before, PATIENCE_S)
    (item,) = nodes(await inbox_of(phone, 1))
    case = await eventually(lambda: case_of(phone, item["caseId"]), lambda seen: len(seen["events"]) > 3)
    assert {"REFUSED", "REOPENED"} <= {event["kind"] for event in case["events"]}


async def _advance(live: Live, case: str, to: str | None, platform: str = "44") -> Any:
    wanted = {"platform": platform, "case": case} | ({"to": to} if to else {})
    return await live.world.post("/advance", **wanted)


async def _cases33(live: Live, persona: str) -> list[str]:
    return [str(case["case"]) for case in await live.world.get(f"/cases?platform=33&persona={persona}")]


async def _is_suspended(phone: Phone, number: str) -> bool:
    (case,) = [one for one in nodes((await home(phone, "KNOWN"))["cases"]) if one["number"] == number]
    return bool(case["suspended"])


async def _inbox(live: Live, platform: str) -> set[str]:
    """Kinds of all notifications about cases of a platform, without anybody's reading them."""
    told = f"SELECT n.kind FROM notification n JOIN case_index c ON c.id = n.case_id WHERE c.platform = '{platform}'"
    return {kind for (kind,) in await sql(live, told)}
