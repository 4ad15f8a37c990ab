"""A transition: a change of a case that someone may care about, and how it is told."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from domain.event import OUTCOME_OF, UNDOING, Event, EventKind
from domain.standing import standing_of
from domain.times import DAY, HOUR, Micros, micros


class Category(StrEnum):
    """Classes of news, by what they ask of the citizen."""

    ACTION = "action"
    RESULT = "result"
    PROGRESS = "progress"


PUSH_AGE = {Category.ACTION: 14 * DAY, Category.RESULT: 7 * DAY, Category.PROGRESS: 72 * HOUR}
"""Older news than this goes to the inbox and not to the phone."""

BASELINE_AGE: Micros = 72 * HOUR
"""A case first heard of by an event younger than this is news; any other first observation is a baseline."""

CATEGORY_OF = {
    EventKind.RECEIVED: Category.PROGRESS,
    EventKind.ACCEPTED: Category.PROGRESS,
    EventKind.STEP_TAKEN: Category.PROGRESS,
    EventKind.CORRECTION_DEMANDED: Category.ACTION,
    EventKind.CORRECTION_RECEIVED: Category.PROGRESS,
    EventKind.VISIT_DEMANDED: Category.ACTION,
    EventKind.MATERIAL_DEMANDED: Category.ACTION,
    EventKind.SUSPENDED: Category.PROGRESS,
    EventKind.RESUMED: Category.PROGRESS,
    EventKind.GRANTED: Category.RESULT,
    EventKind.REFUSED: Category.RESULT,
    EventKind.WITHDRAWN: Category.RESULT,
    EventKind.LAPSED: Category.RESULT,
    EventKind.ANNULLED: Category.RESULT,
    EventKind.REOPENED: Category.RESULT,
    EventKind.COLLECTED: Category.PROGRESS,
}
"""Events that are news. What is not here (a visit made, material handed over) is seen in the case and told to nobody."""


@dataclass(frozen=True, slots=True)
class Transition:
    """News of one case. `cause` is the natural key of the platform's row behind it; `quiet` news is for the inbox only."""

    case_id: UUID
    kind: EventKind
    cause: str
    at: Micros
    quiet: bool = False

    @property
    def key(self) -> str:
        """Unique for ever: one transition is told once, however often and by whichever way it is learned."""
        return hashlib.sha256(f"{self.case_id.hex}\n{self.kind}\n{self.cause}".encode()).hexdigest()

    @property
    def category(self) -> Category:
        return CATEGORY_OF[self.kind]

    def push_until(self) -> Micros:
        """After this instant it is for the inbox only."""
        return self.at if self.quiet else self.at + PUSH_AGE[self.category]


def transitions_between(
    case_id: UUID, before: Sequence[Event], after: Sequence[Event], now: Micros
) -> list[Transition]:
    """The news in going from the live events `before` to `after`, oldest first.

    A result that no longer holds, with no row that says why, is a quiet reopening dated now: what looks like one may be a
    platform whose answer lagged behind its own event, and then the phone would be told what is not so.
    """
    known = {event.key for event in before}
    news = [
        Transition(case_id, event.kind, event.row, max(0, min(micros(event.at), now)))
        for event in after
        if event.key not in known and event.kind in CATEGORY_OF
    ]
    if standing_of(after).outcome or any(item.kind in UNDOING for item in news):
        return news
    holding = {event.key for event in after}
    undone = (event for event in before if event.kind in OUTCOME_OF and event.key not in holding)
    return news + [Transition(case_id, EventKind.REOPENED, event.row, now, quiet=True) for event in undone]


def first_transitions(case_id: UUID, events: Sequence[Event], happened: Micros, now: Micros) -> list[Transition]:
    """The news in an event about a case never heard of: the newest of what it brings, or nothing if it is old."""
    if now - happened >= BASELINE_AGE:
        return []
    return transitions_between(case_id, (), events, now)[-1:]
