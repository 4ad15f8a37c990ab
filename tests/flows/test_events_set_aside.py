"""What an operator does at night with events that are set aside: sees why, mends the description, has them taken in."""

import asyncio
import json
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from simulator.personas import PERSONAS
from store.lock import exclusive
from tests.databases import KINDS
from tests.flows.commands import Said
from tests.flows.outside import case_of, home, inbox_of, nodes, only, sql
from tests.flows.platform_hand import deliver, made, receipt
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")
on_each_database = only(
    *KINDS, because="it is about a command and what it reads, and the crew reads the same as one server"
)

OLD_WORD, NEW_WORD = '"RESULT_TYPE": "2"', '"RESULT_TYPE": "6"'
PROBLEM = "RESULT_TYPE is a word that the description does not know"
ROOMS = ("app", "api", "schema", "resolvers", "notifications", "integrations", "store", "domain", "mobile_contract")
ROOT = Path(__file__).resolve().parents[2]


async def events(live: Live, *arguments: str, tree: Path = ROOT, **settings: str) -> Said:
    """`tongban events …` beside the running service; `tree` holds the product."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app", "events", *arguments),
        cwd=tree,
        env={**live.environment, **settings},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def set_aside(live: Live, *arguments: str) -> list[dict[str, Any]]:
    said = await events(live, "list", "--json", *arguments)
    assert said.status == 0, said.err
    found: list[dict[str, Any]] = json.loads(said.out)
    return found


async def unreadable(live: Live, case: str) -> tuple[str, bytes]:
    """An event that goes to quarantine, since the platform has a new word for a refusal: its id in the list, and its body."""
    known = {one["id"] for one in await set_aside(live)}
    body = (await made(live, case, "refused")).replace(OLD_WORD.encode(), NEW_WORD.encode())
    assert receipt(await deliver(live, body)) == (202, "quarantined")
    (new,) = [one for one in await set_aside(live) if one["id"] not in known]
    return str(new["id"]), body


async def test_it_is_seen_why_and_taken_in_once_the_description_is_right(live: Live, tmp_path: Path) -> None:
    """List, show, a dry run and a replay say that it is unreadable and where; with a mended description a dry run
    promises, a replay keeps, and a second one changes nothing. The citizen sees the change, and is told once.
    """
    phone, number = await live.phone("lin"), await live.case_at("lin", "approval")
    await home(phone)
    row, body = await unreadable(live, number)
    (listed,) = await set_aside(live, "--platform", "44", "--since", "1h", "--kind", "quarantined")
    at = listed.pop("at")
    assert at.endswith("Z") and listed == {"id": row, "kind": "quarantined", "platform": "44", "problem": PROBLEM}
    shown = await events(live, "show", row)
    assert f"a replay now: still unreadable: {PROBLEM}" in shown.out
    for arguments in (["--dry-run"], []):
        said = await events(live, "replay", row, *arguments)
        assert (said.status, f"still unreadable: {PROBLEM}" in said.out) == (1, True)
    mended = _mended(tmp_path)
    assert "would be taken in" in (await events(live, "replay", row, "--dry-run", tree=mended)).out
    assert (await home(phone, "KNOWN"))["notifications"]["edges"] == []
    said = await events(live, "replay", "--platform", "44", tree=mended)
    assert (said.status, "1 taken in" in said.err) == (0, True), said
    (item,) = nodes(await inbox_of(phone, 1))
    assert (await case_of(phone, item["caseId"]))["outcome"] == "REFUSED"
    again = await events(live, "replay", row, tree=mended)
    assert (again.status, "duplicate" in again.out) == (0, True)
    assert len((await inbox_of(phone, 1))["edges"]) == 1
    assert await set_aside(live) == []
    assert receipt(await deliver(live, body)) == (202, "duplicate")


@on_each_database
async def test_nothing_about_a_person_is_shown_unasked(live: Live) -> None:
    """List, show, replay and drop name nobody. --body does, warns, and keeps who looked; the log says that somebody did."""
    row, body = await unreadable(live, await live.case_at("many", "approval"))
    said = [
        await events(live, *arguments)
        for arguments in (
            ["list"],
            ["list", "--json"],
            ["show", row],
            ["replay", row],
            ["replay", "--all", "--dry-run"],
        )
    ]
    number = PERSONAS["many"].holder.number
    assert [
        one for one in said if number in one.out + one.err or PERSONAS["many"].holder.name in one.out + one.err
    ] == []
    shown = await events(live, "show", row, "--body")
    assert body.decode() in shown.out
    assert "That you looked is kept" in shown.err and "an event's body was looked at" in shown.err
    assert number not in shown.err
    assert re.search(r"^looked-at \S+: by \S+", (await events(live, "show", row)).out, re.MULTILINE)
    assert (await events(live, "drop", row, "--reason", "tidy")).status == 0


@on_each_database
async def test_nothing_is_dropped_without_a_reason(live: Live) -> None:
    """A drop needs a reason and keeps it; what is dropped is out of the list, and can still be looked at."""
    row, _ = await unreadable(live, await live.case_at("he", "approval"))
    assert (await events(live, "drop", row)).status == 2
    assert (await events(live, "drop", row, "--reason", " ")).status == 2
    assert len(await set_aside(live)) == 1
    assert (await events(live, "drop", row, "--reason", "sent by a test of theirs")).status == 0
    assert await set_aside(live) == []
    assert "sent by a test of theirs" in (await events(live, "show", row)).out
    assert "dropped" in {one["kind"] for one in await set_aside(live, "--kind", "dropped")}
    assert (await events(live, "drop", row, "--reason", "again")).status == 1
    assert all("sent by a test" not in str(line) for line in await sql(live, "SELECT sealed FROM event_act"))


@on_each_database
async def test_events_about_strangers_are_counted_and_not_in_the_way(live: Live) -> None:
    """One that waits for its citizen is no work for an operator: it is named when asked for."""
    body = await made(live, await live.case_at("liang", "completion"), "collected")
    assert receipt(await deliver(live, body)) == (202, "unlinked")
    assert await set_aside(live) == []
    assert "1 waiting" in (await events(live, "list")).err
    (waiting,) = await set_aside(live, "--kind", "waiting")
    said = await events(live, "replay", waiting["id"])
    assert (said.status, "waiting" in said.out) == (0, True)


async def test_an_id_that_is_nobodys(live: Live) -> None:
    """Is said, with an exit status that a script can tell from good news and from a command that could not run."""
    nobody = "00000000-0000-0000-0000-000000000000"
    shown, replayed = await asyncio.gather(events(live, "show", nobody), events(live, "replay", nobody))
    assert (shown.status, "There is no event" in shown.err) == (1, True)
    assert (replayed.status, "unknown id" in replayed.out) == (1, True)


async def test_not_while_the_database_is_being_migrated(live: Live) -> None:
    """What writes waits for nobody and says so; what only reads is not in the way."""
    async with exclusive(live.database, "migrate", wait=False):
        said = await events(live, "replay", "--all")
        assert (said.status, "being migrated" in said.err) == (2, True)
        assert (await events(live, "list")).status == 0


async def test_without_the_key_it_says_so(live: Live) -> None:
    """Other keys than the database's are refused before anything is read."""
    said = await events(live, "list", TONGBAN_HASH_KEY="A" * 43 + "=")
    assert said.status == 2 and "Traceback" not in said.err


def _mended(folder: Path) -> Path:
    """A copy of the product whose description of the platform knows the new word."""
    for room in ROOMS:
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "integrations/platforms/44/platform.toml"
    mended = file.read_text("utf-8").replace('2 = "refused"\n', '2 = "refused"\n6 = "refused"\n')
    assert '6 = "refused"' in mended
    file.write_text(mended, "utf-8")
    return folder
