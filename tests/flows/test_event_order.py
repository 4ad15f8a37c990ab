"""Events repeated, turned round, badly signed for a while, or overtaken by an old answer: the case ends the same."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from app.phone import Phone
from tests.flows.outside import calm, case_of, home, inbox_of, nodes, pushes, register
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

STEPS = ("special", "resume", "granted", "reopened")
_WHEN_SEEN = ("observedAt", "updatedAt")
TOLD = {"SUSPENDED", "RESUMED", "STEP_TAKEN", "GRANTED", "REOPENED"}


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _undisturbed(live: Live) -> None:
    await calm(live)


@pytest.mark.parametrize(
    ("persona", "knobs"),
    [
        ("he", {}),
        ("he-org", {"duplicate_events": 2}),
        ("lin", {"reorder_events": 100}),
        ("rare", {"duplicate_events": 1, "reorder_events": 100}),
    ],
    ids=["in-order", "repeated", "backwards", "repeated-and-backwards"],
)
async def test_the_way_of_events_does_not_matter(live: Live, persona: str, knobs: dict[str, int]) -> None:
    """Many events end in the case that the platform itself shows, and each change is told and pushed exactly once."""
    phone, case = await _handled(live, persona)
    await register(phone, f"{persona}-phone")
    await live.world.post("/knobs", **knobs)
    for step in STEPS:
        await live.world.post("/advance", case=case["number"], to=step)
    await live.world.post("/knobs", reorder_events=0)
    await _all_taken(live, case["number"], 1 + knobs.get("duplicate_events", 0))
    by_events = await _said(phone, case["id"])
    assert (by_events["stage"], by_events["outcome"], by_events["nextAction"]) == ("APPROVAL", None, "WAIT")
    await home(phone)
    assert await _said(phone, case["id"]) == by_events
    told = [item["kind"] for item in nodes(await inbox_of(phone, len(TOLD)))]
    assert (set(told) >= TOLD, len(set(told))) == (True, len(told))
    messages = await pushes(live, f"{persona}-phone", len(told))
    assert len({one["message"]["data"]["notification"] for one in messages}) == len(messages) == len(told)


async def test_an_old_answer_undoes_nothing(live: Live) -> None:
    """An answer that was read before an event and arrives after it leaves the event's news as it is."""
    phone, case = await _handled(live, "chen", "reopened")
    await live.world.post("/knobs", late_answers_ms=1200)
    late = asyncio.create_task(home(phone))
    await eventually(lambda: live.world.get("/questions"), lambda seen: seen["in_flight"] > 0)
    await asyncio.sleep(0.05)
    await live.world.post("/advance", case=case["number"], to="granted")
    await eventually(lambda: case_of(phone, case["id"]), lambda seen: seen["outcome"] == "GRANTED")
    assert not late.done()
    assert (await late)["cases"]["isComplete"] is True
    assert (await case_of(phone, case["id"]))["outcome"] == "GRANTED"
    assert [item["kind"] for item in nodes(await inbox_of(phone, 2))] == ["GRANTED", "REOPENED"]


async def test_a_platform_that_signs_wrongly_for_a_while(live: Live) -> None:
    """What was refused for its signature is sent again by the platform, and is taken in once it is right."""
    phone, case = await _handled(live, "huang")
    await live.world.post("/knobs", corrupt_signature=True)
    await live.world.post("/advance", case=case["number"], to="lapsed")
    await eventually(lambda: _attempts(live, case["number"]), lambda seen: seen[-1:] == [401])
    assert (await home(phone, "KNOWN"))["notifications"]["edges"] == []
    await live.world.post("/knobs", corrupt_signature=False)
    statuses = await eventually(lambda: _attempts(live, case["number"]), lambda seen: seen[-1:] == [202])
    assert set(statuses[:-1]) == {401}
    assert [item["kind"] for item in nodes(await inbox_of(phone, 1))] == ["LAPSED"]


async def _handled(live: Live, persona: str, first: str = "") -> tuple[Phone, dict[str, Any]]:
    """A persona's phone, and a case of theirs that is being handled, known to the index."""
    phone = await live.phone(persona)
    if first:
        (case,) = nodes((await home(phone))["cases"])
        await live.world.post("/advance", case=case["number"], to=first)
        await inbox_of(phone, 1)
    cases = nodes((await home(phone))["cases"])
    return phone, next(one for one in cases if one["stage"] == "APPROVAL" and not one["suspended"])


async def _attempts(live: Live, number: str) -> list[int]:
    """How the service answered the events of a case."""
    log = await live.world.get("/events")
    return [attempt["status"] for event in log if event["case"] == number for attempt in event["attempts"]]


async def _all_taken(live: Live, number: str, times: int) -> None:
    """Waits until every event of a case was accepted so many times."""

    async def counts() -> list[list[int]]:
        log = await live.world.get("/events")
        return [[one["status"] for one in event["attempts"]] for event in log if event["case"] == number]

    await eventually(counts, lambda seen: all(statuses == [202] * times for statuses in seen))


async def _said(phone: Phone, case_id: str) -> dict[str, Any]:
    """All that is said of a case, but for when we learned it."""
    return {name: value for name, value in (await case_of(phone, case_id)).items() if name not in _WHEN_SEEN}
