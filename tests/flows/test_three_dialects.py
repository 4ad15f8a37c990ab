"""Three platforms that speak nothing alike, in one list."""

from typing import Any

import pytest

from tests.flows.outside import asked
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES = ("31", "33", "44")
CASES = """query ($freshness: Freshness!) { viewer { cases(first: 50, freshness: $freshness) {
  isComplete sources { platform { code } rows reason } edges { node { number stage events { at kind } } } } } }"""


@pytest.fixture(scope="module")
def platforms() -> tuple[str, ...]:
    """All of them."""
    return CODES


async def cases(live: Live, persona: str, freshness: str = "LIVE") -> Any:
    if live.crew is not None:
        await live.crew.before_request()
    said = await asked(await live.phone(persona), CASES, freshness=freshness)
    return said["data"]["viewer"]["cases"]


async def held(live: Live, persona: str) -> dict[str, str]:
    """What the platforms themselves hold: the stage of each case, by number."""
    lists = [await live.world.get(f"/cases?persona={persona}&platform={code}") for code in CODES]
    return {case["case"]: case["stage"] for listed in lists for case in listed}


async def test_every_platform_is_in_one_list(live: Live) -> None:
    """Each case with the stage that its own platform gives it; and nobody is missing."""
    told = await cases(live, "lin")
    listed = {edge["node"]["number"]: edge["node"]["stage"].lower() for edge in told["edges"]}
    assert listed == await held(live, "lin") and told["isComplete"] is True
    assert sorted(source["platform"]["code"] for source in told["sources"]) == list(CODES)


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [("33", "bomb", "DRIFTED"), ("31", "errors-beside-data", "DRIFTED"), ("33", "fault", "REFUSED")],
)
async def test_a_bad_answer_keeps_its_rows(live: Live, code: str, error: str, reason: str) -> None:
    """The source says what is wrong; what was known stays, and the others are not touched."""
    before = await cases(live, "lin")
    await live.world.post("/knobs", platform=code, error=error)
    after = await cases(live, "lin")
    await live.world.post("/knobs", platform=code, error=None)
    assert {edge["node"]["number"] for edge in after["edges"]} == {edge["node"]["number"] for edge in before["edges"]}
    reasons = {source["platform"]["code"]: source["reason"] for source in after["sources"]}
    assert reasons == {**dict.fromkeys(CODES), code: reason} and after["isComplete"] is False


async def test_xml_is_pushed_into_the_list(live: Live) -> None:
    """A step at the platform that speaks XML is seen by a phone that asks nobody."""
    await cases(live, "he")
    (case,) = await live.world.get("/cases?persona=he&platform=33")

    async def events() -> int:
        known = await cases(live, "he", "KNOWN")
        return next(len(edge["node"]["events"]) for edge in known["edges"] if edge["node"]["number"] == case["case"])

    before = await events()
    await live.world.post("/advance", platform="33", case=case["case"])
    await eventually(events, lambda now: now > before)


async def test_a_polled_platform_has_no_door(live: Live) -> None:
    """An event in its name is answered as one of a platform that there is not."""
    async with live.world.session.post(f"{live.service.url}/platforms/31/events", data=b"{}") as answer:
        assert answer.status == 404
