"""The conformance kit before a platform of our own interface: green where all is well, and each check fails by its name."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.kit import altered, answers, events, manners
from app.kit.bench import Bench
from app.kit.check import Outcome
from integrations.description import Description
from integrations.form.times import Times
from integrations.port import Platform
from tests.contract.kit_world import FIRM, LIN, Credulous, Province, bench_of, clock, described, findings, running

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
    ("any-credentials", "credentials", "expected an error, got 5 rows"),
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
        return Credulous(super().platform(**how))  # type: ignore[return-value]


BROKEN = {
    "malformed": "cut in half was taken for an answer",
    "unknown-status": "it was read, and not drift",
    "event-happy": "read as another",
    "event-duplicate": "came out as two",
    "event-reordered": "not in their order",
    "event-late": "expected SignatureExpired, and it was taken",
    "event-forged": "expected SignatureWrong, and it was taken",
    "event-malformed": "expected NotParsable, and it was taken",
}


async def test_a_reader_that_believes_everything_is_found(tmp_path: Path, session: aiohttp.ClientSession):
    """By each check of the reading: so none of them passes by itself."""
    async with running(Province()) as province:
        bench = bench_of(province, described(tmp_path), session, kind=BrokenBench)
        found = await findings(bench, (*answers.CHECKS[:1], *altered.CHECKS, *events.CHECKS))
    for name, said in BROKEN.items():
        assert (found[name].outcome, said in found[name].detail) == (Outcome.FAILED, True), (name, found[name])


class Lax(Description):
    """A description whose times are read in any form."""

    @property
    def reads(self) -> Times:
        return replaced_times(super().reads)


def replaced_times(times: Times) -> Times:
    return Times(times.offset)


async def test_times_that_are_read_in_any_form_are_found(tmp_path: Path, session: aiohttp.ClientSession):
    """A form that is not declared must not be read, and one that is must."""
    lax = Lax.model_construct(**dict(described(tmp_path)))
    async with running(Province()) as province:
        found = await findings(bench_of(province, lax, session), altered.CHECKS)
    assert found["each-date-form"].outcome is Outcome.FAILED
    assert "read, though it is not declared" in found["each-date-form"].detail


async def test_events_that_cannot_be_read_are_found(tmp_path: Path, session: aiohttp.ClientSession):
    """One place for two things in [events]: the description would send every event to quarantine."""
    good = described(tmp_path)
    assert good.events
    wrong = good.model_copy(update={"events": good.events.model_copy(update={"happened": "data.identity.number"})})
    async with running(Province()) as province:
        found = await findings(bench_of(province, wrong, session), events.CHECKS)
    assert found["event-happy"].outcome is found["event-date-forms"].outcome is Outcome.FAILED
    assert "data.identity.number is not a time" in found["event-happy"].detail


@pytest.mark.parametrize("pace", [None, 600])
async def test_the_pace_of_the_platform_is_kept(tmp_path: Path, session: aiohttp.ClientSession, pace: int | None):
    """With waiting between questions and not inside of them."""
    async with running(Province()) as province:
        bench = bench_of(province, described(tmp_path, calls_per_minute=pace), session)
        began = clock()
        found = await findings(bench, answers.CHECKS[:1])
        took = (clock() - began) / 1_000_000
    assert found["happy"].outcome is Outcome.PASSED and (took >= 0.4) == (pace is not None)
