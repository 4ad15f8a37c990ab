"""A case system of other hands, django-helpdesk, connected by a description alone: tests/helpdesk/helpdesk/platform.toml."""

import asyncio
import json
from collections.abc import AsyncIterator
from functools import partial
from operator import le
from pathlib import Path

import pytest
import pytest_asyncio

from app.phone import Phone
from simulator.personas import PERSONAS
from tests.flows.commands import finished, start
from tests.flows.helpdesk import CLOSED, OPEN, REOPENED, RESOLVED, SOURCE, WAITING, HelpDesk, helpdesk
from tests.flows.outside import case_of, figure, home, inbox_of, nodes, only, pushes, register, sql
from tests.live import Live, eventually

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", because="the desk is what is tried here; what is polled is shown in every shape by others"),
]

NOISE = "夜间施工噪声"
LIN, CHEN, MANY = (PERSONAS[name].holder.number for name in ("lin", "chen", "many"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[HelpDesk]:
    async with helpdesk(tmp_path_factory.mktemp("desk")) as desk:
        yield desk


@pytest.fixture(scope="module")
def settings(desk: HelpDesk) -> dict[str, str]:
    """All that connects it."""
    access = {"ADDRESS": desk.address, "SECRETS__USERNAME": "tongban", "SECRETS__PASSWORD": "tongban"}
    named = {f"TONGBAN_PLATFORMS__HELPDESK__{name}": value for name, value in access.items()}
    return {"TONGBAN_DESCRIPTIONS": str(SOURCE), **named}


async def held(phone: Phone, freshness: str = "LIVE") -> dict[str, tuple[str, str | None, str]]:
    """Of the desk's cases in a citizen's list, by title: stage, outcome and what comes next."""
    cases = nodes((await home(phone, freshness))["cases"])
    return {
        case["item"]["name"]: (case["stage"], case["outcome"], case["nextAction"])
        for case in cases
        if case["item"]["name"].startswith(NOISE)
    }


async def source(phone: Phone, freshness: str = "LIVE") -> tuple[str, str | None, int]:
    """What the list says of the desk: its rows, the trouble, how many."""
    sources = (await home(phone, freshness))["cases"]["sources"]
    (desk,) = (one for one in sources if one["platform"]["code"] == "helpdesk")
    return desk["rows"], desk["reason"], desk["count"]


async def kinds(phone: Phone, title: str) -> list[tuple[str, str | None]]:
    """What happened to a case: kind and detail."""
    cases = nodes((await home(phone, "KNOWN"))["cases"])
    (case,) = (case["id"] for case in cases if case["item"]["name"] == title)
    return [(event["kind"], event["detail"]) for event in (await case_of(phone, case))["events"]]


async def polled(live: Live, *, times: int) -> None:
    """Polls about everybody now and not when it is due, so many times over."""
    for _ in range(times):
        ((polls,),) = await sql(live, "SELECT COUNT(*) FROM job WHERE kind = 'poll' AND platform = 'helpdesk'")
        wanted = await _asked(live) + polls
        await sql(live, "UPDATE job SET due_us = 0 WHERE kind = 'poll'")
        await eventually(lambda: _asked(live), partial(le, wanted), 30)


async def _asked(live: Live) -> float:
    """How many questions the desk has answered, or not."""
    return await figure(live, "tongban_platform_questions_total", platform="helpdesk")


async def test_tickets_are_in_the_list_of_whose_they_are(live: Live, desk: HelpDesk) -> None:
    """Handed in on the desk's own page with a number; each citizen sees their own, and nobody those without a number."""
    for title, number in ((NOISE, LIN), (f"{NOISE} 2", CHEN), (f"{NOISE} 3", "")):
        await desk.submit(title, number)
    lin, chen = await live.phone("lin"), await live.phone("chen")
    assert await held(lin) == {NOISE: ("RECEPTION", None, "WAIT")}
    assert await held(chen) == {f"{NOISE} 2": ("RECEPTION", None, "WAIT")}
    assert await source(lin) == ("CURRENT", None, 1)
    assert await kinds(lin, NOISE) == [("RECEIVED", None)]


@pytest.mark.usefixtures("shape")
async def test_its_check_is_green(desk: HelpDesk, tmp_path: Path) -> None:
    """As docs/recipes/a-foreign-system.md runs it: by the description alone, without a service."""
    ticket = await desk.submit(f"{NOISE} checked", MANY)
    await desk.submit(f"{NOISE} checked 2", MANY)
    await desk.answer(ticket, RESOLVED, "已处理")
    named = [f"--description={SOURCE / 'helpdesk' / 'platform.toml'}", f"--url={desk.address}", f"--person=111:{MANY}"]
    secrets = ("--secret=username=tongban", "--secret=password=tongban", f"--json={tmp_path / 'found.json'}")
    process = start("platform", "check", *named, *secrets, cwd=tmp_path)
    said = await asyncio.to_thread(finished, process, 120)
    found = json.loads((tmp_path / "found.json").read_text("utf-8"))["checks"]
    assert said.status == 0, [one for one in found if one["outcome"] == "failed"]
    passed = {one["name"] for one in found if one["outcome"] == "passed"}
    assert {"happy", "empty", "paged", "stable", "credentials", "transport", "malformed", "unknown-status"} <= passed


async def test_what_staff_do_is_polled_and_pushed_once(live: Live, desk: HelpDesk) -> None:
    """By nobody's asking: an event, an item in the inbox and a push, and no other for the same at later polls."""
    ticket = await desk.submit(f"{NOISE} polled", LIN)
    phone = await live.phone("lin")
    await register(phone, "desk-phone")
    await held(phone)
    await desk.answer(ticket, WAITING, "请补充照片")
    (message,) = await pushes(live, "desk-phone", seconds=60)
    (item,) = nodes(await inbox_of(phone, 1))
    assert message["message"]["data"]["notification"] == item["id"]
    assert (item["kind"], item["category"]) == ("CORRECTION_DEMANDED", "ACTION")
    assert (await held(phone, "KNOWN"))[f"{NOISE} polled"] == ("RECEPTION", None, "CORRECT")
    assert ("CORRECTION_DEMANDED", "请补充照片") in await kinds(phone, f"{NOISE} polled")
    await polled(live, times=2)
    assert len(await pushes(live, "desk-phone")) == len(nodes(await inbox_of(phone, 1))) == 1


async def test_a_desk_that_stops_is_said_and_comes_back(live: Live, desk: HelpDesk) -> None:
    """Its rows stay, marked stale; once it runs again they are current, and what is done there is polled as before."""
    title = f"{NOISE} back"
    ticket = await desk.submit(title, PERSONAS["huang"].holder.number)
    phone = await live.phone("huang")
    await register(phone, "back-phone")
    before = await held(phone)
    # One that finds it away would leave it alone for a minute.
    await sql(live, "UPDATE job SET due_us = due_us + 3600000000 WHERE kind = 'poll'")
    await desk.stop()
    assert await held(phone) == before
    assert await source(phone) == ("STALE", "UNREACHABLE", 1)
    await desk.start()
    assert await source(phone, "RECENT") == ("CURRENT", None, 1)
    await desk.answer(ticket, RESOLVED, "已处理")
    await polled(live, times=1)
    await pushes(live, "back-phone", seconds=60)
    assert await held(phone, "KNOWN") == {title: ("COMPLETION", "GRANTED", "COLLECT")}


async def test_a_ticket_is_followed_to_its_end_and_anew(live: Live, desk: HelpDesk) -> None:
    """Each status, however often it comes; closed means what was before; what staff keep to themselves is not shown."""
    phone, title = await live.phone("he"), f"{NOISE} anew"
    ticket = await desk.submit(title, PERSONAS["he"].holder.number)
    seen = [(await held(phone))[title]]
    for status in (WAITING, OPEN, RESOLVED, CLOSED, REOPENED, RESOLVED, REOPENED, CLOSED):
        await desk.answer(ticket, status, f"to {status}", public=status != OPEN)
        seen.append((await held(phone))[title])
    anew, granted = ("APPROVAL", None, "WAIT"), ("COMPLETION", "GRANTED", "COLLECT")
    assert seen == [
        ("RECEPTION", None, "WAIT"), ("RECEPTION", None, "CORRECT"), ("RECEPTION", None, "WAIT"),
        granted, ("COMPLETION", "GRANTED", "NOTHING"), anew, granted, anew, ("COMPLETION", "LAPSED", "NOTHING"),
    ]  # fmt: skip
    told = dict(await kinds(phone, title))
    assert (told["CORRECTION_DEMANDED"], told["CORRECTION_RECEIVED"]) == ("to 6", None)
    assert [item["kind"] for item in nodes(await inbox_of(phone, 8))][::-1] == [
        "CORRECTION_DEMANDED", "CORRECTION_RECEIVED", "GRANTED", "COLLECTED", "REOPENED", "GRANTED", "REOPENED", "LAPSED",
    ]  # fmt: skip
