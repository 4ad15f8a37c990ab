"""What holds of every simulated platform alike: who has business where, how a case lives, and what the control API takes."""

import asyncio
from copy import deepcopy
from typing import Any

import pytest

from simulator.personas import PERSONAS
from simulator.platform import ImpossibleError, Platform, Standing
from simulator.world import Simulator
from tests.simulator.lives import LIVES

CODES = ("44", "33", "31")
RECEIVED = {"44": "lin", "33": "lin", "31": "he-org"}
"""Who has a case at each platform that has only been handed in."""


@pytest.fixture(params=CODES)
def platform(world: Simulator, request: pytest.FixtureRequest) -> Platform:
    return world.platforms[request.param]


def standing(platform: Platform, number: str | None = None) -> Standing:
    """Of this case; else of the one that has only been handed in."""
    cases = platform.standings(PERSONAS[RECEIVED[platform.code]].holder)
    return next(case for case in cases if case.case == number or (number is None and case.last_step == "received"))


def walked(platform: Platform, *steps: str) -> str:
    """The number of a fresh case after these steps."""
    platform.start_book()
    number = standing(platform).case
    for step in steps:
        assert platform.move(number, step)[0] == step
    return number


def books(platform: Platform) -> Any:
    """A copy of everything that the platform holds."""
    held: Any = platform
    return deepcopy(vars(held.registry if platform.code == "31" else held.book))


def declines(platform: Platform, number: str, step: str | None) -> bool:
    """Whether it does; otherwise the step is taken."""
    try:
        platform.move(number, step)
    except ImpossibleError:
        return True
    return False


def test_the_same_steps_lead_to_the_same_standing(platform: Platform) -> None:
    """Stage and outcome after any walk are the same at every platform."""
    for steps, (stage, outcome) in LIVES.items():
        now = standing(platform, walked(platform, *steps))
        assert (now.stage, now.outcome, now.last_step) == (stage, outcome, steps[-1] if steps else "received"), steps


@pytest.mark.parametrize("platform", ["33", "31"], indirect=True)
def test_a_refused_step_writes_nothing(platform: Platform) -> None:
    """After any walk each step either moves the case or is refused with everything as it was. (44: test_life.)"""
    refused = 0
    for steps in LIVES:
        for step in platform.steps:
            number = walked(platform, *steps)
            before = books(platform)
            is_refused = declines(platform, number, step)
            assert (books(platform) == before) is is_refused
            refused += is_refused
    assert 150 < refused < len(LIVES) * len(platform.steps) - 60


def test_a_life_by_itself_always_ends(platform: Platform) -> None:
    """After any walk the natural steps lead to an end within ten."""
    for steps in LIVES:
        number = walked(platform, *steps)
        taken = 0
        while not declines(platform, number, None):
            taken += 1
        assert taken <= 10
        assert standing(platform, number).stage == "completion"


def test_only_what_pushes_gives_rise_to_events(platform: Platform) -> None:
    """A step is one event at 44 and 33, and none at 31, which has no secret to sign with either."""
    pushes = platform.code != "31"
    assert len(platform.move(standing(platform).case, "accepted")[1]) == pushes
    assert (platform.pusher is not None, "event_secret" in platform.facts()) == (pushes, pushes)


async def test_who_has_business_where(tell: Any) -> None:
    """lin has cases everywhere, new has nothing anywhere, three hundred are only at 44; all are the same people."""
    told = {code: await tell.get(f"/personas?platform={code}") for code in CODES}
    cases = {code: {one["name"]: one["cases"] for one in people} for code, people in told.items()}
    assert all(cases[code]["lin"] >= 2 for code in CODES)
    assert [cases[code]["new"] for code in CODES] == [0, 0, 0]
    assert [cases[code]["many"] for code in CODES] == [300, 0, 0]
    for name in ("chen", "huang", "liang", "he", "he-org", "rare"):
        assert all(cases[code][name] for code in CODES), name
    numbers = {tuple((one["name"], one["identity_number"]) for one in people) for people in told.values()}
    assert len(numbers) == 1


async def test_case_numbers_are_a_platforms_own(tell: Any) -> None:
    """No number of one platform is known at another."""
    number = (await tell.get("/cases?persona=lin&platform=33"))[0]["case"]
    for code in ("44", "31"):
        assert "no case" in (await tell.post("/advance", platform=code, case=number, status=404))["error"]


async def test_a_platform_that_is_not_there(tell: Any, world: Any, http: Any) -> None:
    """An unknown code is 400, naming those there are, on every route that takes one."""
    for path in ("/advance", "/knobs", "/events/any/resend"):
        assert "44, 33, 31" in (await tell.post(path, platform="32", status=400))["error"]
    for path in ("/personas", "/cases?persona=lin", "/knobs", "/questions", "/events"):
        url = f"{world.control.port.url}{path}{'&' if '?' in path else '?'}platform=32"
        async with http.get(url) as answer:
            assert (answer.status, "44, 33, 31" in (await answer.json())["error"]) == (400, True)


async def test_an_unknown_step_is_answered_with_those_there_are(tell: Any) -> None:
    """The error names every step, and they are the same at every platform."""
    told = set()
    for code in CODES:
        number = await tell.case(RECEIVED[code], "received", code)
        told.add((await tell.post("/advance", platform=code, case=number, to="sideways", status=400))["error"])
    assert len(told) == 1
    assert all(f'"{step}"' in next(iter(told)) for step in ("granted", "correction", "special", "reopened"))


async def test_a_reset_is_of_all(tell: Any, world: Any) -> None:
    """Reset brings back data, knobs, counts and ports of every platform."""
    before = [await tell.get(f"/cases?persona=he-org&platform={code}") for code in CODES]
    for code in CODES:
        await tell.post("/advance", platform=code, case=await tell.case(RECEIVED[code], "received", code))
        await tell.post("/knobs", platform=code, outage=True, latency_ms=1)
    await tell.post("/reset")
    assert [await tell.get(f"/cases?persona=he-org&platform={code}") for code in CODES] == before
    for code in CODES:
        knobs = await tell.get(f"/knobs?platform={code}")
        assert (knobs["outage"], knobs["latency_ms"]) == (False, 0)
        assert world.platforms[code].port.is_open


async def test_waiting_is_before_or_after_the_data_are_read(tell: Any, platform: Platform) -> None:
    """With latency_ms a question sees what happened while it waited, with late_answers_ms it does not."""
    for knob, sees in (("latency_ms", True), ("late_answers_ms", False)):
        await tell.post("/knobs", platform=platform.code, **{"latency_ms": 0, "late_answers_ms": 0, knob: 100})
        happened, seen = asyncio.Event(), []

        async def question() -> None:
            async with platform.traffic.question("anything"):
                seen.append(happened.is_set())  # noqa: B023

        asked = asyncio.create_task(question())
        async with asyncio.timeout(3):
            while platform.traffic.in_flight == 0 or (not sees and not seen):
                await asyncio.sleep(0)
        happened.set()
        await asked
        assert seen == [sees]
