"""The deadline of a case by walking through every single day: slow, and written from the rules alone."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from domain.calendar import WorkingCalendar
from domain.event import Event, EventKind
from domain.knowledge import Facts
from domain.limit import Limit, LimitUnit

ONE = timedelta(days=1)
ENDS = (EventKind.GRANTED, EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.LAPSED)


@dataclass
class Read:
    """What the clock shows for one limit."""

    on: date | None
    left: int | None
    paused: int
    late: int | None
    provisional: bool


NOTHING = Read(None, None, 0, None, False)


class SlowClock:
    """Events in their order; `now` is an aware time."""

    def __init__(
        self, facts: Facts, events: Sequence[Event], calendar: WorkingCalendar, offset: timedelta, now: datetime
    ) -> None:
        self.facts, self.events, self.calendar = facts, list(events), calendar
        self.zone = timezone(offset)
        self.today = now.astimezone(self.zone).date()
        self.start: date | None = None
        self.end: date | None = None
        self.anew = False
        self._rounds()

    def day(self, event: Event) -> date:
        return event.at.astimezone(self.zone).date()

    def _rounds(self) -> None:
        by_reopening = False
        for event in self.events:
            if event.kind in (EventKind.ANNULLED, EventKind.REOPENED):
                by_reopening = event.kind is EventKind.REOPENED
                self.start = self.day(event) if by_reopening else None
                self.end, self.anew = None, True
            elif event.kind is EventKind.ACCEPTED and (self.start is None or by_reopening):
                self.start, by_reopening = self.day(event), False
            elif event.kind in ENDS and self.end is None:
                self.end = self.day(event)

    def stands(self, day: date) -> bool:
        """Whether the clock stood still when that day began."""
        if self.end and day > self.end:
            return False
        for place, event in enumerate(self.events):
            if event.kind is EventKind.SUSPENDED:
                answers = [one for one in self.events if one.kind is EventKind.RESUMED and one.row == event.row]
            elif event.kind is EventKind.CORRECTION_DEMANDED:
                answers = [one for one in self.events[place:] if one.kind is EventKind.CORRECTION_RECEIVED][:1]
            else:
                continue
            if self.day(event) < day and not any(self.day(one) < day for one in answers):
                return True
        return False

    def works(self, day: date) -> bool:
        if day in self.calendar.worked:
            return True
        return day.weekday() not in (5, 6) and day not in self.calendar.off

    def promised(self) -> Read | None:
        stated = self.facts.promised
        if stated and self.anew and (self.start is None or stated <= self.start):
            stated = None
        if self.facts.promised_limit is None and stated is None:
            return None
        return self._read(self.facts.promised_limit, stated)

    def statutory(self) -> Read | None:
        return self._read(self.facts.statutory_limit, None) if self.facts.statutory_limit else None

    def _first(self, limit: Limit) -> date:
        """The last day, were there no pauses."""
        assert self.start
        day, number = self.start, limit.number
        if limit.unit is LimitUnit.MONTHS:
            months = (day.year * 12 + day.month - 1) + number
            last = day.day
            while True:
                try:
                    return date(months // 12, months % 12 + 1, last)
                except ValueError:
                    last -= 1
        while number:
            day += ONE
            number -= limit.unit is LimitUnit.CALENDAR_DAYS or self.works(day)
        return day

    def _read(self, limit: Limit | None, stated: date | None) -> Read:
        if stated is None and self.start is None:
            return NOTHING
        first = stated or self._first(limit)  # type: ignore[arg-type]
        working = limit is None or limit.unit is LimitUnit.WORKING_DAYS
        days = [self.day(event) for event in self.events]
        begin = self.start or min([first, self.today, *days]) - ONE
        horizon = max([first, self.today, begin, *days]) + 200 * ONE

        def counts(day: date) -> bool:
            return not working or self.works(day)

        budget, day = 0, begin
        while day < first:
            day += ONE
            budget += counts(day)
        run, paused, day = 0, 0, begin
        on = first if first <= begin else None
        while on is None and day < horizon:
            day += ONE
            if counts(day) and not self.stands(day):
                run += 1
            elif counts(day):
                paused += 1
            if day >= first and run == budget:
                on = day
        if on is None:
            return self._standing(budget - run, begin, horizon, counts, working)
        moved = on != stated
        while moved and not self.works(on):
            on += ONE
        known = on <= self.calendar.until or not (working or moved)
        left, day = 0, max(self.today, self.start or self.today)
        while day < on:
            day += ONE
            left += counts(day)
        upto = self.end or self.today
        late = (upto - on).days if upto > on else 0
        return Read(on, None if self.end else left, paused, late, not known)

    def _standing(self, left: int, begin: date, horizon: date, counts: Callable[[date], bool], working: bool) -> Read:
        """The clock stands still and nobody knows until when: what is left will be left when it goes on, today at the soonest."""
        ran = horizon
        while ran > begin and self.stands(ran):
            ran -= ONE
        goes_on = max(ran, self.today)
        paused, day = 0, begin
        while day < goes_on:
            day += ONE
            paused += counts(day) and self.stands(day)
        more = left
        while more:
            day += ONE
            more -= counts(day)
        return Read(None, left, paused, None, working and day > self.calendar.until)
