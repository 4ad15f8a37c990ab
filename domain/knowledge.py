"""A case: what is known of it, and what follows.

Knowledge is a set of last-writer-wins registers: one for the facts, one for each event, and one for "this was everything".
Learning is taking, register by register, the one of the later date; so any order and any repetition of the same
observations ends in the same knowledge, and an old answer undoes nothing (docs/adr/0004).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, TypeVar

from domain.event import Event, EventKind
from domain.limit import Limit
from domain.times import Micros, micros

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a platform says of a case that is not an event. Texts are in the platform's own language."""

    number: str
    title: str
    applicant: str = ""
    basic_code: str = ""
    implementation_code: str = ""
    handling_code: str = ""
    unit: str = ""
    hotline: str = ""
    promised: date | None = None
    channel: str = ""
    promised_limit: Limit | None = None
    statutory_limit: Limit | None = None


@dataclass(frozen=True, slots=True)
class Learned(Generic[T]):
    """A value and the date of the observation that taught it."""

    value: T
    dated: Micros


@dataclass(frozen=True, slots=True)
class CaseObservation:
    """What one question or one event said about one case.

    `dated`: when the question was sent or the event happened. `full`: whether it held every event of the case, so that a
    missing one is known to be gone.
    """

    facts: Facts
    events: tuple[Event, ...]
    dated: Micros
    full: bool


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that observations have taught about one case."""

    facts: Learned[Facts]
    events: Mapping[str, Learned[Event]] = field(default_factory=dict)
    full_at: Micros = 0

    @property
    def dated(self) -> Micros:
        """The date of the newest observation in it."""
        return max(self.facts.dated, self.full_at, *(known.dated for known in self.events.values()), 0)

    def live(self) -> tuple[Event, ...]:
        """The events that hold, oldest first: those that no later full answer left out."""
        holding = (known.value for known in self.events.values() if known.dated >= self.full_at)
        return tuple(sorted(holding, key=lambda event: event.order))

    def updated(self, received: Micros) -> Micros:
        """The time of the newest live event, never later than `received`, so that no platform's clock sorts first for ever."""
        newest = max((micros(event.at) for event in self.live()), default=received)
        return max(0, min(newest, received))


def knowledge_of(observation: CaseObservation) -> Knowledge:
    """What is known when `observation` is all that there is."""
    return Knowledge(
        facts=Learned(observation.facts, observation.dated),
        events={event.key: Learned(event, observation.dated) for event in observation.events},
        full_at=observation.dated if observation.full else 0,
    )


def join(one: Knowledge, other: Knowledge) -> Knowledge:
    """Both together. Commutative, associative and idempotent."""
    return Knowledge(
        facts=_later(one.facts, other.facts),
        events={
            key: _latest(one.events.get(key), other.events.get(key)) for key in one.events.keys() | other.events.keys()
        },
        full_at=max(one.full_at, other.full_at),
    )


def confirm(known: Knowledge, at: Micros) -> Knowledge:
    """What is known after a full answer dated `at` said the same again."""
    return Knowledge(
        facts=Learned(known.facts.value, max(known.facts.dated, at)),
        events={
            key: Learned(item.value, max(item.dated, at)) if item.dated >= known.full_at else item
            for key, item in known.events.items()
        },
        full_at=max(known.full_at, at),
    )


def learn(known: Knowledge | None, observation: CaseObservation) -> Knowledge:
    """What is known after `observation`, on top of `known` if there was anything."""
    lesson = knowledge_of(observation)
    return lesson if known is None else join(known, lesson)


def same(one: Knowledge, other: Knowledge) -> bool:
    """Whether both say the same, whenever they learned it."""
    return one.facts.value == other.facts.value and one.live() == other.live()


def is_torn(known: Knowledge) -> bool:
    """Whether a case of which this is all that is known has a past that nobody told us.

    Events bring only rows that are new or changed: where the first of them says more than that the application was handed
    in, others may have come before it.
    """
    beginning = all(item.value.kind is EventKind.RECEIVED for item in known.events.values())
    return not known.full_at and not beginning


def _later(one: Learned[T], other: Learned[T]) -> Learned[T]:
    if one.dated != other.dated:
        return one if one.dated > other.dated else other
    # Two observations of one date: which wins does not matter, but it must be the same one on every machine.
    return one if repr(one.value) >= repr(other.value) else other


def _latest(one: Learned[T] | None, other: Learned[T] | None) -> Learned[T]:
    if one is None or other is None:
        known = one or other
        assert known is not None, "a key comes from one side or the other"
        return known
    return _later(one, other)
