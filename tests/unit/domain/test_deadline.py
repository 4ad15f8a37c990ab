"""By when a case is due: the rules one by one, with dates of the real 2026."""

from datetime import UTC, date, datetime, timezone

import pytest

from domain.calendar import WorkingCalendar
from domain.deadline import Deadline, Due, PauseReason, deadline_of
from domain.event import Event, EventKind, Procedure
from domain.knowledge import Facts
from domain.limit import Limit, LimitUnit
from domain.times import CHINA, Micros, micros

SPRING = frozenset(date(2026, 2, day) for day in (16, 17, 18, 19, 20, 23))
CALENDAR = WorkingCalendar(SPRING, frozenset({date(2026, 2, 14), date(2026, 2, 28)}), date(2026, 12, 31))
"""Spring Festival of 2026 as published: off from the 15th to the 23rd; the Saturdays 14 and 28 are worked."""

ZONE = timezone(CHINA)


def event(kind: EventKind, month: int, day: int, hour: int = 10, row: str = "R1", **more: Procedure) -> Event:
    at = datetime(2026, month, day, hour, tzinfo=ZONE)
    return Event(f"{row}:{kind.value}", row, kind, at, **more)


ACCEPTED = event(EventKind.ACCEPTED, 3, 2)
"""A Monday."""


def at(month: int, day: int, hour: int = 12, year: int = 2026) -> Micros:
    return micros(datetime(year, month, day, hour, tzinfo=ZONE))


TEN, WEDNESDAY = Limit(10, LimitUnit.WORKING_DAYS), at(3, 4)


def read(
    *events: Event,
    limit: Limit | None = TEN,
    stated: date | None = None,
    now: Micros = WEDNESDAY,
    calendar: WorkingCalendar = CALENDAR,
) -> Deadline:
    facts = Facts("N", "t", promised=stated, promised_limit=limit)
    found = deadline_of(facts, sorted(events, key=lambda one: one.order), calendar, CHINA, now)
    assert found is not None
    return found


def promised(*events: Event, **given: object) -> Due:
    found = read(*events, **given).promised  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_day_of_the_acceptance_does_not_count():
    """Accepted on a Monday, with ten working days: due on the Monday two weeks later, eight days left on the Wednesday."""
    due = promised(ACCEPTED)
    assert (due.on, due.days_left, due.days_paused, due.late_by, due.provisional) == (date(2026, 3, 16), 8, 0, 0, False)


def test_the_last_day_is_in_time_and_the_next_is_late():
    """0 days left all day long, and one day late in the first second of the next."""
    last, next_ = promised(ACCEPTED, now=at(3, 16, 23)), promised(ACCEPTED, now=at(3, 17, 0))
    assert [(due.days_left, due.late_by) for due in (last, next_)] == [(0, 0), (0, 1)]


def test_late_days_are_counted_over_the_weekend():
    """Due on a Friday, it is late on Saturday, although no working day went by."""
    due = promised(ACCEPTED, limit=Limit(4, LimitUnit.WORKING_DAYS), now=at(3, 7))
    assert (due.on, due.late_by) == (date(2026, 3, 6), 1)


def test_days_off_and_worked_saturdays_count_as_published():
    """From Friday the 13th: Saturday the 14th is worked, then nothing until Tuesday the 24th."""
    due = promised(event(EventKind.ACCEPTED, 2, 13), limit=Limit(3, LimitUnit.WORKING_DAYS), now=at(2, 13))
    assert due.on == date(2026, 2, 25)


@pytest.mark.parametrize(
    ("limit", "start", "on"),
    [
        (Limit(10, LimitUnit.CALENDAR_DAYS), (3, 2), date(2026, 3, 12)),
        (Limit(5, LimitUnit.CALENDAR_DAYS), (3, 2), date(2026, 3, 9)),
        (Limit(20, LimitUnit.CALENDAR_DAYS), (1, 27), date(2026, 2, 24)),
        (Limit(1, LimitUnit.MONTHS), (3, 2), date(2026, 4, 2)),
        (Limit(1, LimitUnit.MONTHS), (3, 31), date(2026, 4, 30)),
        (Limit(11, LimitUnit.MONTHS), (3, 31), date(2027, 3, 1)),
        (Limit(0, LimitUnit.WORKING_DAYS), (3, 2), date(2026, 3, 2)),
    ],
    ids=["days", "to a Saturday", "into a festival", "month", "no such day", "into February", "at once"],
)
def test_days_and_months_end_as_the_civil_code_has_it(limit: Limit, start: tuple[int, int], on: date):
    """On the day of the same number or the month's last, and on the next working day if it is a day off."""
    assert promised(event(EventKind.ACCEPTED, *start), limit=limit, now=at(*start)).on == on


