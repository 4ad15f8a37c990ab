"""`tongban platform check` as a province runs it: against each simulated platform, with its switches, recorded and replayed."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import pytest_asyncio
from aiohttp import web

from app.simulation import Simulation, simulation
from tests.contract.kit_world import FIRM, LIN, SECRETS, Province, described, running
from tests.flows.commands import Said, finished, start

pytestmark = pytest.mark.asyncio(loop_scope="module")

TABLES = "32"
"""A generated platform, over exchange tables."""

CODES = ("44", "33", "31", TABLES)
PUSHING = ("44", "33")
PERSONAS = ("lin", "huang", "liang", "he-org", "new")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Simulation]:
    async with simulation(tmp_path_factory.mktemp("world"), platforms=12) as running:
        assert 'dialect = "exchange-tables"' in Path(named(running, TABLES).partition("=")[2]).read_text("utf-8")
        yield running


def named(world: Simulation, code: str) -> str:
    """What names a platform on the command line: its code in the catalogue, or the description of a generated one."""
    file = Path(str(world.facts["descriptions"])) / code / "platform.toml"
    return f"--description={file}" if file.exists() else code


async def people(world: Simulation, code: str) -> list[dict[str, Any]]:
    listed = await world.get(f"/personas?platform={code}")
    return [one for one in listed if one["name"] in PERSONAS]


async def check(world: Simulation, code: str, folder: Path, *options: str) -> tuple[Said, dict[str, Any]]:
    """Runs the command against a simulated platform; what it said, and its findings by name."""
    persons = [f"--person={one['identity_type']}:{one['identity_number']}" for one in await people(world, code)]
    platform: Any = world.facts["platforms"]
    secrets = [f"--secret={name}={value}" for name, value in platform[code]["secrets"].items()]
    secret = [f"--event-secret={platform[code]['event_secret']}"] if code in PUSHING else []
    address = f"--url={platform[code]['address']}"
    return await command(folder, named(world, code), address, *persons, *secrets, *secret, *options)


async def command(folder: Path, *arguments: str) -> tuple[Said, dict[str, Any]]:
    file = folder / "found.json"
    file.unlink(missing_ok=True)
    process = start("platform", "check", *arguments, f"--json={file}", cwd=folder, COLUMNS="160")
    said = await asyncio.to_thread(finished, process, 90)
    found = json.loads(file.read_text("utf-8"))["checks"] if file.exists() else []
    return said, {one["name"]: one for one in found}


def outcomes(found: dict[str, Any], outcome: str) -> set[str]:
    return {name for name, one in found.items() if one["outcome"] == outcome}


@pytest.mark.parametrize("code", CODES)
async def test_all_is_green_with_the_switches_of_the_test_system(world: Simulation, code: str, tmp_path: Path):
    """Every check that the platform's switches allow runs, and nothing fails; afterwards the switches are as before."""
    before = await world.get(f"/knobs?platform={code}")
    said, found = await check(world, code, tmp_path, f"--control={world.facts['control']}", "--wait=20")
    assert said.status == 0, [one for one in found.values() if one["outcome"] in ("failed", "warned")]
    assert outcomes(found, "warned") == {"words"}
    skipped = {"switched-unknown-status", "switched-date-form"}
    polled = {name for name in found if name.startswith(("event-", "pushed-"))}
    assert outcomes(found, "skipped") == (skipped if code in PUSHING else skipped | polled)
    assert await world.get(f"/knobs?platform={code}") == before
    assert f"{code}: " in said.out.splitlines()[-1] and "0 failed" in said.out.splitlines()[-1]


SPOILT = [
    ({"error": "http500"}, "happy", "REFUSED: HTTP 500"),
    ({"error": "html"}, "happy", "DRIFTED"),
    ({"outage": True}, "happy", "UNREACHABLE"),
    ({"corrupt_signature": True}, "pushed-happy", "refused: SignatureWrong"),
]


