"""By when a case is due."""

from datetime import date, datetime

import strawberry

from domain.deadline import Deadline, PauseReason
from domain.deadline import Due as DueValue
from domain.limit import LimitUnit
from schema.access import Disclosure, told
from schema.event import MOST_EVENTS, CaseEvent
from schema.price import rows


@strawberry.type(description="A limit as the platform states it, counted from the acceptance.")
class TimeLimit:
    number: int = told("How many of the unit.", Disclosure.STATUS)
    unit: LimitUnit = told("What it is counted in.", Disclosure.STATUS)
    note: str | None = told("What the platform says about it, in its own language.", Disclosure.STATUS)


@strawberry.type(
    description="What follows from one limit. Days left and paused are working days where the limit counts those or is not known."
)
class Due:
    limit: TimeLimit | None = told("The limit; null where the platform states only a date.", Disclosure.STATUS)
    on: date | None = told(
        "The last day in time, in the platform's time zone; null while the clock stands still before it, or does not run yet.",
        Disclosure.STATUS,
    )
    days_left: int | None = told(
        "Days left after today, 0 on the last day and after it; while the clock stands still, how many will be left. Null "
        "before the clock runs, and when the case has ended.",
        Disclosure.STATUS,
    )
    days_paused: int = told("Days that do not count, because the clock stood still.", Disclosure.STATUS)
    late_by: int | None = told(
        "Days after the last day, all of them counted, today or when the case ended; 0 if in time, null like on.",
        Disclosure.STATUS,
    )
    provisional: bool = told(
        "Some of its days lie where the days off are not published yet: the date may still move.", Disclosure.STATUS
    )

    @classmethod
    def of(cls, value: DueValue) -> "Due":
        limit = value.limit
        return cls(
            limit=TimeLimit(number=limit.number, unit=limit.unit, note=limit.note or None) if limit else None,
            on=value.on,
            days_left=value.days_left,
            days_paused=value.days_paused,
            late_by=value.late_by,
            provisional=value.provisional,
        )


@strawberry.type(
    description="By when a case is due, worked out at each read. The clock runs from the day after the acceptance, and stands "
    "still during correction and special procedures."
)
class CaseDeadline:
    promised: Due | None = told("By what the platform promised; null if it promised nothing.", Disclosure.STATUS)
    statutory: Due | None = told("By law; null where the platform does not state that limit.", Disclosure.STATUS)
    paused_since: datetime | None = told(
        "Since when the clock stands still; null if it runs, or has ended.", Disclosure.STATUS
    )
    paused_for: PauseReason | None = told("Why it stands still; null if it does not.", Disclosure.STATUS)
    proof: list[CaseEvent] = told(
        "The events it was worked out of, oldest first: what started the clock, stopped it and ended it. At most 50.",
        Disclosure.PERSONAL,
        size=rows(5),
    )

    @classmethod
    def of(cls, value: Deadline) -> "CaseDeadline":
        return cls(
            promised=Due.of(value.promised) if value.promised else None,
            statutory=Due.of(value.statutory) if value.statutory else None,
            paused_since=value.paused_by.at if value.paused_by else None,
            paused_for=value.paused_for,
            proof=[CaseEvent.of(event) for event in (*value.proof[:1], *value.proof[1:][1 - MOST_EVENTS :])],
        )
