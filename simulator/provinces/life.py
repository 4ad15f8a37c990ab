"""The life of a case: which step may follow which, and what it leaves behind. Of every generated platform alike."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.personas import Persona
from simulator.platform import ImpossibleError
from simulator.provinces.items import Item

_UNFINISHED = "received accepted review correction visit material special"

STEPS: dict[str, frozenset[str]] = {
    step: frozenset(after.split())
    for step, after in {
        "accepted": "received",
        "review": "accepted visit",
        "correction": "received accepted review",
        "corrected": "correction material",
        "visit": "accepted review material",
        "material": "accepted review visit",
        "special": "accepted review",
        "resume": "special",
        "granted": "accepted review visit",
        "refused": "received accepted review visit",
        "withdrawn": _UNFINISHED,
        "lapsed": "correction visit material",
        "annulled": "granted refused collected",
        "reopened": "granted refused lapsed annulled collected",
        "collected": "granted",
    }.items()
}
"""Each step, and the phases that it may follow."""

_NATURAL = {
    "received": "accepted", "accepted": "review", "review": "granted", "correction": "corrected", "material": "corrected",
    "visit": "review", "special": "resume", "granted": "collected", "annulled": "reopened",
}  # fmt: skip
_OUTCOMES = {
    "granted": "granted",
    "collected": "granted",
    "refused": "refused",
    "withdrawn": "withdrawn",
    "lapsed": "lapsed",
}
_HANDLING = {"review", "visit", "special", "reopened"}

WAITING = {"visit": "visited", "material": "supplied", "special": "resumed", "correction": "corrected"}
"""What is waited for, and the word for its end: both have the same row."""


@dataclass(frozen=True)
class Happening:
    """One thing that happened. `word`: the step, or that something ended which was waited for."""

    row: str
    word: str
    at: datetime
    title: str
    detail: str | None = None


@dataclass
class Case:
    """`rest`: the phase that it returns to once nothing is waited for."""

    number: str
    persona: Persona
    item: Item
    happenings: list[Happening] = field(default_factory=list)
    phase: str = "received"
    rest: str = "received"
    last_step: str = "received"
    promised: datetime | None = None

    @property
    def updated(self) -> datetime:
        return self.happenings[-1].at

    def first(self, word: str) -> datetime | None:
        """When this happened first."""
        return next((one.at for one in self.happenings if one.word == word), None)


@dataclass
class Licence:
    """`case`: the number of the case that it came out of."""

    number: str
    persona: Persona
    item: Item
    issued: datetime
    until: datetime
    updated: datetime
    state: str = "valid"
    case: str | None = None


def receive(number: str, persona: Persona, item: Item, at: datetime) -> Case:
    """A new case, handed in and not yet accepted."""
    case = Case(number, persona, item)
    _write(case, "received", at)
    return case


def stage(case: Case) -> str:
    """Reception, approval or completion, as the platform's own staff would say."""
    if case.phase in _OUTCOMES:
        return "completion"
    return "approval" if any(one.word in _HANDLING for one in case.happenings) else "reception"


def outcome(case: Case) -> str | None:
    """How it ended, if it has."""
    return _OUTCOMES.get(case.phase)


def natural(case: Case) -> str:
    """The step that would come next by itself. Raises ImpossibleError when the life of the case is over."""
    if case.phase not in _NATURAL:
        raise ImpossibleError(f"the case is {case.phase}: nothing comes by itself after that; name a step")
    return _NATURAL[case.phase]


def take(case: Case, step: str, at: datetime) -> Licence | None:
    """Do this step; the licence that it leads to, if any. Raises ImpossibleError, having changed nothing."""
    if case.phase not in STEPS[step]:
        raise ImpossibleError(f"{step} cannot follow {case.phase}; it follows {', '.join(sorted(STEPS[step]))}")
    at = max(at, case.updated + timedelta(seconds=1))
    _end_waiting(case, step, at)
    if step not in ("corrected", "resume"):
        _write(case, step, at)
    if step == "accepted":
        case.promised = at + timedelta(days=case.item.days)
    case.phase, case.rest, case.last_step = *_then(case, step), step
    return _issued(case, at) if step == "granted" and case.item.licence else None


def licence(number: str, persona: Persona, item: Item, at: datetime, case: str | None = None) -> Licence:
    """A licence issued at a moment, good for as many years as the item says."""
    until = at.replace(year=at.year + item.years, day=min(at.day, 28))
    return Licence(number, persona, item, at, until, at, case=case)


def _then(case: Case, step: str) -> tuple[str, str]:
    """The phase after this step, and the one to return to."""
    if step in ("corrected", "resume"):
        return case.rest, case.rest
    if step == "reopened":
        return "accepted", "accepted"
    return step, step if step in ("accepted", "review") else case.rest


_ENDED_BY = {
    "correction": {"corrected"}, "material": {"corrected"}, "visit": {"review", "granted", "refused"}, "special": {*STEPS},
}  # fmt: skip
"""The steps with which each ends that is waited for."""


def _end_waiting(case: Case, step: str, at: datetime) -> None:
    """What was waited for, and has not ended yet, ends with this step or stays owed."""
    ended = {one.row for one in case.happenings if one.word in WAITING.values()}
    for one in [one for one in case.happenings if one.word in WAITING and one.row not in ended]:
        if step in _ENDED_BY[one.word]:
            _write(case, WAITING[one.word], at, one.row)


def _issued(case: Case, at: datetime) -> Licence:
    return licence(f"{case.number}-Z", case.persona, case.item, at, case.number)


def _write(case: Case, word: str, at: datetime, row: str | None = None) -> None:
    row = row or f"{len(case.happenings) + 1:03d}"
    case.happenings.append(Happening(row, word, at, *case.item.said(word)))
