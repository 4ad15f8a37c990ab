"""A case as it is read: what is known of it, and where that leaves it."""

from dataclasses import dataclass
from uuid import UUID

from domain.event import Event
from domain.knowledge import Facts, Knowledge
from domain.standing import Standing, standing_of
from domain.times import Micros


@dataclass(frozen=True, slots=True)
class Case:
    """One case of one party. `observed` is the date of the newest observation behind it."""

    id: UUID
    platform: str
    facts: Facts
    events: tuple[Event, ...]
    standing: Standing
    updated: Micros
    observed: Micros
    has_news: bool = False


def case_of(case_id: UUID, platform: str, known: Knowledge, updated: Micros, has_news: bool) -> Case:
    """Reads a case out of what is known of it."""
    events = known.live()
    return Case(case_id, platform, known.facts.value, events, standing_of(events), updated, known.dated, has_news)


@dataclass(frozen=True, slots=True)
class KeptCase:
    """A case as the index keeps it. `retired`: a later full answer of its platform no longer had it."""

    id: UUID
    platform: str
    known: Knowledge
    updated: Micros
    retired: bool = False
