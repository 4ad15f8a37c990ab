"""Observations for hypothesis, and what a set of them must come to: said from the set alone, so that order cannot matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st

from domain.event import Event, EventKind
from domain.ids import Noun, native_id
from domain.knowledge import CaseObservation, Facts
from domain.standing import Standing, standing_of
from domain.times import HOUR, SECOND, Micros

START: Micros = 1_790_000_000 * SECOND
DATES = 12
NOW: Micros = START + DATES * 12 * HOUR
"""Later than every date; the first dates are older than a baseline's 72 hours, the last ones younger."""

PLATFORM = "44"
Rows = tuple[Event, ...]
Content = tuple[tuple[str, Facts, Rows], ...]
"""What a list says: of each case, its number, its facts and its rows."""


@dataclass(frozen=True)
class Said:
    """One thing that a platform said: a list of cases, or (with one case in it) an event about a case."""

    dated: Micros
    content: Content
    listed: bool
    truncated: bool = False

    @property
    def observations(self) -> tuple[CaseObservation, ...]:
        return tuple(CaseObservation(facts, rows, self.dated, self.listed) for _, facts, rows in self.content)

    @property
    def whole(self) -> Micros | None:
        return self.dated if self.listed and not self.truncated else None


@dataclass(frozen=True)
class Visible:
    """What a reader sees of one case that holds."""

    facts: Facts
    events: Rows
    standing: Standing


def expected(said: Iterable[Said]) -> Mapping[str, Visible | None]:
    """What must be visible after all of `said`, by case number; None for a retired case (docs/adr/0004)."""
    everything = list(said)
    full_at = max((item.whole for item in everything if item.whole is not None), default=0)
    numbers = {number for item in everything for number, _, _ in item.content}
    return {number: _expected(number, everything, full_at) for number in numbers}


def _expected(number: str, everything: list[Said], full_at: Micros) -> Visible | None:
    mentions = [
        (item.dated, item.listed, facts, rows)
        for item in everything
        for named, facts, rows in item.content
        if named == number
    ]
    if max(dated for dated, *_ in mentions) < full_at:
        return None
    _, facts = max(((dated, facts) for dated, _, facts, _ in mentions), key=lambda pair: (pair[0], repr(pair[1])))
    rows_at = max((dated for dated, listed, *_ in mentions if listed), default=0)
    newest: dict[str, tuple[Micros, str, Event]] = {}
    for dated, _, _, rows in mentions:
        for row in rows:
            newest[row.key] = max(newest.get(row.key, (0, "", row)), (dated, repr(row), row))
    live = sorted((row for dated, _, row in newest.values() if dated >= rows_at), key=lambda row: row.order)
    return Visible(facts, tuple(live), standing_of(live))


def row(place: int, kind: EventKind, hour: int, title: str = "") -> Event:
    """Row `place` of a case, of a kind, as it stood at an hour of the platform's day."""
    at = datetime(2026, 9, 20, tzinfo=UTC) + timedelta(hours=hour)
    return Event(f"R:{place}:{kind.value}", f"R:{place}", kind, at, title)


KINDS = (EventKind.ACCEPTED, EventKind.STEP_TAKEN, EventKind.GRANTED, EventKind.ANNULLED, EventKind.REOPENED)


def dates() -> st.SearchStrategy[Micros]:
    return st.integers(0, DATES - 1).map(lambda place: START + place * 12 * HOUR)


def rows() -> st.SearchStrategy[Rows]:
    one = st.builds(row, st.integers(1, 3), st.sampled_from(KINDS), st.integers(0, 2), st.sampled_from(["", "x"]))
    return st.lists(one, max_size=3, unique_by=lambda item: item.key).map(tuple)


def contents(prefix: str = "C", least: int = 0, most: int = 3) -> st.SearchStrategy[Content]:
    """Some of three cases, each with some of its rows."""
    facts = st.sampled_from(["licence", "permit"])
    one = st.tuples(st.integers(1, 3), facts, rows()).map(
        lambda parts: (f"{prefix}{parts[0]}", Facts(f"{prefix}{parts[0]}", parts[1]), parts[2])
    )
    return st.lists(one, min_size=least, max_size=most, unique_by=lambda item: item[0]).map(tuple)


@st.composite
def histories(draw: st.DrawFn, prefix: str = "C", most: int = 7) -> tuple[list[Said], list[Said]]:
    """Some sayings, and the same in another order and with repetitions.

    Lists repeat one of few contents at many dates, as a platform does of which nothing is new; so events come dated between
    two lists that say the same.
    """
    told = draw(st.lists(contents(prefix), min_size=1, max_size=2))
    lists = st.builds(Said, dates(), st.sampled_from(told), st.just(True), st.sampled_from([False, False, False, True]))
    events = st.builds(Said, dates(), contents(prefix, least=1, most=1), st.just(False))
    said = draw(st.lists(lists | events, min_size=1, max_size=most))
    again = draw(st.lists(st.sampled_from(said), max_size=most))
    return said, list(draw(st.permutations(said + again)))


def renamed(said: Iterable[Said], prefix: str) -> list[Said]:
    """The same about cases of another name, for a party of its own."""

    def named(content: Content) -> Content:
        return tuple((prefix + number, replace(facts, number=prefix + number), rows) for number, facts, rows in content)

    return [replace(item, content=named(item.content)) for item in said]


SPACE = UUID(int=44)
"""The secret space of ids, as tests have it."""
PARTY = UUID(int=1)


def case_id(number: str) -> UUID:
    return native_id(SPACE, Noun.CASE, PLATFORM, PARTY, number)


def licence_id(number: str) -> UUID:
    return native_id(SPACE, Noun.LICENCE, PLATFORM, PARTY, number)
