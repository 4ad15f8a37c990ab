"""Events of cases."""

from datetime import datetime

import strawberry

from domain.event import Event, EventKind, Procedure
from schema.access import Disclosure, told

MOST_EVENTS = 50


@strawberry.type(description="Something that happened to a case.")
class CaseEvent:
    kind: EventKind = told("What happened.", Disclosure.STATUS)
    at: datetime = told("When, with the platform's own UTC offset.", Disclosure.STATUS)
    title: str | None = told("The platform's own name for it.", Disclosure.STATUS)
    detail: str | None = told("What the platform says about it.", Disclosure.PERSONAL)
    unit: str | None = told("Which unit did it.", Disclosure.STATUS)
    procedure: Procedure | None = told(
        "Which special procedure, where one began or ended and the platform says.", Disclosure.STATUS
    )

    @classmethod
    def of(cls, value: Event) -> "CaseEvent":
        return cls(
            kind=value.kind,
            at=value.at,
            title=value.title or None,
            detail=value.detail or None,
            unit=value.unit or None,
            procedure=value.procedure,
        )
