"""When the platform is in trouble: the reason is said, what was known is kept, and nothing breaks."""

import asyncio
from typing import Any

import pytest
import pytest_asyncio

from tests.databases import KINDS
from tests.flows.outside import calm, case_of, figure, home, inbox_of, nodes, only, somebody
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")

TROUBLES = [
    ({"outage": True}, "UNREACHABLE"),
    ({"error": "http500"}, "REFUSED"),
    ({"error": "declined"}, "REFUSED"),
    ({"error": "garbage"}, "DRIFTED"),
    ({"error": "html"}, "DRIFTED"),
    ({"error": "drift"}, "DRIFTED"),
    ({"error": "truncated"}, "UNREACHABLE"),
]
"""What the platform does, and what we call it. A connection that breaks in the middle counts as unreachable."""

NAMES = [str(knob.get("error", "outage")) for knob, _ in TROUBLES]


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def _undisturbed(live: Live) -> None:
    await calm(live)


@pytest.mark.parametrize(("knob", "reason"), TROUBLES, ids=NAMES)
async def test_what_was_known_stays(live: Live, knob: dict[str, Any], reason: str) -> None:
    """Rows are kept and marked stale, the source says why, the list is not complete; and all is well right after."""
    phone = await live.phone("liang")
    before = await home(phone)
    assert before["cases"]["edges"]
    assert before["licences"]["edges"]
    await live.world.post("/knobs", **knob)
    during = await home(phone)
    for noun in ("cases", "licences"):
        assert during[noun]["edges"] == before[noun]["edges"]
        assert during[noun]["isComplete"] is False
    assert _sources(during["cases"]) == [("STALE", reason)]
    assert during["cases"]["sources"][0]["asOf"] == before["cases"]["sources"][0]["asOf"]
    assert (await case_of(phone, nodes(before["cases"])[0]["id"]))["stage"]
    await live.world.post("/knobs", outage=False, error=None)
    after = await home(phone, "RECENT")
    assert (_sources(after["cases"]), after["cases"]["isComplete"]) == ([("CURRENT", None)], True)


@pytest.mark.parametrize(("knob", "reason"), TROUBLES, ids=NAMES)
async def test_nothing_known_and_no_answer(live: Live, knob: dict[str, Any], reason: str) -> None:
    """Somebody whose very first question fails gets an empty list that says so, and the whole one once it works."""
    phone = await somebody(live, 110 + TROUBLES.index((knob, reason)))
    await live.world.post("/knobs", **knob)
    viewer = await home(phone)
    # An answer without rows has nothing in it that could drift.
    expected = ([], True) if knob == {"error": "drift"} else ([("NONE", reason)], False)
    assert (viewer["cases"]["edges"], (_sources(viewer["cases"]), viewer["cases"]["isComplete"])) == ([], expected)
    # Whoever wants recent rows is not made to wait within a minute for what just failed and may hold nothing.
    assert (await home(phone, "RECENT"))["cases"]["isComplete"] is (knob == {"error": "drift"})
    await live.world.post("/knobs", outage=False, error=None)
    assert (await home(phone))["cases"]["isComplete"] is True


async def test_news_still_comes_in_while_questions_fail(live: Live) -> None:
    """A platform that answers no question can still push: its event is taken in and shown."""
    phone = await live.phone("he")
    (case,) = nodes((await home(phone))["cases"])
    await live.world.post("/knobs", error="http500")
    await live.world.post("/advance", case=case["number"], to="visit")
    await inbox_of(phone, 1)
    viewer = await home(phone)
    (seen,) = nodes(viewer["cases"])
    assert (seen["nextAction"], seen["hasNews"]) == ("VISIT", True)
    assert _sources(viewer["cases"]) == [("STALE", "REFUSED")]


async def test_one_slow_party_holds_up_no_other(live: Live) -> None:
    """While the platform sleeps over one person's question, another person's known cases are answered at once."""
    lin, chen = await live.phone("lin"), await live.phone("chen")
    for phone in (lin, chen):  # of a crew one dies here, and not while the clock runs
        await home(phone)
    await live.world.post("/knobs", latency_ms=2000)
    slow = asyncio.create_task(home(lin))
    await home(chen, "KNOWN")
    assert not slow.done()
    assert (await slow)["cases"]["isComplete"] is True


@only(*KINDS, because="each process counts for itself")
async def test_the_operator_sees_the_trouble(live: Live) -> None:
    """Failed questions are counted by platform and reason."""
    phone = await live.phone("lin")
    labels = {"platform": "44", "noun": "cases", "outcome": "refused"}
    before = await figure(live, "tongban_platform_questions_total", **labels)
    await live.world.post("/knobs", error="declined")
    await home(phone)
    assert await figure(live, "tongban_platform_questions_total", **labels) == before + 1


def _sources(connection: dict[str, Any]) -> list[tuple[str, str | None]]:
    return [(one["rows"], one["reason"]) for one in connection["sources"]]
