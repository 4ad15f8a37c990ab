"""What the platform holds, in its own words, and where to find it. Every row but a case itself has an id within its case."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from simulator.personas import Holder, Persona
from simulator.platform33.catalogue import Item


@dataclass
class Step:
    """A handling step (huanjie); `word` is its status. It runs until it has an end and a verdict."""

    id: str
    word: str
    name: str
    start: datetime
    officer: str
    end: datetime | None = None
    verdict: str | None = None
    opinion: str | None = None


@dataclass
class Pause:
    """A special procedure (zanting)."""

    id: str
    word: str
    reason: str
    start: datetime
    end: datetime | None = None


@dataclass
class Paper:
    """A material (cailiao). `demanded` only if it was demanded beyond the published list."""

    id: str
    name: str
    source: str
    demanded: datetime | None = None
    received: datetime | None = None


@dataclass
class Result:
    """A result (jieguo)."""

    id: str
    word: str
    at: datetime
    certificate: "Certificate | None" = None
    handover: str | None = None
    rating: str | None = None
    note: str | None = None


@dataclass
class Certificate:
    """A licence (zhengzhao); `until` None has no end."""

    holder: Holder
    item: Item
    identifier: str
    number: str
    issued: datetime
    until: datetime | None
    word: str
    updated: datetime
    case: str | None = None


@dataclass
class Case:
    """One case (banjian). `phase` is where it is in its life; `updated` the time of its newest row."""

    number: str
    persona: Persona
    item: Item
    channel: str
    applied: datetime
    updated: datetime
    accepted: datetime | None = None
    promised: datetime | None = None
    steps: list[Step] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    phase: str = "received"
    last_step: str = "received"

    def running(self, *words: str) -> Iterator[Step]:
        """The steps of these words that have not ended."""
        return (step for step in self.steps if step.word in words and step.end is None)


class Book:
    """All cases and licences of the platform."""

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.certificates: list[Certificate] = []

    def cases_of(self, kind: str, number: str) -> list[Case]:
        """The cases of one party, the newest application first."""
        found = [case for case in self.cases.values() if _same(case.persona.holder, kind, number)]
        return sorted(found, key=lambda case: (case.applied, case.number), reverse=True)

    def certificates_of(self, kind: str, number: str) -> list[Certificate]:
        """The licences of one party, the newest issue first."""
        found = [one for one in self.certificates if _same(one.holder, kind, number)]
        return sorted(found, key=lambda one: (one.issued, one.identifier), reverse=True)


def _same(holder: Holder, kind: str, number: str) -> bool:
    return (holder.kind, holder.number) == (kind, number)
