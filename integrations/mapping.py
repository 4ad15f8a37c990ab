"""From a platform's rows to our words, by description. Compiled once into closures; nothing is interpreted per row.

Every mapper raises Drifted, naming the declared place and never the value, when a row is not as described.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from domain.event import Event, EventKind
from domain.knowledge import CaseObservation, Facts
from domain.licence import Licence, LicenceObservation
from domain.times import BadTime, Micros, Stamp, micros, parse_stamp
from integrations.description import CaseMapping, Choice, EventRule, LicenceMapping
from integrations.port import Drifted

Getter = Callable[[Any], Any]
LONGEST_TEXT = 4000
NO_TIME = ("0000", "0001", "1899", "9999")
"""Years by which databases write "none" and "without end"."""


def path(dotted: str | None) -> Getter:
    """A function that follows `A.B` through objects; None where a step is missing or null."""
    if dotted is None:
        return lambda row: None
    steps = dotted.split(".")

    def get(row: Any) -> Any:
        for step in steps:
            if not isinstance(row, dict):
                return None
            row = row.get(step)
        return row

    return get


def text(dotted: str | None, *, required: bool = False) -> Callable[[Any], str]:
    """A function that gives the text at a place; the empty text for null. Numbers are taken as written."""
    get = path(dotted)

    def get_text(row: Any) -> str:
        value = get(row)
        if value is None and not required:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            if value == "" and not required:
                return ""
            raise Drifted(f"{dotted} is not a text")
        return clean(str(value))[:LONGEST_TEXT]

    return get_text


def clean(foreign: str) -> str:
    """Text that every database and every phone can hold: no NUL, and no half of a surrogate pair."""
    if foreign.isascii():
        return foreign.replace("\0", "")
    return foreign.replace("\0", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def stamp(dotted: str, offset: timedelta) -> Callable[[Any], Stamp | None]:
    """A function that gives the time at a place, or None for null, the empty text and the usual placeholders."""
    get = text(dotted)

    def get_stamp(row: Any) -> Stamp | None:
        value = get(row)
        try:
            return parse_stamp(value, offset) if value and not value.startswith(NO_TIME) else None
        except BadTime:
            raise Drifted(f"{dotted} is not a time") from None

    return get_stamp


def day(dotted: str | None, offset: timedelta) -> Callable[[Any], date | None]:
    """A function that gives the day at a place, or None."""
    if dotted is None:
        return lambda row: None
    get = stamp(dotted, offset)

    def get_day(row: Any) -> date | None:
        value = get(row)
        return value.at.date() if value else None

    return get_day


def case_mapper(mapping: CaseMapping, offset: timedelta) -> Callable[[Any, Micros, bool], CaseObservation]:
    """A function (row, dated, full) that gives what a platform's case row says."""
    facts = _facts_mapper(mapping, offset)
    rules = [_event_mapper(rule, offset) for rule in mapping.events]

    def observe(row: Any, dated: Micros, full: bool) -> CaseObservation:
        events = tuple(event for rule in rules for event in rule(row))
        return CaseObservation(facts(row), events, dated, full)

    return observe


def licence_mapper(mapping: LicenceMapping, offset: timedelta) -> Callable[[Any, Micros], LicenceObservation]:
    """A function (row, dated) that gives what a platform's licence row says."""
    fields = mapping.facts.model_dump()
    days = {name: day(fields.pop(name), offset) for name in ("issued", "valid_from", "valid_to")}
    updated = stamp(fields.pop("updated"), offset)
    texts = {name: text(at, required=name in ("number", "name")) for name, at in fields.items()}
    state_at, states = text(mapping.state.by, required=True), mapping.state.table

    def observe(row: Any, dated: Micros) -> LicenceObservation:
        state = states.get(state_at(row))
        when = updated(row)
        if state is None:
            raise Drifted(f"{mapping.state.by} is a word that the description does not know")
        values: dict[str, Any] = {name: get(row) for name, get in texts.items()} | {
            name: get_day(row) for name, get_day in days.items()
        }
        licence = Licence(**values, state=state, updated=micros(when.at) if when else 0)
        return LicenceObservation(licence, dated)

    return observe


def _facts_mapper(mapping: CaseMapping, offset: timedelta) -> Callable[[Any], Facts]:
    fields = mapping.facts.model_dump()
    promised = day(fields.pop("promised"), offset)
    texts = {name: text(at, required=name in ("number", "title")) for name, at in fields.items()}
    return lambda row: Facts(**{name: get(row) for name, get in texts.items()}, promised=promised(row))


def _event_mapper(rule: EventRule, offset: timedelta) -> Callable[[Any], Iterator[Event]]:
    rows, at, kind = path(rule.rows), stamp(rule.at, offset), _kind_mapper(rule.kind)
    key = text(rule.key, required=True) if rule.key else None
    title, detail, unit = text(rule.title), text(rule.detail), text(rule.unit)
    conditions = [(text(when.field), when.equals) for when in rule.when]

    def events(case: Any) -> Iterator[Event]:
        for row in _listed(rows(case), rule.rows):
            when = at(row)
            if when is None or any(get(row) != wanted for get, wanted in conditions):
                continue
            found, name = kind(row), f"{rule.rows}:{key(row) if key else ''}"
            if found is None:
                continue
            yield Event(f"{name}:{found.value}", name, found, when.at, title(row), detail(row), unit(row))

    return events


def _kind_mapper(kind: EventKind | Choice) -> Callable[[Mapping[str, Any]], EventKind | None]:
    if isinstance(kind, EventKind):
        return lambda row: kind
    word, otherwise = text(kind.by, required=True), kind.otherwise
    table: dict[str, EventKind | None] = {**kind.table, **dict.fromkeys(kind.ignored)}

    def choose(row: Any) -> EventKind | None:
        said = word(row)
        found = table.get(said, otherwise)
        if found is None and said not in table:
            raise Drifted(f"{kind.by} is a word that the description does not know")
        return found

    return choose


def _listed(rows: Any, at: str) -> list[Any]:
    if rows is None:
        return []
    listed = rows if isinstance(rows, list) else [rows]
    if not all(isinstance(row, dict) for row in listed):
        raise Drifted(f"{at} is not a table")
    return listed