@pytest.mark.parametrize(
    ("begins", "ends", "procedure", "reason"),
    [
        (EventKind.CORRECTION_DEMANDED, EventKind.CORRECTION_RECEIVED, None, PauseReason.CORRECTION),
        (EventKind.SUSPENDED, EventKind.RESUMED, Procedure.EXTENDED_APPROVAL, PauseReason.EXTENDED_APPROVAL),
        (EventKind.SUSPENDED, EventKind.RESUMED, Procedure.OTHER, PauseReason.OTHER_PROCEDURE),
        (EventKind.SUSPENDED, EventKind.RESUMED, None, PauseReason.OTHER_PROCEDURE),
    ],
)
def test_the_clock_stands_still_and_goes_on(
    begins: EventKind, ends: EventKind, procedure: Procedure | None, reason: PauseReason
):
    """While it stands there is no date, and what is left stays; when it goes on, the date has moved by what did not count."""
    stop = Event("S:b", "S", begins, datetime(2026, 3, 5, 10, tzinfo=ZONE), procedure=procedure)
    for now in (at(3, 5, 11), at(3, 6), at(4, 20)):
        found = read(ACCEPTED, stop, now=now)
        assert found.promised is not None and (found.promised.on, found.promised.days_left, found.promised.late_by) == (
            None,
            7,
            None,
        )
        assert (found.paused_by, found.paused_for) == (stop, reason)
    assert promised(ACCEPTED, stop, now=at(3, 10)).days_paused == 3
    over = Event("S:e", "S", ends, datetime(2026, 3, 10, 16, tzinfo=ZONE))
    found = read(ACCEPTED, stop, over, now=at(3, 11))
    assert found.promised == Due(Limit(10, LimitUnit.WORKING_DAYS), date(2026, 3, 19), 6, 3, 0)
    assert (found.paused_by, found.paused_for) == (None, None)
    assert found.proof == (ACCEPTED, stop, over)


def test_a_pause_within_a_day_takes_nothing_away():
    """The day counts, since the clock ran when it began; and the rows prove nothing."""
    stop, over = event(EventKind.SUSPENDED, 3, 5, 9), event(EventKind.RESUMED, 3, 5, 17)
    found = read(ACCEPTED, stop, over)
    assert found.promised is not None and (found.promised.on, found.promised.days_paused) == (date(2026, 3, 16), 0)
    assert found.proof == (ACCEPTED,)


def test_a_correction_is_ended_by_the_next_one_received_and_not_by_an_earlier():
    """A second demand stops the clock again."""
    first = event(EventKind.CORRECTION_DEMANDED, 3, 3, row="A"), event(EventKind.CORRECTION_RECEIVED, 3, 4, row="B")
    second = event(EventKind.CORRECTION_DEMANDED, 3, 5, row="C")
    found = read(ACCEPTED, *first, second, now=at(3, 9))
    assert found.paused_by == second
    assert found.promised is not None and (found.promised.on, found.promised.days_paused) == (None, 3)
    late = event(EventKind.CORRECTION_RECEIVED, 3, 10, row="D")
    found = read(ACCEPTED, *first, second, late, now=at(3, 11))
    assert found.promised is not None and (found.promised.on, found.promised.days_paused) == (date(2026, 3, 20), 4)


def test_two_pauses_at_once_stop_the_clock_once():
    """A correction inside a procedure takes no day away twice."""
    special = event(EventKind.SUSPENDED, 3, 3, row="S"), event(EventKind.RESUMED, 3, 13, row="S")
    inside = event(EventKind.CORRECTION_DEMANDED, 3, 5, row="A"), event(EventKind.CORRECTION_RECEIVED, 3, 10, row="B")
    assert promised(ACCEPTED, *special, now=at(3, 16)) == promised(ACCEPTED, *special, *inside, now=at(3, 16))


@pytest.mark.parametrize("kind", [EventKind.MATERIAL_DEMANDED, EventKind.VISIT_DEMANDED, EventKind.STEP_TAKEN])
def test_nothing_else_stops_the_clock(kind: EventKind):
    """The standard names corrections and special procedures."""
    assert read(ACCEPTED, event(kind, 3, 3)) == read(ACCEPTED)


def test_a_case_that_ended_is_late_by_what_it_was_then():
    """Nothing runs any more, however much later it is read; an open procedure ended with it."""
    stop, over = event(EventKind.SUSPENDED, 3, 5), event(EventKind.GRANTED, 3, 23, row="E")
    for now in (at(3, 23), at(9, 1)):
        found = read(ACCEPTED, event(EventKind.GRANTED, 3, 18, row="E"), now=now)
        assert found.promised is not None and (found.promised.on, found.promised.days_left, found.promised.late_by) == (
            date(2026, 3, 16), None, 2,
        )  # fmt: skip
    found = read(ACCEPTED, stop, over, now=at(9, 1))
    assert found.paused_by is None and found.proof == (ACCEPTED, stop, over)
    assert found.promised is not None and (found.promised.on, found.promised.late_by) == (date(2026, 4, 1), 0)