@pytest.mark.parametrize(("knobs", "name", "said"), SPOILT)
async def test_a_platform_that_misbehaves_fails_by_name(
    world: Simulation, tmp_path: Path, knobs: dict[str, Any], name: str, said: str
):
    """With exit status 1."""
    await world.post("/knobs", platform="44", **knobs)
    try:
        control = [f"--control={world.facts['control']}", "--wait=1"] if "pushed" in name else []
        told, found = await check(world, "44", tmp_path, *control)
    finally:
        await world.post("/knobs", platform="44", error=None, outage=False, corrupt_signature=False)
    assert told.status == 1
    assert found[name]["outcome"] == "failed" and said in found[name]["detail"], found[name]


async def test_the_reports_are_what_they_say_they_are(world: Simulation, tmp_path: Path):
    """JUnit XML with a test for each check; a page without script that fetches nothing; and nobody's data in either."""
    _, found = await check(world, "33", tmp_path, f"--junit={tmp_path / 'j.xml'}", f"--html={tmp_path / 'r.html'}")
    suite = ElementTree.parse(tmp_path / "j.xml").getroot()
    assert [case.get("name") for case in suite.iter("testcase")] == list(found)
    assert (suite.get("tests"), suite.get("failures")) == (str(len(found)), "0")
    assert len(list(suite.iter("skipped"))) == int(suite.get("skipped") or 0) == len(outcomes(found, "skipped"))
    page = (tmp_path / "r.html").read_text("utf-8")
    assert all(name in page for name in found) and "浙江省政务服务平台" in page and "Zhejiang" in page
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import|https?://(?!127\.0\.0\.1)", page)
    texts = page + (tmp_path / "j.xml").read_text("utf-8") + (tmp_path / "found.json").read_text("utf-8")
    for one in await people(world, "33"):
        assert one["identity_number"] not in texts and one["display_name"] not in texts


@pytest.mark.parametrize("code", CODES)
async def test_a_recording_is_replayed_offline(world: Simulation, code: str, tmp_path: Path):
    """With the same findings, no question to the platform, and nothing of anybody in the file."""
    tape = tmp_path / "tape.json"
    live, found = await check(world, code, tmp_path, f"--record={tape}")
    asked = await world.get(f"/questions?platform={code}")
    said, again = await command(tmp_path, named(world, code), f"--replay={tape}", f"--against={tape}")
    assert (live.status, said.status) == (0, 0), said
    assert await world.get(f"/questions?platform={code}") == asked
    offline = outcomes(again, "skipped") - outcomes(found, "skipped")
    assert offline == {"in-time", "credentials", "bad-question"}
    for name in found.keys() - offline - {"transport"}:
        assert (again[name]["outcome"], again[name]["detail"]) == (found[name]["outcome"], found[name]["detail"])
    assert {name for name in again if name.startswith("drift-")} <= outcomes(again, "passed")
    text = tape.read_text("utf-8")
    for one in await people(world, code):
        assert one["identity_number"] not in text and one["display_name"] not in text


class Later(Province):
    """The same platform after a release that nobody told of."""

    def __init__(self, change: str) -> None:
        super().__init__()
        for one in self.cases if change else ():
            if change == "gone":
                del one["hotline"]
            elif change == "type":
                one["hotline"] = 12345
            elif change == "word":
                one["events"][-1]["kind"] = "considered"
            elif change == "date":
                one["promised"] = "2026-12-04T00:00:00+08:00"
            elif change == "new":
                one["score"] = 5


async def native(folder: Path, province: Province, *options: str) -> tuple[Said, dict[str, Any]]:
    """Runs the command against a platform of our own interface that stands in no catalogue."""
    described(folder)
    token = f"{province.address}/oauth2/token"
    secrets = [f"--secret={name}={value}" for name, value in {**SECRETS, "token_address": token}.items()]
    file = f"--description={folder / 'example' / 'platform.toml'}"
    (folder / "persons").write_text(f"# whom we invented\n111:{LIN.number}\n001:{FIRM.number}  # nothing\n", "utf-8")
    return await command(
        folder, file, f"--url={province.address}", f"--persons={folder / 'persons'}", *secrets, *options
    )


DRIFT = [
    ("gone", "drift-fields", "failed", "cases: cases[].hotline"),
    ("type", "drift-types", "failed", "cases: cases[].hotline from text to whole number"),
    ("word", "drift-words", "failed", "cases, events: kind: new since"),
    ("date", "drift-dates", "warned", "promised yyyy-MM-ddTHH:mm:ssZ"),
    ("new", "new-fields", "passed", "new: cases: cases[].score"),
]


