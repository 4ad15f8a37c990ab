"""The book of a generated platform: what each persona has behind them there on the first morning."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zlib import crc32

from simulator.dates import office_hours
from simulator.personas import ORGANISATION, PERSONAS, Holder, Persona
from simulator.provinces.divisions import Division
from simulator.provinces.items import items_of
from simulator.provinces.life import Case, Licence, licence, receive, take

_LIVES = (
    (1, ""), (6, "accepted review"), (9, "accepted correction"), (14, "accepted review visit"), (21, "accepted special"),
    (30, "accepted review granted"), (33, "accepted review refused"), (12, "accepted material"),
    (40, "accepted review granted collected"), (16, "accepted correction corrected review"),
)  # fmt: skip
"""How long ago a case was handed in, in days, and its steps since then, a day apart."""

_EVERYWHERE, _NOWHERE, _ONE_IN = ("he-org",), ("new", "many"), 6


@dataclass
class Book:
    """What the platform holds. Cases by number, in the order in which they were handed in."""

    cases: dict[str, Case] = field(default_factory=dict)
    licences: list[Licence] = field(default_factory=list)

    def cases_of(self, kind: str, number: str) -> list[Case]:
        """Those of one party, the newest first."""
        found = [case for case in self.cases.values() if _is(case.persona.holder, kind, number)]
        return sorted(found, key=lambda case: (case.happenings[0].at, case.number), reverse=True)

    def licences_of(self, kind: str, number: str) -> list[Licence]:
        """Those of one party."""
        return [one for one in self.licences if _is(one.persona.holder, kind, number)]

    def step(self, case: Case, step: str, at: datetime) -> None:
        """Do this step. Raises ImpossibleError."""
        if made := take(case, step, at):
            self.licences.append(made)
        for one in self.licences if step in ("annulled", "reopened") else ():
            if one.case == case.number and one.state == "valid":
                one.state, one.updated = "revoked" if step == "annulled" else "suspended", case.updated


def first_book(division: Division, now: datetime, seed: int) -> Book:
    """The whole book, a pure function of all three: the company has business everywhere, others here and there."""
    book = Book()
    for persona in PERSONAS.values():
        chance = crc32(f"{seed}/{division.code}/{persona.name}".encode())
        if persona.name in _EVERYWHERE or (persona.name not in _NOWHERE and chance % _ONE_IN == 0):
            _first_business(book, division, persona, now, chance >> 8)
    return book


def _first_business(book: Book, division: Division, persona: Persona, now: datetime, chance: int) -> None:
    items = items_of(division)
    for place in range(1 + chance % 2):
        days, steps = _LIVES[(chance + place) % len(_LIVES)]
        item, begun = items[(chance + place) % len(items)], now - timedelta(days=days)
        number = f"{division.division}{begun:%y%m%d}{len(book.cases) + 1:06d}"
        case = book.cases[number] = receive(number, persona, item, office_hours(begun, number))
        for day, step in enumerate(steps.split(), 1):
            book.step(case, step, office_hours(begun + timedelta(days=day), number + step))
    if persona.holder.kind == ORGANISATION:
        at = office_hours(now - timedelta(days=400), division.code)
        book.licences.append(licence(f"{division.code}JY{chance % 10**6:06d}", persona, items[0], at))


def _is(holder: Holder, kind: str, number: str) -> bool:
    return (holder.kind, holder.number) == (kind, number)