def test_a_reopened_case_begins_anew():
    """From the reopening, or from an acceptance after it; the date that was stated for the first time is of no use."""
    before = [ACCEPTED, event(EventKind.REFUSED, 3, 10, row="E"), event(EventKind.REOPENED, 4, 1, row="O")]
    assert promised(*before, stated=date(2026, 3, 16), now=at(4, 2)).on == date(2026, 4, 15)
    assert promised(*before, event(EventKind.ACCEPTED, 4, 8, row="A2"), now=at(4, 9)).on == date(2026, 4, 22)
    assert promised(*before, stated=date(2026, 4, 20), now=at(4, 2)).on == date(2026, 4, 20)


def test_an_annulled_case_is_due_no_more():
    """Until it is reopened nobody knows by when; the limit is shown."""
    due = promised(
        ACCEPTED, event(EventKind.GRANTED, 3, 10, row="E"), event(EventKind.ANNULLED, 4, 1, row="O"), now=at(4, 2)
    )
    assert due == Due(Limit(10, LimitUnit.WORKING_DAYS))


def test_before_the_acceptance_the_limit_is_all_there_is():
    """No date is made up from when the application came in."""
    assert promised(event(EventKind.RECEIVED, 3, 2)) == Due(Limit(10, LimitUnit.WORKING_DAYS))


def test_a_stated_date_is_better_than_our_count():
    """The platform counted it; pauses move it, in working days if nothing else is known, and a day off at its end stays."""
    saturday = date(2026, 3, 14)
    assert promised(ACCEPTED, stated=saturday).on == saturday
    assert promised(ACCEPTED, limit=None, stated=saturday).on == saturday
    pause = event(EventKind.SUSPENDED, 3, 5), event(EventKind.RESUMED, 3, 9)
    assert promised(ACCEPTED, *pause, limit=None, stated=date(2026, 3, 13), now=at(3, 10)).on == date(2026, 3, 17)
    assert promised(*pause, limit=None, stated=date(2026, 3, 13), now=at(3, 10)).on == date(2026, 3, 17)


def test_a_platform_that_states_nothing_has_no_deadline():
    """Neither a limit nor a date."""
    assert deadline_of(Facts("N", "t"), [ACCEPTED], CALENDAR, CHINA, at(3, 4)) is None


def test_days_are_those_of_the_platform():
    """Half past four in the afternoon of UTC is the next day in China: then the clock began a day later."""
    late = Event("A", "A", EventKind.ACCEPTED, datetime(2026, 3, 2, 16, 30, tzinfo=UTC))
    assert promised(late).on == date(2026, 3, 17)
    assert promised(ACCEPTED, now=micros(datetime(2026, 3, 16, 16, 30, tzinfo=UTC))).late_by == 1


def test_beyond_the_table_it_is_provisional_and_a_longer_table_moves_it():
    """Ten working days from 25 December end in the next year, whose days off come to be known."""
    accepted, now = event(EventKind.ACCEPTED, 12, 25), at(12, 28)
    due = promised(accepted, now=now)
    assert (due.on, due.provisional) == (date(2027, 1, 8), True)
    longer = WorkingCalendar(CALENDAR.off | {date(2027, 1, 1)}, CALENDAR.worked, date(2027, 12, 31))
    due = promised(accepted, now=now, calendar=longer)
    assert (due.on, due.provisional) == (date(2027, 1, 11), False)


def test_days_off_do_not_matter_where_all_days_count():
    """Only the last day could give way; a stated date that nothing moved does not even that."""
    limit, accepted = Limit(20, LimitUnit.CALENDAR_DAYS), event(EventKind.ACCEPTED, 12, 25)
    assert promised(accepted, limit=limit, now=at(12, 28)).provisional
    assert not promised(accepted, limit=limit, stated=date(2027, 1, 14), now=at(12, 28)).provisional


@pytest.mark.parametrize(
    "limit",
    [
        Limit(10**17, LimitUnit.WORKING_DAYS),
        Limit(3661, LimitUnit.CALENDAR_DAYS),
        Limit(121, LimitUnit.MONTHS),
        Limit(-1, LimitUnit.MONTHS),
    ],
)
def test_a_limit_that_is_a_placeholder_gives_no_date(limit: Limit):
    """It is shown as it is."""
    assert promised(ACCEPTED, limit=limit) == Due(limit)


def test_times_that_are_placeholders_have_not_happened():
    """Far dates overflow nothing: an acceptance, an end of a pause, a stated date."""
    far = datetime(9998, 12, 31, tzinfo=ZONE)
    begun, over = Event("A", "A", EventKind.ACCEPTED, far), Event("S:e", "R1", EventKind.RESUMED, far)
    assert promised(begun) == Due(Limit(10, LimitUnit.WORKING_DAYS))
    assert read(ACCEPTED, event(EventKind.SUSPENDED, 3, 5), over).paused_by is not None
    assert promised(ACCEPTED, stated=date(9998, 12, 31)).on == date(2026, 3, 16)
    old = Event("S:b", "S", EventKind.SUSPENDED, datetime(1900, 1, 1, tzinfo=ZONE))
    assert promised(Event("A", "A", EventKind.ACCEPTED, datetime(1900, 1, 1, tzinfo=ZONE)), old).on is None
