"""By when a case is due: a clock that stands still while the case waits for the citizen or for a special procedure.

It counts days of the platform's own time. A day counts if the clock ran when the day began, so neither the day of the
acceptance counts nor that on which a pause ends; the day on which one begins does (Civil Code, article 201). The clock stops
during correction and special procedure, which GB/T 39046-2020 names, and for nothing else. What began and has no known end
goes on, also across a reopening, as in domain.standing. A last day off gives way to the next working day (Civil Code, article
203).

Nothing here is kept: the answer is worked out anew at each read, so another day or another calendar gives another answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone
from enum import StrEnum

from domain.calendar import WorkingCalendar
from domain.event import OUTCOME_OF, UNDOING, Event, EventKind, Procedure
from domain.knowledge import Facts
from domain.limit import LONGEST_DAYS, Limit, LimitUnit
from domain.times import Micros, moment

HORIZON = timedelta(days=LONGEST_DAYS)
"""What is dated later than this from now is a placeholder: it has not happened, and nothing is promised for it."""


class PauseReason(StrEnum):
    """Why the clock stands still."""

    CORRECTION = "correction"
    EXTENDED_APPROVAL = "extended-approval"
    OTHER_PROCEDURE = "other-procedure"


@dataclass(frozen=True, slots=True)
class Due:
    """What follows from one limit.

    `days_left` and `days_paused` count working days where the limit does or is not known, else days; `late_by` counts days.
    `on` and `late_by` are None while the clock stands still before its last day, where `days_left` says what will be left when
    it goes on, and before it runs. A case that ended has no days left, and is late by as much as it was when it ended.
    `provisional`: some of its days lie where the calendar knows no days off yet.
    """

    limit: Limit | None
    on: date | None = None
    days_left: int | None = None
    days_paused: int = 0
    late_by: int | None = None
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Deadline:
    """By promise and by law, the event since which the clock stands still, and the events that prove it, oldest first."""

    promised: Due | None
    statutory: Due | None
    paused_by: Event | None
    proof: tuple[Event, ...]

    @property
    def paused_for(self) -> PauseReason | None:
        """Of several reasons the first."""
        if self.paused_by is None:
            return None
        if self.paused_by.kind is EventKind.CORRECTION_DEMANDED:
            return PauseReason.CORRECTION
        extended = self.paused_by.procedure is Procedure.EXTENDED_APPROVAL
        return PauseReason.EXTENDED_APPROVAL if extended else PauseReason.OTHER_PROCEDURE


def deadline_of(
    facts: Facts, events: Sequence[Event], calendar: WorkingCalendar, offset: timedelta, now: Micros
) -> Deadline | None:
    """By when the case is due, of its live events, oldest first; None if its platform states neither limit nor date.

    `offset`: the UTC offset by which the platform's days begin. Any sequence of events has an answer.
    """
    if not (facts.promised or facts.promised_limit or facts.statutory_limit):
        return None
    zone, at = timezone(offset), moment(now)
    dates = _Dates(zone, at.astimezone(zone).date(), at + HORIZON)
    clock = _clock(dates, [event for event in events if event.kind in _MATTERING and event.at <= dates.horizon])
    stated = facts.promised if clock.takes(facts.promised) else None
    promised = _due(clock, calendar, facts.promised_limit, stated) if facts.promised_limit or stated else None
    statutory = _due(clock, calendar, facts.statutory_limit, None) if facts.statutory_limit else None
    return Deadline(promised, statutory, clock.paused_by, clock.proof) if promised or statutory else None


_MATTERING = UNDOING | OUTCOME_OF.keys() | {
    EventKind.ACCEPTED,
    EventKind.CORRECTION_DEMANDED,
    EventKind.CORRECTION_RECEIVED,
    EventKind.SUSPENDED,
    EventKind.RESUMED,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Dates:
    """The days of the platform."""

    zone: timezone
    today: date
    horizon: datetime

    def of(self, event: Event) -> date:
        return event.at.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Pause:
    """The days after `after` up to and with `until` do not count; None: it goes on."""

    after: date
    until: date | None
    rows: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class _Clock:
    """`start`: the day of the acceptance; `anew`: an earlier one no longer counts. Pauses begin after it and do not overlap."""

    today: date
    start: date | None
    anew: bool
    end: date | None
    pauses: tuple[_Pause, ...]
    paused_by: Event | None
    proof: tuple[Event, ...]

    def takes(self, stated: date | None) -> bool:
        """Whether a stated date says something of the clock that runs: no placeholder, and none of an earlier round."""
        if stated is None or stated > self.today + HORIZON:
            return False
        return not self.anew or (self.start is not None and stated > self.start)


def _clock(dates: _Dates, events: Sequence[Event]) -> _Clock:
    undone = max((place for place, event in enumerate(events) if event.kind in UNDOING), default=-1)
    later = events[undone + 1 :]
    begun = next((event for event in later if event.kind is EventKind.ACCEPTED), None)
    if begun is None and undone >= 0 and events[undone].kind is EventKind.REOPENED:
        begun = events[undone]
    ended = next((event for event in later if event.kind in OUTCOME_OF), None)
    start, end = (dates.of(event) if event else None for event in (begun, ended))
    pauses = [part for stop in _stops(dates, events, end) if (part := _since(stop, start))]
    used = {event.key for event in (begun, ended, *(row for pause in pauses for row in pause.rows)) if event}
    paused_by = None if ended else next((pause.rows[0] for pause in pauses if pause.until is None), None)
    proof = tuple(event for event in events if event.key in used)
    return _Clock(dates.today, start, undone >= 0, end, tuple(_apart(pauses)), paused_by, proof)


def _stops(dates: _Dates, events: Sequence[Event], end: date | None) -> list[_Pause]:
    """Each pause by itself, oldest first. A procedure ends by its own row, a correction by the next that is received."""
    resumed = {event.row: event for event in events if event.kind is EventKind.RESUMED}
    received: Event | None = None
    stops = []
    for event in reversed(events):
        if event.kind is EventKind.CORRECTION_RECEIVED:
            received = event
        if event.kind not in (EventKind.SUSPENDED, EventKind.CORRECTION_DEMANDED):
            continue
        over = resumed.get(event.row) if event.kind is EventKind.SUSPENDED else received
        until = min((day for day in (over and dates.of(over), end) if day), default=None)
        stops.append(_Pause(dates.of(event), until, (event, over) if over else (event,)))
    return stops[::-1]


def _since(pause: _Pause, start: date | None) -> _Pause | None:
    """The part of it that lies after the start, if there is one."""
    after = max(pause.after, start or pause.after)
    if pause.until and pause.until <= after:
        return None
    return pause if after == pause.after else replace(pause, after=after)


def _apart(pauses: Sequence[_Pause]) -> list[_Pause]:
    """The same days, and no two pauses that meet."""
    apart: list[_Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.after):
        last = apart[-1] if apart else None
        if last and (last.until is None or pause.after <= last.until):
            until = max(last.until, pause.until) if last.until and pause.until else None
            apart[-1] = replace(last, until=until)
        else:
            apart.append(pause)
    return apart


def _due(clock: _Clock, calendar: WorkingCalendar, limit: Limit | None, stated: date | None) -> Due:
    """`stated`: the last day as the platform counted it, before any pause. Its own count is better than ours."""
    first = stated or (limit.end(clock.start, calendar) if limit and clock.start else None)
    if first is None:
        return Due(limit)
    # Limits are counted in working days, unless they say otherwise (Administrative Licensing Law, article 82).
    working = limit is None or limit.unit is LimitUnit.WORKING_DAYS
    count, nth = (calendar.count, calendar.nth) if working else (_count, _nth)
    on, paused = first, 0
    for pause in clock.pauses:
        if not (left := count(pause.after, on)):
            break
        until = pause.until or max(pause.after, clock.today)
        on, paused = nth(until, left), paused + count(pause.after, until)
        if pause.until is None:
            return Due(limit, None, left, paused, None, working and not calendar.knows(on))
    if on != stated and not calendar.is_working(on):
        on = calendar.nth(on, 1)
    provisional = not calendar.knows(on) and (working or on != stated)
    ahead = None if clock.end else count(max(clock.today, clock.start or clock.today), on)
    return Due(limit, on, ahead, paused, max(0, ((clock.end or clock.today) - on).days), provisional)


def _count(after: date, until: date) -> int:
    return max(0, (until - after).days)


def _nth(after: date, number: int) -> date:
    return after + timedelta(days=number)
