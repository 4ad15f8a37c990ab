"""Which days are worked: weekdays, but for days off and for weekend days that make up for them."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate

_FRIDAY = 4


@dataclass(frozen=True)
class WorkingCalendar:
    """`off`: days off beside weekends. `worked`: weekend days that are worked. A day in both is worked.

    `until`: the last day of which the table knows. Later days off may be named in it all the same, but others may be missing.
    """

    off: frozenset[date]
    worked: frozenset[date]
    until: date

    def is_working(self, day: date) -> bool:
        return day in self.worked or (day.weekday() <= _FRIDAY and day not in self.off)

    def knows(self, day: date) -> bool:
        """Whether the table reaches to it. Beyond, a weekday is taken for a working day until the table says otherwise."""
        return day <= self.until

    def count(self, after: date, until: date) -> int:
        """How many days are worked of those that follow `after`, `until` itself included; 0 if none follow."""
        return max(0, self._before(until.toordinal() + 1) - self._before(after.toordinal() + 1))

    def nth(self, after: date, number: int) -> date:
        """The last of `number` working days that follow `after`; `after` itself for 0."""
        if number <= 0:
            return after
        start = after.toordinal()
        wanted = self._before(start + 1) + number
        # Even if every day off fell into it, so many days hold that many working days.
        most = start + number * 7 // 5 + 7 + len(self.off) * 2
        found = bisect_left(range(start + 1, most), wanted, key=lambda day: self._before(day + 1))
        return date.fromordinal(start + 1 + found)

    def _before(self, ordinal: int) -> int:
        """Working days before that day, from the first of all days, which was a Monday."""
        weeks, days = divmod(ordinal - 1, 7)
        places, sums = self._exceptions
        return weeks * 5 + min(days, 5) + sums[bisect_left(places, ordinal)]

    @cached_property
    def _exceptions(self) -> tuple[list[int], list[int]]:
        """The days that are not what their weekday says, and by how much the days before each of them make the count differ."""
        less = {day.toordinal(): -1 for day in self.off - self.worked if day.weekday() <= _FRIDAY}
        more = {day.toordinal(): 1 for day in self.worked if day.weekday() > _FRIDAY}
        places = sorted(less | more)
        return places, [0, *accumulate((less | more)[place] for place in places)]
