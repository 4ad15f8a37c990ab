"""What the platform holds: matters with their links, certificates, and where to find them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

from simulator.personas import Holder, Persona
from simulator.platform31.catalogue import Item


class LinkCode(IntEnum):
    """Handling links, by their numbers."""

    RECEIVE = 1
    ACCEPT = 2
    REVIEW = 3
    COMPLETE = 4
    SUPPLEMENT = 11
    SUSPEND = 12
    OTHER = 99


class OtherCode(IntEnum):
    """What a link of code 99 is."""

    ANYTHING = 9900
    VISIT = 9901
    REOPENED = 9902
    COLLECTED = 9903


@dataclass
class Certificate:
    """A licence. `until` None has no end; `status` 10 valid, 20 suspended, 30 revoked, 40 cancelled, 50 expired."""

    holder: Holder
    item: Item
    identifier: str
    number: str
    issued: datetime
    until: datetime | None
    updated: datetime
    status: int = 10
    matter_no: str | None = None


@dataclass
class Result:
    """How a complete link ended."""

    code: str
    decided: datetime
    reason: str | None = None
    certificate: Certificate | None = None
    delivery: int | None = None


@dataclass
class Link:
    """One handling link."""

    id: str
    code: LinkCode
    name: str
    started: datetime
    ended: datetime | None = None
    other: OtherCode | None = None
    handler: str | None = None
    opinion: str | None = None
    special: int | None = None
    result: Result | None = None


@dataclass
class Material:
    """One material; `demanded` if it is beyond the published list."""

    id: str
    name: str
    form: int
    demanded: datetime | None = None
    received: datetime | None = None


@dataclass
class Matter:
    """One case. `phase` is where it is in its life, `rated` the moment of the rating, `satisfaction` 1 to 5."""

    number: str
    persona: Persona
    item: Item
    channel: int
    applied: datetime
    updated: datetime
    accepted: datetime | None = None
    promised: datetime | None = None
    links: list[Link] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    satisfaction: int | None = None
    rated: datetime | None = None
    phase: str = "received"
    last_step: str = "received"

    def open_links(self, *codes: int) -> list[Link]:
        """The links of these codes (of either table) that run."""
        return [link for link in self.links if link.ended is None and (link.code in codes or link.other in codes)]


class Registry:
    """All matters and certificates of the platform."""

    def __init__(self) -> None:
        self.matters: dict[str, Matter] = {}
        self.certificates: list[Certificate] = []

    def matters_of(self, kind: str, number: str) -> list[Matter]:
        """The matters of one party, the newest application first."""
        found = [one for one in self.matters.values() if one.persona.holder.number == number]
        found = [one for one in found if one.persona.holder.kind == kind]
        return sorted(found, key=lambda one: (one.applied, one.number), reverse=True)

    def certificates_of(self, kind: str, number: str) -> list[Certificate]:
        """The certificates of one party, the newest issue first."""
        found = [one for one in self.certificates if one.holder.number == number and one.holder.kind == kind]
        return sorted(found, key=lambda one: (one.issued, one.identifier), reverse=True)
