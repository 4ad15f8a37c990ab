"""From a platform's case rows to observations, by description."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from domain.event import Event, EventKind, Procedure
from domain.knowledge import CaseObservation, Facts
from domain.limit import Limit, LimitUnit
from domain.times import Micros
from integrations.form.mappings import PROCEDURAL, CaseMapping, Choice, EventRule, LimitFields, Units, Words
from integrations.form.times import Times
from integrations.mapping.language import Language, reader
from integrations.mapping.values import day_of, number_of, rows_of, stamp_of, text_of, word_of
from integrations.port import Drifted

T = TypeVar("T")
ObserveCase = Callable[[Any, Micros, bool], CaseObservation]
NEEDED = ("number", "title")


def case_mapper(language: Language, mapping: CaseMapping, times: Times) -> ObserveCase:
    """A function (row, dated, full) that gives what a platform's case row says. Raises Drifted."""
    places, limits = mapping.facts.model_dump(), _limits(mapping)
    values = [*places.values(), *(place for limit in limits.values() for place in _limit_places(limit))]
    read, fields = reader(language, values, [rule.rows for rule in mapping.events]), len(values)
    facts = _facts_maker(places, limits, mapping.lengths.model_dump(), times)
    rules = [(rule.rows, _event_mapper(language, rule, times)) for rule in mapping.events]

    def observe(row: Any, dated: Micros, full: bool) -> CaseObservation:
        found = read(row)
        known = facts(found[:fields])
        tables = zip(rules, found[fields:], strict=True)
        events = tuple(event for (at, rule), rows in tables for event in rule(rows_of(rows, at)))
        return CaseObservation(known, events, dated, full)

    return observe


def _limits(mapping: CaseMapping) -> dict[str, LimitFields]:
    """The limits that the platform states, by the name of the fact."""
    stated = {"promised_limit": mapping.limits.promised, "statutory_limit": mapping.limits.statutory}
    return {name: limit for name, limit in stated.items() if limit}


def _limit_places(limit: LimitFields) -> tuple[str, str | None, str | None]:
    return limit.number, limit.unit.by if isinstance(limit.unit, Units) else None, limit.note


def _facts_maker(
    places: Mapping[str, str | None],
    limits: Mapping[str, LimitFields],
    lengths: Mapping[str, Sequence[int]],
    times: Times,
) -> Callable[[Sequence[Any]], Facts]:
    """A function of what stands at the places of the facts, and then at the three of each limit, in their order."""
    said = [(name, _limit_maker(limit)) for name, limit in limits.items()]

    def value_of(name: str, place: str, value: Any) -> Any:
        if name == "promised":
            return day_of(value, place, times)
        text = word_of(value, place) if name in NEEDED else text_of(value, place)
        if (fitting := lengths.get(name)) and text and len(text) not in fitting:
            raise Drifted(f"{place} is no code of a length that is declared")
        return text

    def facts(found: Sequence[Any]) -> Facts:
        values = {
            name: value_of(name, place, value)
            for (name, place), value in zip(places.items(), found, strict=False)
            if place
        }
        for at, (name, limit_of) in enumerate(said):
            start = len(places) + 3 * at
            values[name] = limit_of(*found[start : start + 3])
        return Facts(**values)

    return facts


def _limit_maker(limit: LimitFields) -> Callable[[Any, Any, Any], Limit | None]:
    """A function of what stands at its places; None where there is no number."""
    places, unit = _limit_places(limit), limit.unit

    def limit_of(number: Any, word: Any, note: Any) -> Limit | None:
        if not text_of(number, places[0]):
            return None
        counted = unit if isinstance(unit, LimitUnit) else _known(unit.table, word, unit.by)
        return Limit(number_of(number, places[0]), counted, text_of(note, places[2]))

    return limit_of


def _known(table: Mapping[str, T], value: Any, place: str) -> T:
    """What a closed table says of the word there. Raises Drifted."""
    found = table.get(word_of(value, place))
    if found is None:
        raise Drifted(f"{place} is a word that the description does not know")
    return found


def _event_mapper(language: Language, rule: EventRule, times: Times) -> Callable[[list[Any]], Iterator[Event]]:
    by = rule.kind.by if isinstance(rule.kind, Choice) else None
    title_of, detail_of = _wording(rule.title), _wording(rule.detail)
    which = rule.procedure.by if rule.procedure else None
    places = [rule.at, by, rule.key, _place_of(rule.title), _place_of(rule.detail), rule.unit, which]
    read = reader(language, [*places, *(when.field for when in rule.when)])
    kind_of, conditions = _kind_chooser(rule.kind), [(when.field, when.equals) for when in rule.when]
    procedure_of = _procedure_chooser(rule)

    def events(rows: list[Any]) -> Iterator[Event]:
        for row in rows:
            at, word, key, title, detail, unit, named, *found = read(row)
            if not _met(conditions, found) or (stamp := stamp_of(at, rule.at, times)) is None:
                continue
            if (kind := kind_of(word)) is None:
                continue
            name = f"{rule.rows}:{word_of(key, rule.key) if rule.key else ''}"
            texts = title_of(title), detail_of(detail), text_of(unit, rule.unit)
            procedure = procedure_of(named) if kind in PROCEDURAL else None
            yield Event(f"{name}:{kind.value}", name, kind, stamp.at, *texts, procedure)

    return events


def _procedure_chooser(rule: EventRule) -> Callable[[Any], Procedure | None]:
    said = rule.procedure
    if said is None:
        return lambda word: None
    return lambda word: _known(said.table, word, said.by) if text_of(word, said.by) else None


def _place_of(text: str | Words | None) -> str | None:
    return text.by if isinstance(text, Words) else text


def _wording(text: str | Words | None) -> Callable[[Any], str]:
    """What is said for what stands at the place of a title or a detail."""
    place, table = _place_of(text), text.table if isinstance(text, Words) else {}

    def worded(value: Any) -> str:
        said = text_of(value, place)
        return table.get(said, said)

    return worded


def _met(conditions: list[tuple[str, str]], found: list[Any]) -> bool:
    return not conditions or all(
        text_of(value, place) == wanted for (place, wanted), value in zip(conditions, found, strict=True)
    )


def _kind_chooser(kind: EventKind | Choice) -> Callable[[Any], EventKind | None]:
    if isinstance(kind, EventKind):
        return lambda word: kind
    by, otherwise = kind.by, kind.otherwise
    table: dict[str, EventKind | None] = {**kind.table, **dict.fromkeys(kind.ignored)}

    def choose(value: Any) -> EventKind | None:
        word = word_of(value, by)
        chosen = table.get(word, otherwise)
        if chosen is None and word not in table:
            raise Drifted(f"{by} is a word that the description does not know")
        return chosen

    return choose
