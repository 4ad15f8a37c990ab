"""By when a case is due, from what the platform states to what the phone reads."""

from datetime import date, datetime
from typing import Any

import pytest

from app.phone import Phone
from tests.flows.outside import calm, home, nodes
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def detail(phone: Phone, case_id: str) -> dict[str, Any]:
    answer = await phone.run("CaseDetail", id=case_id)
    assert "errors" not in answer, answer
    case: dict[str, Any] = answer["data"]["case"]
    return case


async def found(live: Live, persona: str, item: str) -> tuple[Phone, dict[str, Any]]:
    """A persona's case of an item, as the list shows it."""
    phone = await live.phone(persona)
    cases = nodes((await home(phone))["cases"])
    return phone, next(case for case in cases if item in case["item"]["name"])


async def test_a_correction_stops_the_clock_on_the_phone(live: Live) -> None:
    """Due on a day, then since when it stands still, then due on that day again: within one day nothing is lost."""
    await calm(live)
    phone, case = await found(live, "lin", "夫妻投靠")
    before = case["deadline"]
    assert before["promised"]["on"] == case["promisedDate"]
    assert before["promised"]["daysLeft"] > 0 and before["pausedSince"] is None
    await live.world.post("/advance", case=case["number"], to="correction")
    stopped = await eventually(
        lambda: detail(phone, case["id"]), lambda seen: seen["deadline"]["pausedFor"] == "CORRECTION"
    )
    assert stopped["deadline"]["promised"]["on"] is None
    assert stopped["deadline"]["promised"]["daysLeft"] == before["promised"]["daysLeft"]
    (row,) = [event for event in stopped["events"] if event["kind"] == "CORRECTION_DEMANDED"]
    assert stopped["deadline"]["pausedSince"] == row["at"]
    await live.world.post("/advance", case=case["number"], to="corrected")
    runs = await eventually(lambda: detail(phone, case["id"]), lambda seen: seen["deadline"]["pausedFor"] is None)
    assert runs["deadline"]["promised"]["on"] == case["promisedDate"]
    assert [event["kind"] for event in runs["deadline"]["proof"]] == ["ACCEPTED"]


async def test_a_pause_moves_both_limits(live: Live) -> None:
    """Three months by law and four days of correction, whatever days off there are; the rows that prove it come along."""
    phone, case = await found(live, "chen", "加装电梯")
    seen = await detail(phone, case["id"])
    deadline, proof = seen["deadline"], seen["deadline"]["proof"]
    assert [row["kind"] for row in proof] == ["ACCEPTED", "CORRECTION_DEMANDED", "CORRECTION_RECEIVED", "REFUSED"]
    law = deadline["statutory"]
    assert (law["limit"]["number"], law["limit"]["unit"], law["daysPaused"]) == (3, "MONTHS", 4)
    assert (law["daysLeft"], law["lateBy"], deadline["pausedSince"]) == (None, 0, None)
    waited = (date.fromisoformat(law["on"]) - datetime.fromisoformat(proof[0]["at"]).date()).days
    assert 28 * 3 + 4 <= waited <= 31 * 3 + 4 + 10
    assert date.fromisoformat(deadline["promised"]["on"]) >= date.fromisoformat(seen["promisedDate"])


async def test_a_special_procedure_says_which(live: Live) -> None:
    """Extended approval, by the platform's own letter for it, has stopped the clock six days ago."""
    phone, case = await found(live, "lin", "公共租赁住房")
    assert case["deadline"]["pausedFor"] == "EXTENDED_APPROVAL" and case["suspended"]
    seen = await detail(phone, case["id"])
    (row,) = [event for event in seen["events"] if event["kind"] == "SUSPENDED"]
    assert row["procedure"] == "EXTENDED_APPROVAL" and row["at"] == seen["deadline"]["pausedSince"]
    law = seen["deadline"]["statutory"]
    began = datetime.fromisoformat(row["at"]).date()
    assert law["on"] is None and law["daysPaused"] - (date.today() - began).days in (0, 1)  # noqa: DTZ011
    assert law["daysLeft"] > 0


async def test_before_the_acceptance_only_the_limit_is_known(live: Live) -> None:
    """Handed in yesterday and not accepted: no date is made up."""
    _, case = await found(live, "lin", "居住证签发")
    assert case["deadline"]["promised"] == {"on": None, "daysLeft": None, "lateBy": None, "provisional": False}
