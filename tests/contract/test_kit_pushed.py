"""What the kit says of events that were pushed: hand-made deliveries at its door, and switches that do as a test says."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.kit import pushed
from app.kit.bench import Bench
from app.kit.check import Ended, Finding, Outcome
from app.kit.door import LATER, Delivery, Door
from domain.event import Event, EventKind
from domain.identity import Identity
from domain.knowledge import CaseObservation, Facts
from domain.times import moment
from integrations.port import Answer, Envelope, Platform, PlatformEvent, SignatureExpired, SignatureWrong
from tests.contract.kit_world import LIN, Credulous, Province, bench_of, clock, described

PATIENCE_S = 0.05
NOW = clock()
RECEIVED = Event("1", "1", EventKind.RECEIVED, moment(NOW))
"""What the next answer says of each case."""

NEWS = Event("2", "2", EventKind.ACCEPTED, moment(NOW))


def observed(number: str, *events: Event) -> CaseObservation:
    return CaseObservation(Facts(number, "x"), events, NOW, False)


def envelope(body: bytes = b"1") -> Envelope:
    return Envelope({":method": "POST", ":path": "/"}, body, NOW)


def taken(name: str, body: bytes = b"1", status: int = 202, **said: Any) -> Delivery:
    """An event that was believed."""
    return Delivery(envelope(body), PlatformEvent(name, said.pop("happened", NOW), **said), None, status)


def about(number: str, *events: Event, **said: Any) -> Delivery:
    return taken(number, identity=LIN, cases=(observed(number, *events),), **said)


def refused() -> Delivery:
    return Delivery(envelope(), None, SignatureWrong("x"), 401)


class Strict:
    """A platform whose reading works: an event is expired where it was kept, and else of another hand."""

    def open_event(self, given: Envelope) -> PlatformEvent:
        raise SignatureExpired("x") if given.received > NOW else SignatureWrong("x")


class Wrong:
    """Refuses everything for the same reason."""

    def open_event(self, given: Envelope) -> PlatformEvent:
        raise SignatureWrong("x")


@dataclass
class Hand:
    """Satisfies Switches. Each case that is moved on brings the next of `pushes`; with none left, nothing can be moved."""

    door: Door
    pushes: list[list[Delivery]] = field(default_factory=list)

    @asynccontextmanager
    async def turned(self, **to: Any) -> AsyncIterator[None]:
        yield

    async def advance(self, case: str) -> bool:
        if not self.pushes:
            return False
        self.door.deliveries += self.pushes.pop(0)
        return True


class AnsweredBench(Bench):
    """Every answer is the same: two cases, each received."""

    async def ask(self, check: str, noun: str, person: int | Identity, **how: Any) -> Answer[Any]:
        return Answer((observed("A", RECEIVED), observed("B", RECEIVED)) if noun == "cases" else (), NOW)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def bench(tmp_path: Path, session: aiohttp.ClientSession) -> Bench:
    made = bench_of(Province(), described(tmp_path), session, kind=AnsweredBench)
    made.door = Door(Strict(), clock, PATIENCE_S)
    return made


async def found(bench: Bench, name: str, came: list[Delivery], pushes: list[list[Delivery]] | None = None) -> Finding:
    """What a check finds after some deliveries, with switches if these push something."""
    assert bench.door
    bench.door.deliveries += came
    if pushes is not None:
        bench.switches = Hand(bench.door, pushes)
    (check,) = (one for one in pushed.CHECKS if one.name == f"pushed-{name}")
    try:
        return await check.run(bench)
    except Ended as ended:
        return ended.finding


PUT_OFF = taken("e", status=LATER)
BACKWARDS = [taken("e2", happened=NOW), taken("e1", happened=NOW - 1)]

WELL = [
    ("happy", [about("A", RECEIVED)], "the next answer says the same"),
    ("resent", [PUT_OFF, taken("e")], "came again, the same"),
    ("duplicate", [taken("e"), taken("e")], "1 came twice, the same"),
    ("reordered", BACKWARDS, "all were read"),
    ("late", [taken("e")], "later: expired"),
    ("forged", [taken("e")], "a changed body: refused"),
]

BADLY = [
    ("happy", [], "no event that can be believed within"),
    ("happy", [refused()], "refused: SignatureWrong"),
    ("happy", [taken("e", problem="kind")], "cannot be read: kind"),
    ("happy", [about("C", RECEIVED)], "a case that the next answer does not have"),
    ("happy", [about("A", RECEIVED, NEWS)], "1 of 2 things that an event says are not in the next answer"),
    ("resent", [PUT_OFF], "did not come again"),
    ("resent", [PUT_OFF, taken("e", b"2")], "same id and another body"),
    ("resent", [PUT_OFF, taken("e2")], "did not come again"),
    ("duplicate", [taken("e"), taken("e", b"2")], "same id and another body"),
    ("reordered", [BACKWARDS[0], replace(BACKWARDS[1], event=PlatformEvent("e1", NOW - 1, problem="kind"))], "read: kind"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "came", "said"), WELL)
async def test_what_comes_as_it_should_passes(bench: Bench, name: str, came: list[Delivery], said: str):
    finding = await found(bench, name, came)
    assert (finding.outcome, said in finding.detail) == (Outcome.PASSED, True), finding


@pytest.mark.parametrize(("name", "came", "said"), BADLY)
async def test_what_comes_otherwise_fails(bench: Bench, name: str, came: list[Delivery], said: str):
    """By the check that is about it, with the reason."""
    finding = await found(bench, name, came)
    assert (finding.outcome, said in finding.detail) == (Outcome.FAILED, True), finding


@pytest.mark.parametrize("name", ["resent", "duplicate", "reordered", "late", "forged"])
async def test_without_an_event_nothing_is_said(bench: Bench, name: str):
    """Neither well nor badly."""
    assert (await found(bench, name, [])).outcome is Outcome.SKIPPED


READERS: list[tuple[str, Callable[[Platform], Any], str]] = [
    ("late", Credulous, "later was taken"),
    ("late", lambda platform: Wrong(), "expected SignatureExpired, got SignatureWrong"),
    ("forged", Credulous, "a changed body was taken"),
]


@pytest.mark.parametrize(("name", "reader", "said"), READERS)
async def test_a_reader_that_takes_what_was_kept_or_changed_is_found(
    bench: Bench, name: str, reader: Callable[[Platform], Any], said: str
):
    """Or says of it something else than it should."""
    assert bench.door
    bench.door.platform = reader(bench.platform())
    finding = await found(bench, name, [taken("e")])
    assert (finding.outcome, said in finding.detail) == (Outcome.FAILED, True), finding


SWITCHED = [
    ("forged", [[refused()]], Outcome.PASSED, "a signature that the platform corrupted: refused"),
    ("forged", [[]], Outcome.FAILED, "did not come, or was taken"),
    ("forged", [[taken("e2")]], Outcome.FAILED, "did not come, or was taken"),
    ("duplicate", [[taken("e2"), taken("e2", b"2")]], Outcome.FAILED, "same id and another body"),
    ("reordered", [[], [about("B"), about("A", problem="kind")]], Outcome.FAILED, "cannot be read: kind"),
    ("reordered", [[], [about("B"), about("A")]], Outcome.PASSED, "all were read"),
    ("reordered", [[], [about("A"), about("B")]], Outcome.SKIPPED, "came in their order"),
]


@pytest.mark.parametrize(("name", "pushes", "outcome", "said"), SWITCHED)
async def test_what_the_platform_is_made_to_push(
    bench: Bench, name: str, pushes: list[list[Delivery]], outcome: Outcome, said: str
):
    finding = await found(bench, name, [taken("e")], [list(each) for each in pushes])
    assert (finding.outcome, said in finding.detail) == (outcome, True), finding


async def test_a_signature_that_was_never_made_wrongly_is_not_said_to_be_refused(bench: Bench):
    """Where no case can be moved, nothing is pushed, and only what was seen is said."""
    finding = await found(bench, "forged", [taken("e")], [])
    assert finding == Finding(Outcome.PASSED, "a changed body: refused")
