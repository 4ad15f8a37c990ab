"""How long a platform may take, as it states it: so many working days, days or months from the acceptance."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.calendar import WorkingCalendar

LONGEST_DAYS, LONGEST_MONTHS = 3660, 120
"""About ten years. What is longer is a placeholder and no limit."""


class LimitUnit(StrEnum):
    """What a limit is counted in."""

    WORKING_DAYS = "working-days"
    CALENDAR_DAYS = "calendar-days"
    MONTHS = "months"


@dataclass(frozen=True, slots=True)
class Limit:
    """`note` is the platform's own word on it, in its own language."""

    number: int
    unit: LimitUnit
    note: str = ""

    def end(self, start: date, calendar: WorkingCalendar) -> date | None:
        """The last day if the clock never stops; None for a placeholder.

        The day of the start does not count, and a month ends on the day of the same number, or on its last (Civil Code,
        articles 201 and 202). That a last day off gives way to the next working day is not done here.
        """
        if not 0 <= self.number <= (LONGEST_MONTHS if self.unit is LimitUnit.MONTHS else LONGEST_DAYS):
            return None
        match self.unit:
            case LimitUnit.WORKING_DAYS:
                return calendar.nth(start, self.number)
            case LimitUnit.CALENDAR_DAYS:
                return start + timedelta(days=self.number)
            case LimitUnit.MONTHS:
                years, month = divmod(start.month - 1 + self.number, 12)
                year = start.year + years
                return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
