"""The conformance kit before a platform of our own interface: green where all is well, and each check fails by its name."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest

from app.kit import altered, answers, events, manners
from app.kit import bench as bench_module
from app.kit.bench import SAMPLES, Bench
from app.kit.check import Finding, Outcome
from domain.times import Stamp
from integrations.description import Description
from integrations.form.times import Times
from integrations.port import Envelope, Platform, PlatformEvent
from tests.contract.kit_world import CHEN, FIRM, LIN, Credulous, Province, bench_of, described, findings, running

ASKED = (*answers.CHECKS, *manners.CHECKS)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def test_nothing_fails_where_all_is_well(tmp_path: Path, session: aiohttp.ClientSession):
    """And what is not proved is said: words that were not met, facts that nobody has."""
    async with running(Province()) as province:
        found = await findings(bench_of(province, described(tmp_path), session))
    assert {name: one.detail for name, one in found.items() if one.outcome is Outcome.FAILED} == {}
    warned = {name for name, one in found.items() if one.outcome is Outcome.WARNED}
    skipped = {name for name, one in found.items() if one.outcome is Outcome.SKIPPED}
    assert warned == {"words", "facts"} and {name.partition("-")[0] for name in skipped} == {"pushed", "switched"}
    assert found["happy"].detail == "2 persons; 5 cases, 2 licences"
    assert "3 of 23 words met" in found["words"].detail and "collected" in found["words"].detail
    assert "cases.facts.channel" in found["facts"].detail and "cases.facts.hotline" not in found["facts"].detail


FAULTS = [
    ("unknown-word", "happy", "cases of person 1: DRIFTED: kind is a word"),
    ("unknown-word", "words", "cases, events: kind: considered: not in the description"),
    ("bad-date", "date-forms", "cases, events: at: like 9999?99?99?: not declared"),
    ("other-date", "date-forms", "cases, events: at: yyyyMMddHHmmss: not declared"),
    ("404-nobody", "empty", "cases: expected an empty answer, got REFUSED: HTTP 404"),
    ("short-pages", "paged", "rows are missing"),
    ("moving-pages", "paged", "rows came twice"),
    ("one-page", "paged", "more rows than 2 pages of 2"),
    ("new-keys", "stable", "keys of events"),
    ("lost-field", "stable", "hotline is gone"),
    ("slow", "in-time", "TIMEOUT"),
    ("any-credentials", "credentials", "wrong credentials: expected an error, got 5 rows"),
    ("any-token", "credentials", "cases, a made-up token: expected an error, got 5 rows"),
    ("no-token", "credentials", "cases, no token: expected an error, got 5 rows"),
    ("anything-goes", "bad-question", "expected an error, got an empty answer"),
    ("redirect", "transport", "HTTP 302"),
]


@pytest.mark.parametrize(("fault", "check", "said"), FAULTS)
async def test_a_fault_is_found_by_its_name(
    tmp_path: Path, session: aiohttp.ClientSession, fault: str, check: str, said: str
):
    """With the reason, and with nothing of the person asked about."""
    limits = {"timeout_s": 0.3} if fault == "slow" else {}
    async with running(Province(fault)) as province:
        found = await findings(bench_of(province, described(tmp_path, **limits), session), ASKED)
    assert (found[check].outcome, said in found[check].detail) == (Outcome.FAILED, True), found[check]
    told = " ".join(one.detail for one in found.values())
    assert LIN.number not in told and "林晓岚" not in told and "SZ-2026" not in told


async def test_one_person_who_cannot_be_read_is_one_finding(tmp_path: Path, session: aiohttp.ClientSession):
    """The others are asked all the same; and of whom one answer was empty and the other an error may hold something."""
    async with running(Province()) as province:
        found = await findings(bench_of(province, described(tmp_path), session, (CHEN, LIN, FIRM)))
    failed = {name: one.detail for name, one in found.items() if one.outcome is Outcome.FAILED}
    assert failed == {"happy": "cases of person 1: REFUSED: HTTP 500"}
    assert found["paged"].detail == "cases: 5 rows on 3 pages of 2; licences: 2 rows on 2 pages of 1"


async def test_nobody_is_taken_for_one_who_holds_nothing(tmp_path: Path, session: aiohttp.ClientSession):
    """Where every person's answers failed, and the numbers that are nobody's are among the persons."""
    async with running(Province("404-nobody")) as province:
        bench = bench_of(province, described(tmp_path), session, [*SAMPLES.values()])
        found = await findings(bench, answers.CHECKS)
    assert (found["happy"].outcome, found["empty"].outcome) == (Outcome.FAILED, Outcome.SKIPPED)
    assert found["happy"].detail == "cases of person 1: REFUSED: HTTP 404; 3 more questions failed"


async def test_what_comes_close_to_a_limit_is_said(tmp_path: Path, session: aiohttp.ClientSession):
    """Without failing: media type, size and pages."""
    async with running(Province("untyped")) as province:
        found = await findings(bench_of(province, described(tmp_path), session), ASKED)
        small = described(tmp_path, page_size=2, pages=2, answer_bytes=2000)
        cut = await findings(bench_of(province, small, session), ASKED)
    assert (found["transport"].outcome, "no media type" in found["transport"].detail) == (Outcome.WARNED, True)
    assert (cut["whole"].outcome, "more than 2 pages of 2" in cut["whole"].detail) == (Outcome.WARNED, True)


async def test_without_anybody_to_ask_about_little_is_proved(tmp_path: Path, session: aiohttp.ClientSession):
    """And it is said what would be needed."""
    async with running(Province()) as province:
        nobody = await findings(bench_of(province, described(tmp_path), session, ()), ASKED)
        nothing = await findings(bench_of(province, described(tmp_path), session, (FIRM,)), ASKED)
    assert (nobody["happy"].outcome, nothing["happy"].outcome) == (Outcome.SKIPPED, Outcome.WARNED)
    assert nothing["paged"].outcome is Outcome.SKIPPED and "--person" in nothing["paged"].detail


class BrokenBench(Bench):
    def platform(self, **how: Any) -> Platform:
        return Credulous(super().platform(**how))


BROKEN = {
    "malformed": "cut in half was taken for an answer",
    "unknown-status": "it was read, and not drift",
    "event-happy": "read as another",
    "event-duplicate": "came out as two",
    "event-reordered": "not in their order",
    "event-late": "expected SignatureExpired, and it was taken",
    "event-forged": "expected SignatureWrong, and it was taken",
    "event-malformed": "expected NotParsable, and it was taken",
    "event-unknown-status": "an unknown word was read",
    "event-date-forms": "read as another instant",
}


async def test_a_reader_that_believes_everything_is_found(tmp_path: Path, session: aiohttp.ClientSession):
    """By each check of the reading: so none of them passes by itself."""
    async with running(Province()) as province:
        bench = bench_of(province, described(tmp_path), session, kind=BrokenBench)
        found = await findings(bench, (*answers.CHECKS[:1], *altered.CHECKS, *events.CHECKS))
    assert BROKEN.keys() == {check.name for check in (*altered.CHECKS, *events.CHECKS)} - {"each-date-form"}
    for name, said in BROKEN.items():
        assert (found[name].outcome, said in found[name].detail) == (Outcome.FAILED, True), (name, found[name])


class Hopeful(Credulous):
    """Refuses what is no event, and takes what it could not read for one that says nothing."""

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        return replace(self._platform.open_event(envelope), problem="")


class HopefulBench(Bench):
    def platform(self, **how: Any) -> Platform:
        return Hopeful(super().platform(**how))


async def test_a_reader_that_takes_a_bare_document_is_found(tmp_path: Path, session: aiohttp.ClientSession):
    """The second half of the check: what is a document, and no event."""
    async with running(Province()) as province:
        found = await findings(bench_of(province, described(tmp_path), session, kind=HopefulBench), events.CHECKS)
    assert found["event-malformed"] == Finding(Outcome.FAILED, "a document that says nothing was taken for an event")


class Shifted(Times):
    """Reads every time eight hours late: one that takes local times for those of UTC."""

    def stamp(self, text: str) -> Stamp | None:
        read = super().stamp(text)
        return replace(read, at=read.at + timedelta(hours=8)) if read else None


DECLARED = ("yyyy-MM-dd", "yyyy-MM-ddTHH:mm:ssZ")

OTHERWISE = [
    (lambda times: Times(times.offset), "yyyyMMdd: read, though it is not declared"),
    (lambda times: Times(times.offset, DECLARED[:1]), "yyyy-MM-ddTHH:mm:ssZ: declared, and not read"),
    (lambda times: Shifted(times.offset, DECLARED), "yyyy-MM-dd: read as another instant"),
]


@pytest.mark.parametrize(("times", "said"), OTHERWISE)
async def test_times_that_are_read_otherwise_are_found(
    tmp_path: Path, session: aiohttp.ClientSession, times: Callable[[Times], Times], said: str
):
    """A form that is not declared must not be read, and one that is must, as the instant that it means."""

    class Lax(Description):
        @property
        def reads(self) -> Times:
            return times(super().reads)

    lax = Lax.model_construct(**dict(described(tmp_path)))
    async with running(Province()) as province:
        found = await findings(bench_of(province, lax, session), altered.CHECKS)
    assert found["each-date-form"] == Finding(Outcome.FAILED, said)


async def test_events_that_cannot_be_read_are_found(tmp_path: Path, session: aiohttp.ClientSession):
    """One place for two things in [events]: the description would send every event to quarantine."""
    good = described(tmp_path)
    assert good.events
    wrong = good.model_copy(update={"events": good.events.model_copy(update={"happened": "data.identity.number"})})
    async with running(Province()) as province:
        found = await findings(bench_of(province, wrong, session), events.CHECKS)
    assert found["event-happy"].outcome is found["event-date-forms"].outcome is Outcome.FAILED
    assert "data.identity.number is not a time" in found["event-happy"].detail


@pytest.mark.parametrize(("pace", "pauses"), [(None, []), (600, [0.1] * 4)])
async def test_the_pace_of_the_platform_is_kept(
    tmp_path: Path,
    session: aiohttp.ClientSession,
    monkeypatch: pytest.MonkeyPatch,
    pace: int | None,
    pauses: list[float],
):
    """With waiting between questions and not inside of them, where it would count as time that the platform took."""
    paused: list[float] = []

    async def pause(seconds: float) -> None:
        paused.append(seconds)

    monkeypatch.setattr(bench_module, "asyncio", SimpleNamespace(sleep=pause))
    async with running(Province()) as province:
        bench = bench_of(province, described(tmp_path, calls_per_minute=pace), session)
        found = await findings(bench, answers.CHECKS[:1])
    assert found["happy"].outcome is Outcome.PASSED and paused == pytest.approx(pauses)
