"""The clock of cases against one that walks through every single day."""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import WorkingCalendar
from domain.deadline import Due, deadline_of
from domain.event import Event, EventKind
from domain.knowledge import Facts
from domain.limit import Limit, LimitUnit
from domain.times import micros
from tests.unit.domain.slow_clock import Read, SlowClock

FIRST = date(2026, 1, 1)
KINDS = [
    EventKind.ACCEPTED, EventKind.CORRECTION_DEMANDED, EventKind.CORRECTION_RECEIVED, EventKind.SUSPENDED,
    EventKind.RESUMED, EventKind.GRANTED, EventKind.WITHDRAWN, EventKind.ANNULLED, EventKind.REOPENED,
    EventKind.STEP_TAKEN, EventKind.MATERIAL_DEMANDED,
]  # fmt: skip
LIMITS = st.none() | st.builds(Limit, st.integers(0, 25), st.sampled_from(LimitUnit)).filter(
    lambda limit: limit.unit is not LimitUnit.MONTHS or limit.number <= 3
)


def days(span: int) -> st.SearchStrategy[date]:
    return st.integers(0, span).map(lambda number: FIRST + timedelta(days=number))


def instants(span: int) -> st.SearchStrategy[datetime]:
    """Of a day: its first second, which is what a date alone means, or any hour; in the platform's offset or in UTC."""
    hours = st.integers(0, span).map(lambda day: day * 24) | st.integers(0, span * 24)
    zones = st.sampled_from([timezone(timedelta(hours=8)), UTC])
    return st.builds(
        lambda hour, zone: datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=8))).astimezone(zone) + timedelta(hours=hour),
        hours,
        zones,
    )  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> list[Event]:
    """Any events in any order, most often an acceptance among them."""
    made = draw(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 3), instants(60)), max_size=8))
    if draw(st.integers(0, 4)):
        made.append((EventKind.ACCEPTED, 0, draw(instants(20))))
    unique = {f"R{row}:{kind.value}": Event(f"R{row}:{kind.value}", f"R{row}", kind, at) for kind, row, at in made}
    return sorted(unique.values(), key=lambda event: event.order)


CALENDARS = st.builds(
    WorkingCalendar, st.frozensets(days(160), max_size=30), st.frozensets(days(160), max_size=10), days(160)
)
FACTS = st.builds(
    lambda promised, limit, law: Facts("N", "t", promised=promised, promised_limit=limit, statutory_limit=law),
    st.none() | days(80),
    LIMITS,
    LIMITS,
)
OFFSETS = st.sampled_from([8, 0, -5]).map(lambda hours: timedelta(hours=hours))


def read(due: Due | None) -> Read | None:
    return due and Read(due.on, due.days_left, due.days_paused, due.late_by, due.provisional)


@given(FACTS, events(), CALENDARS, OFFSETS, instants(100))
@settings(max_examples=400, deadline=None)
def test_the_clock_says_what_walking_through_every_day_says(
    facts: Facts, held: list[Event], calendar: WorkingCalendar, offset: timedelta, now: datetime
):
    """Whatever happened in whatever order, with whatever days off, read at whatever time: the same five figures."""
    slow = SlowClock(facts, held, calendar, offset, now)
    found = deadline_of(facts, held, calendar, offset, micros(now))
    assert read(found.promised if found else None) == slow.promised()
    assert read(found.statutory if found else None) == slow.statutory()


@given(FACTS, events(), CALENDARS, OFFSETS, instants(100))
@settings(max_examples=150, deadline=None)
def test_the_proof_is_enough(
    facts: Facts, held: list[Event], calendar: WorkingCalendar, offset: timedelta, now: datetime
):
    """A clock that is told the rows of the proof alone, of a case that was never begun anew, says the same."""
    found = deadline_of(facts, held, calendar, offset, micros(now))
    if found is None or any(event.kind in (EventKind.ANNULLED, EventKind.REOPENED) for event in held):
        return
    assert set(found.proof) <= set(held)
    again = deadline_of(facts, found.proof, calendar, offset, micros(now))
    assert again == found


@given(CALENDARS, days(200), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_working_days_are_counted_as_one_by_one(calendar: WorkingCalendar, after: date, number: int):
    """Counting and finding agree with asking about each day, however days off lie."""
    walked, found = after, 0
    while found < number:
        walked += timedelta(days=1)
        found += calendar.is_working(walked)
    assert calendar.nth(after, number) == walked
    until = after + timedelta(days=number)
    each = sum(calendar.is_working(after + timedelta(days=day)) for day in range(1, number + 1))
    assert calendar.count(after, until) == each
    assert calendar.count(until, after) == 0
