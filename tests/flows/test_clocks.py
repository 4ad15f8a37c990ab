"""Platforms whose clocks are not ours, and that say one thing in two tables."""

import json
import time
from datetime import datetime, timedelta, timezone

import pytest

from tests.flows.outside import calm, case_of, home, inbox_of, nodes
from tests.flows.platform_hand import altered, deliver, made, receipt
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHINA = timezone(timedelta(hours=8))


@pytest.mark.parametrize("behind", [0, 20, -20], ids=["right", "behind", "ahead"])
async def test_a_wrong_clock_loses_no_news(live: Live, behind: int) -> None:
    """An event that happened after our last full answer is news, whatever the platform's clock says."""
    await calm(live)
    phone = await live.phone("many")
    cases = nodes((await home(phone, first=100, stage="APPROVAL"))["cases"])
    case = [one for one in cases if one["nextAction"] == "WAIT" and not one["suspended"]][behind // 20]
    body = await made(live, case["number"], "visit")
    stamp = int(time.time()) - behind
    said = datetime.fromtimestamp(stamp, CHINA).strftime("%Y%m%dT%H%M%S")
    assert receipt(await deliver(live, altered(body, EVENT_TIME=said), at=stamp)) == (202, "applied")
    assert (await case_of(phone, case["id"]))["nextAction"] == "VISIT"


async def test_an_acceptance_is_told_once(live: Live) -> None:
    """The platform writes an acceptance into two tables; the citizen hears of it once."""
    await calm(live)
    phone = await live.phone("lin")
    waiting = nodes((await home(phone, stage="RECEPTION"))["cases"])
    case = next(one for one in waiting if one["promisedDate"] is None)
    event = json.loads(await made(live, case["number"], "accepted"))
    assert event["CASE"]["ACCEPT"]["ACCEPT_DATE"]
    assert "SL" in [row["STEP_CODE"] for row in event["CASE"]["PROCESS"]]
    assert (await deliver(live, json.dumps(event).encode())).status == 202
    told = [item["kind"] for item in nodes(await inbox_of(phone, 1))]
    assert told.count("ACCEPTED") == 1


async def test_a_visit_that_was_made_is_asked_no_more(live: Live) -> None:
    """Once the platform has seen the citizen, nothing is asked of the citizen any more."""
    await calm(live)
    phone = await live.phone("he")
    (case,) = nodes((await home(phone))["cases"])
    await live.world.post("/advance", case=case["number"], to="visit")
    await eventually(lambda: case_of(phone, case["id"]), lambda seen: seen["nextAction"] == "VISIT")
    await live.world.post("/advance", case=case["number"], to="review")
    seen = await eventually(lambda: case_of(phone, case["id"]), lambda seen: seen["nextAction"] == "WAIT")
    assert seen["asks"] == []
