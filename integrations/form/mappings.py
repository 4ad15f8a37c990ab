"""How rows become cases and licences: `[cases]` and `[licences]`."""

from typing import Literal

from domain.event import EventKind
from domain.licence import LicenceState
from integrations.form.parts import Part, Place


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


class Satisfaction(Part):
    """How satisfied the applicant was: the platform's word, and what it is from 1 (very dissatisfied) to 5 (very satisfied).

    Checked, so that no two platforms are read in opposite directions, and not kept yet: cases have no place for it.
    """

    by: Place
    table: dict[str, Literal[1, 2, 3, 4, 5]]


class CaseMapping(Part):
    facts: CaseFields
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