@pytest.mark.parametrize(("change", "name", "outcome", "said"), DRIFT)
async def test_drift_is_reported(tmp_path: Path, change: str, name: str, outcome: str, said: str):
    """By the nature of what changed since the recording, and by nothing else of the kind."""
    tape = tmp_path / "tape.json"
    async with running(Province()) as before:
        recorded, _ = await native(tmp_path, before, f"--record={tape}")
    async with running(Later(change)) as after:
        told, found = await native(tmp_path, after, f"--against={tape}")
    assert recorded.status == 0, recorded
    assert (found[name]["outcome"], said in found[name]["detail"]) == (outcome, True), found[name]
    drifted = {one for one in outcomes(found, "failed") | outcomes(found, "warned") if one.startswith("drift")}
    assert drifted == ({name} if outcome != "passed" else set())
    assert told.status == (outcome == "failed")


async def test_a_native_platform_is_green(tmp_path: Path):
    """Of a description that stands in no catalogue, with a file of persons."""
    async with running(Province()) as province:
        said, found = await native(tmp_path, province)
    assert said.status == 0 and outcomes(found, "failed") == set()
    assert found["event-forged"]["outcome"] == "passed"


class Sticky(Province):
    """Sets a cookie, and gives whoever brings it back somebody else's answer."""

    async def _answer(self, request: web.Request, noun: str, rows: list[dict[str, Any]]) -> web.Response:
        answer = await super()._answer(request, noun, [] if request.cookies else rows)
        answer.set_cookie("session", "1")
        return answer


async def test_cookies_are_not_brought_back(tmp_path: Path):
    """As the service does not. By its name, since a number of an address has no cookies."""
    async with running(Sticky()) as province:
        province.address = province.address.replace("127.0.0.1", "localhost")
        said, found = await native(tmp_path, province)
    assert (said.status, outcomes(found, "failed")) == (0, set())
    assert found["happy"]["detail"] == "2 persons; 5 cases, 2 licences"


WRONG = [
    ([], "Name a platform by its code"),
    (["44", "--description=x"], "one of the two"),
    (["no-such"], "there is no such description"),
    (["44"], "TONGBAN_PLATFORMS__44__ADDRESS"),
    (
        ["44", "--url=http://127.0.0.1:9"],
        "TONGBAN_PLATFORMS__44__SECRETS__APP_KEY: expected, for the description names it.",
    ),
    (["44", "--url=ftp://x"], "expected an address that begins with http"),
    (["44", "--url=http://"], "expected an address that begins with http"),
    (["44", "--url=http://[::1"], "expected an address that begins with http"),
    (["44", "--url=http://127.0.0.1:99999"], "expected an address that begins with http"),
    (["44", "--url=http://127.0.0.1:9", "--secret=app_key"], "expected NAME=VALUE"),
    (["44", "--person=111:1"], "--person 1: expected TYPE:NUMBER"),
    (["44", "--persons=no-such"], "no-such: cannot be read"),
    (["44", "--replay=no-such"], "no-such: cannot be read"),
    (["44", "--url=http://127.0.0.1:9", "--secret=app_key=k", "--events-port=0"], "--event-secret"),
    (["44", "--url=http://127.0.0.1:9", "--secret=app_key=k", "--html=no/such/folder"], "no/such/folder"),
]


@pytest.mark.parametrize(("arguments", "expected"), WRONG)
async def test_what_cannot_run_says_why(tmp_path: Path, arguments: list[str], expected: str):
    """With exit status 2."""
    said, _ = await command(tmp_path, *arguments)
    assert (said.status, expected in said.err, "Traceback" in said.err) == (2, True, False), said


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cassette": 9}', '{"cassette": 1, "platform": "33", "persons": 7}'])
async def test_what_is_no_cassette_is_said(tmp_path: Path, text: str):
    """With exit status 2, before anything is asked."""
    (tmp_path / "tape.json").write_text(text, "utf-8")
    said, _ = await command(tmp_path, "44", f"--replay={tmp_path / 'tape.json'}")
    assert said.status == 2 and "tape.json" in said.err and "Traceback" not in said.err
