"""A platform of other hands, connected as docs/recipes/a-platform.md says, by commands alone: from nothing to a green check."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from aiohttp import web

from app.platform import EXAMPLES
from tests.contract.kit_world import CHEN, LIN
from tests.contract.variant_world import VARIANTS, Desk, desk
from tests.flows.commands import Said, finished, start

SECRETS = {"username": "tongban", "password": "Tb-1"}
WORDS = (1, 2, 3, 4, 5)


def ticket(number: int, status: int, submitter: str) -> dict[str, Any]:
    created, changed = f"2026-11-{number:02}T08:00:00Z", f"2026-11-{number + 1:02}T08:00:00.5Z"
    facts = {"id": number, "title": f"Ticket {number}", "submitter": f"{submitter}@citizens.example", "resolution": "x"}
    return facts | {"created": created, "status": status, "status_changed": changed}


TICKETS = [ticket(number, status, LIN.number) for number, status in enumerate(WORDS, 1)] + [ticket(9, 1, "1")]


def answer(request: web.Request, body: bytes) -> Any:
    """A desk that was written before anybody thought of us: tests/contract/variants/desk says how it is asked."""
    if request.headers.get("Authorization") != "Basic " + base64.b64encode(b"tongban:Tb-1").decode():
        return web.Response(status=401)
    if not (wanted := request.query.get("q")):
        return web.json_response({"detail": "q is required"}, status=400)
    size, at = int(request.query["page_size"]), int(request.query.get("after", 0))
    found = [one for one in TICKETS if wanted in one["submitter"]]
    more = request.rel_url.update_query(after=at + size)
    return {"next": str(more) if at + size < len(found) else None, "results": found[at : at + size]}


@pytest_asyncio.fixture
async def running() -> AsyncIterator[Desk]:
    async with desk(answer) as running:
        yield running


async def tongban(folder: Path, *arguments: str, **settings: str) -> Said:
    process = start("platform", *arguments, cwd=folder, TONGBAN_DESCRIPTIONS=str(folder), COLUMNS="160", **settings)
    return await asyncio.to_thread(finished, process, 90)


async def test_from_nothing_to_a_green_check(tmp_path: Path, running: Desk):
    """Each step as the recipe has it, with a mistake that lint finds and one that only the running platform shows."""
    file = tmp_path / "61" / "platform.toml"
    added = await tongban(tmp_path, "add", "61", "--like", "rest")
    assert added.status == 0 and str(file) in added.out.replace("\n", "") and "tongban platform lint 61" in added.out
    example = (EXAMPLES / "rest.toml").read_text("utf-8")
    assert file.read_text("utf-8") == example.replace('code = "example"', 'code = "61"')

    described = (VARIANTS / "desk" / "platform.toml").read_text("utf-8").replace('code = "desk"', 'code = "61"')
    file.write_text(described.replace("poll_s = 60\n", ""), "utf-8")
    wrong = await tongban(tmp_path, "lint", "61")
    assert wrong.status == 1 and "events: expected, or limits.poll_s: else changes are not heard of" in wrong.err
    file.write_text(described.replace('4 = "refused"\n', ""), "utf-8")
    right = await tongban(tmp_path, "lint", "61")
    assert (right.status, right.out.startswith("61: ok / ")) == (0, True)
    shown = await tongban(tmp_path, "show", "61")
    assert "TONGBAN_PLATFORMS__61__ADDRESS" in shown.out and "TONGBAN_PLATFORMS__61__SECRETS__PASSWORD" in shown.out

    access = {"TONGBAN_PLATFORMS__61__ADDRESS": running.address}
    access |= {f"TONGBAN_PLATFORMS__61__SECRETS__{name.upper()}": value for name, value in SECRETS.items()}
    persons = (f"--person=111:{LIN.number}", f"--person=111:{CHEN.number}")
    red = await tongban(tmp_path, "check", "61", *persons, "--html=report.html", **access)
    assert red.status == 1 and "status: 4: not in the description" in red.out.replace("\n", " ")
    file.write_text(described, "utf-8")
    green = await tongban(tmp_path, "check", "61", *persons, "--html=report.html", "--json=found.json", **access)
    found = {one["name"]: one for one in json.loads((tmp_path / "found.json").read_text("utf-8"))["checks"]}
    assert green.status == 0, [one for one in found.values() if one["outcome"] == "failed"]
    assert {name for name, one in found.items() if one["outcome"] == "warned"} == set()
    assert {"happy", "empty", "paged", "words", "credentials", "bad-question"} <= {
        name for name, one in found.items() if one["outcome"] == "passed"
    }
    assert "City desk" in (tmp_path / "report.html").read_text("utf-8")
