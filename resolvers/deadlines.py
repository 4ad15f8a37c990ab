"""By when cases are due, as of now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from domain.calendar import WorkingCalendar
from domain.case import Case
from domain.deadline import Deadline, deadline_of
from domain.platform import PlatformCard
from domain.times import CHINA, Micros


@dataclass(frozen=True)
class Deadlines:
    """Works them out at each read, by the calendar and the clock as they are then; nothing is kept."""

    calendar: WorkingCalendar
    platforms: Mapping[str, PlatformCard]
    clock: Callable[[], Micros]

    def of(self, case: Case) -> Deadline | None:
        """None where the platform states neither a limit nor a date."""
        card = self.platforms.get(case.platform)
        return deadline_of(case.facts, case.events, self.calendar, card.offset if card else CHINA, self.clock())
