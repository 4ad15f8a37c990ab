"""What a platform says happened to a case, and what each kind of event means for it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Stage(IntEnum):
    """Where a case stands. Exactly one of three, in their order."""

    RECEPTION = 1
    APPROVAL = 2
    COMPLETION = 3


class Outcome(StrEnum):
    """How a completed case ended."""

    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


class EventKind(StrEnum):
    """Kinds of event. A description maps each foreign status to one of these."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    STEP_TAKEN = "step-taken"
    CORRECTION_DEMANDED = "correction-demanded"
    CORRECTION_RECEIVED = "correction-received"
    VISIT_DEMANDED = "visit-demanded"
    VISIT_MADE = "visit-made"
    MATERIAL_DEMANDED = "material-demanded"
    MATERIAL_RECEIVED = "material-received"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    ANNULLED = "annulled"
    REOPENED = "reopened"
    COLLECTED = "collected"


OUTCOME_OF = {
    EventKind.GRANTED: Outcome.GRANTED,
    EventKind.REFUSED: Outcome.REFUSED,
    EventKind.WITHDRAWN: Outcome.WITHDRAWN,
    EventKind.LAPSED: Outcome.LAPSED,
}
"""Events that end a case, with how."""

UNDOING = frozenset({EventKind.ANNULLED, EventKind.REOPENED})
"""Events after which earlier results no longer count."""

RECEPTION_KINDS = frozenset(
    {
        EventKind.RECEIVED,
        EventKind.ACCEPTED,
        EventKind.CORRECTION_DEMANDED,
        EventKind.CORRECTION_RECEIVED,
        EventKind.MATERIAL_DEMANDED,
        EventKind.MATERIAL_RECEIVED,
    }
)
"""Events that leave a case at the front desk; any other says that handling has begun."""


class Procedure(StrEnum):
    """Kinds of special procedure: code set of GB/T 39046-2020, annex A."""

    EXTENDED_APPROVAL = "extended-approval"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `procedure`: which, where a special procedure begins or ends and its platform says.

    `key` is the natural key of the platform's row, with the kind: unique within the case. `row` is that row alone, so that
    the beginning and the end of one thing can be paired. `at` keeps the platform's UTC offset.
    """

    key: str
    row: str
    kind: EventKind
    at: datetime
    title: str = ""
    detail: str = ""
    unit: str = ""
    procedure: Procedure | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Sorts events by time, and those of one instant always alike."""
        return self.at, self.key
