"""How platforms are doing, as people see it: on the page, through GraphQL and on the operator's terminal."""

import asyncio
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.simulation import service
from mobile_contract.contract import operation
from tests.flows.commands import ROOT, finished, start
from tests.flows.outside import ask, asked, only, send, somebody, sql
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CODES = ("31", "33", "44")
CUT = "33"
LONGEST_S = 60.0
"""Until what happened is shown: 1 s until a breaker that turned is written, or 15 s, and 5 s for which the page is kept."""

CASES = "{ viewer { cases(freshness: LIVE) { isComplete } } }"


@pytest.fixture(scope="module")
def platforms() -> tuple[str, ...]:
    """All of them."""
    return CODES


async def read(live: Live, first: int, many: int) -> None:
    """So many people look at their cases at once; it is their first time."""
    phones = [await somebody(live, number) for number in range(first, first + many)]
    await asyncio.gather(*(asked(phone, CASES) for phone in phones))


async def statuses(live: Live) -> dict[str, dict[str, Any]]:
    """What anybody is told without a token, by code."""
    told = (await ask(live, operation("Platforms"))).json
    assert "errors" not in told, told
    return {one["platform"]["code"]: one for one in told["data"]["platforms"]}


async def on_the_page(live: Live) -> dict[str, str]:
    """The states in which the page shows platforms, by English name."""
    reply = await send(live, "GET", "/status?lang=en")
    assert reply.status == 200 and "script" not in reply.text
    sections = re.findall(r'<h2 class="([a-z-]+)">.*?</section>', reply.text, re.DOTALL)
    texts = re.findall(r"<section>.*?</section>", reply.text, re.DOTALL)
    named = zip(sections, texts, strict=True)
    return {name: state for state, text in named for name in re.findall(r'<div class="name">(.*?)</div>', text)}


async def on_the_terminal(live: Live, *options: str) -> str:
    command = start("platforms", *options, cwd=ROOT, **live.environment)
    said = await asyncio.to_thread(finished, command, 60)
    assert (said.status, said.err) == (0, ""), said
    return said.out


async def test_all_is_well(live: Live) -> None:
    """Each platform that somebody asked is operational, with the times of its answers; one that is not connected says why."""
    await read(live, 300, 4)
    told = await eventually(
        lambda: statuses(live), lambda seen: all(seen[code]["state"] == "OPERATIONAL" for code in CODES), LONGEST_S
    )
    for code in CODES:
        health = told[code]["health"]
        assert health["p50"] > 0 and (health["errorRate"], health["breaker"]) == (0.0, "CLOSED")
        assert told[code]["absence"] is None
    missing = [one for code, one in told.items() if code not in CODES]
    assert missing and all(one["state"] == "NOT_CONNECTED" and one["absence"] and not one["health"] for one in missing)


async def test_one_that_is_cut_is_down_wherever_one_looks(live: Live) -> None:
    """And nobody else is: on the page, in GraphQL and on the terminal, whichever processes had to do with it."""
    await live.world.post("/knobs", platform=CUT, outage=True)
    for number in range(3):
        await read(live, 310 + 12 * number, 12)
    told = await eventually(lambda: statuses(live), lambda seen: seen[CUT]["state"] == "DOWN", LONGEST_S)
    assert {code: told[code]["state"] for code in CODES} == dict.fromkeys(CODES, "OPERATIONAL") | {CUT: "DOWN"}
    assert told[CUT]["health"]["breaker"] in ("OPEN", "PROBING") and told[CUT]["health"]["errorRate"] > 0.5
    names = {code: told[code]["platform"]["name"] for code in CODES}
    shown = await eventually(lambda: on_the_page(live), lambda seen: "down" in seen.values(), LONGEST_S)
    english = {one["code"]: one["name_en"] for one in json.loads(await on_the_terminal(live, "--json"))}
    assert {code: shown[english[code]] for code in CODES} == dict.fromkeys(CODES, "operational") | {CUT: "down"}
    lines = {line.split()[0]: line for line in (await on_the_terminal(live)).splitlines()}
    assert all(lines[code].split()[1] == ("down" if code == CUT else "operational") for code in CODES)
    assert all(names[code] in lines[code] for code in CODES) and " open " in lines[CUT]
    assert all("not-connected: " in line for code, line in lines.items() if code not in (*CODES, "PLATFORM"))


async def test_an_event_and_a_drift_are_counted(live: Live) -> None:
    """When the last event came, and how often an answer was not in the agreed form."""
    await live.world.post("/knobs", platform=CUT, outage=False)
    before = (await statuses(live))["44"]["health"]["lastEventAt"]
    await live.world.post("/advance", platform="44", case=await live.case_at("lin", "reception"))
    await eventually(
        lambda: statuses(live), lambda seen: seen["44"]["health"]["lastEventAt"] not in (before, None), LONGEST_S
    )
    await live.world.post("/knobs", platform="44", error="garbage")
    await read(live, 360, 4)
    await live.world.post("/knobs", platform="44", error=None)

    async def drifts() -> int:
        told = await ask(live, "{ platforms { platform { code } health { driftCount } } }")
        return next(
            one["health"]["driftCount"] for one in told.json["data"]["platforms"] if one["platform"]["code"] == "44"
        )

    assert await eventually(drifts, lambda count: count >= 4, LONGEST_S) == 4


@only("crew", because="only there a second server may be beside the first")
async def test_two_servers_figures_add_up(live: Live, tmp_path: Path) -> None:
    """What one server asked and what another asked is told by both, added up; neither takes its own for the whole."""

    async def calls(at: Live) -> int:
        told = await ask(at, "{ platforms { platform { code } health { calls } } }")
        return next(one["health"]["calls"] for one in told.json["data"]["platforms"] if one["platform"]["code"] == "31")

    async def written() -> list[int]:
        rows = [
            json.loads(figures)["platforms"] for (figures,) in await sql(live, "SELECT figures FROM process_health")
        ]
        return [sum(row["31"]["answers"].values()) + row["31"]["failed"] for row in rows if "31" in row]

    async def differing() -> tuple[int, int]:
        return await calls(live) - sum(await written()), await calls(other) - sum(await written())

    async with service(live.world, live.environment, tmp_path) as served:
        other = replace(live, service=served)
        await read(live, 400, 3)
        await read(other, 410, 5)
        seen = await eventually(written, lambda seen: 5 in seen and sum(seen) >= 8, LONGEST_S)
        assert len(seen) >= 2
        await eventually(differing, lambda found: found == (0, 0), LONGEST_S)
    await live.world.send_events_to(live.service.url)
