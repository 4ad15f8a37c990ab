"""How rows become cases and licences: `[cases]` and `[licences]`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.event import EventKind, Procedure
from domain.licence import LicenceState
from domain.limit import LimitUnit
from integrations.form.parts import Part, Place

PROCEDURAL = {EventKind.SUSPENDED, EventKind.RESUMED}
"""Kinds of event that are the beginning and the end of a special procedure."""


class Choice(Part):
    """A closed table from a foreign word to one of ours. A word that is not in it is `otherwise`, or drift.

    Words in `ignored` are known and say nothing that another row does not say as well.
    """

    by: Place
    table: dict[str, EventKind]
    ignored: tuple[str, ...] = ()
    otherwise: EventKind | None = None


class When(Part):
    field: Place
    equals: str


class Words(Part):
    """A table from a code to a text in the platform's own language. A code that is not in it is shown as it is."""

    by: Place
    table: dict[str, str]


class Procedures(Part):
    """Which special procedure: a closed table. A word that is not in it is drift, none at all is not known."""

    by: Place
    table: dict[str, Procedure]


class EventRule(Part):
    """Each row of `rows` that meets `when` and has a time at `at` is an event. Without `key` there is one such row a case."""

    rows: Place
    key: Place | None = None
    kind: EventKind | Choice
    at: Place
    when: tuple[When, ...] = ()
    title: Place | Words | None = None
    detail: Place | Words | None = None
    unit: Place | None = None
    procedure: Procedures | None = None

    @model_validator(mode="after")
    def _suspends(self) -> "EventRule":
        kinds = {self.kind} if isinstance(self.kind, EventKind) else {*self.kind.table.values()}
        if self.procedure and not kinds & PROCEDURAL:
            raise ValueError("expected procedure only where kind is suspended or resumed")
        return self


class CaseFields(Part):
    number: Place
    title: Place
    applicant: Place | None = None
    basic_code: Place | None = None
    implementation_code: Place | None = None
    handling_code: Place | None = None
    unit: Place | None = None
    hotline: Place | None = None
    promised: Place | None = None
    channel: Place | None = None


Lengths = tuple[Annotated[int, Field(ge=1, le=50)], ...]


class CodeLengths(Part):
    """Of how many characters the codes of items are, by the fact. One of another length is drift, none at all is not known."""

    basic_code: Lengths = ()
    implementation_code: Lengths = ()
    handling_code: Lengths = ()


class Units(Part):
    """What a limit is counted in: a closed table. A word that is not in it is drift."""

    by: Place
    table: dict[str, LimitUnit]


class LimitFields(Part):
    """How long the platform may take: a whole number and its unit, or the one unit that all its limits have."""

    number: Place
    unit: LimitUnit | Units
    note: Place | None = None


class CaseLimits(Part):
    promised: LimitFields | None = None
    statutory: LimitFields | None = None


class Satisfaction(Part):
    """How satisfied the applicant was: the platform's word, and what it is from 1 (very dissatisfied) to 5 (very satisfied).

    Platforms count in opposite directions, so it is written down with everything else. Nothing is read by it yet: it stands in
    rows of results, which an event may leave out; facts are taken as a whole, so an event about something else would take the
    rating away again.
    """

    by: Place
    table: dict[str, Literal[1, 2, 3, 4, 5]]


class CaseMapping(Part):
    facts: CaseFields
    lengths: CodeLengths = CodeLengths()
    limits: CaseLimits = CaseLimits()
    satisfaction: Satisfaction | None = None
    events: tuple[EventRule, ...]


class LicenceFields(Part):
    number: Place
    name: Place
    holder: Place | None = None
    identifier: Place | None = None
    type_code: Place | None = None
    issuer: Place | None = None
    issuer_code: Place | None = None
    issued: Place | None = None
    valid_from: Place | None = None
    valid_to: Place | None = None
    case_number: Place | None = None
    updated: Place


class LicenceStates(Part):
    by: Place
    table: dict[str, LicenceState]


class LicenceMapping(Part):
    facts: LicenceFields
    state: LicenceStates
