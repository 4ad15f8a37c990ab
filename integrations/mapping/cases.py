"""From a platform's case rows to observations, by description."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from domain.event import Event, EventKind
from domain.knowledge import CaseObservation, Facts
from domain.times import Micros
from integrations.form.mappings import CaseMapping, Choice, EventRule, Words
from integrations.form.times import Times
from integrations.mapping.language import Language, reader
from integrations.mapping.values import day_of, rows_of, stamp_of, text_of, word_of
from integrations.port import Drifted

ObserveCase = Callable[[Any, Micros, bool], CaseObservation]
NEEDED = ("number", "title")


def case_mapper(language: Language, mapping: CaseMapping, times: Times) -> ObserveCase:
    """A function (row, dated, full) that gives what a platform's case row says. Raises Drifted."""
    places = mapping.facts.model_dump()
    read = reader(language, list(places.values()), [rule.rows for rule in mapping.events])
    facts, fields = _facts_maker(places, times), len(places)
    rules = [(rule.rows, _event_mapper(language, rule, times)) for rule in mapping.events]

    def observe(row: Any, dated: Micros, full: bool) -> CaseObservation:
        found = read(row)
        known = facts(found[:fields])
        tables = zip(rules, found[fields:], strict=True)
        events = tuple(event for (at, rule), rows in tables for event in rule(rows_of(rows, at)))
        return CaseObservation(known, events, dated, full)

    return observe


def _facts_maker(places: Mapping[str, str | None], times: Times) -> Callable[[Sequence[Any]], Facts]:
    """A function of what stands at the places, in their order."""

    def value_of(name: str, place: str, value: Any) -> Any:
        if name == "promised":
            return day_of(value, place, times)
        return word_of(value, place) if name in NEEDED else text_of(value, place)

    def facts(found: Sequence[Any]) -> Facts:
        pairs = zip(places.items(), found, strict=True)
        return Facts(**{name: value_of(name, place, value) for (name, place), value in pairs if place})

    return facts


def _event_mapper(language: Language, rule: EventRule, times: Times) -> Callable[[list[Any]], Iterator[Event]]:
    by = rule.kind.by if isinstance(rule.kind, Choice) else None
    title_of, detail_of = _wording(rule.title), _wording(rule.detail)
    places = [rule.at, by, rule.key, _place_of(rule.title), _place_of(rule.detail), rule.unit]
    read = reader(language, [*places, *(when.field for when in rule.when)])
    kind_of, conditions = _kind_chooser(rule.kind), [(when.field, when.equals) for when in rule.when]

    def events(rows: list[Any]) -> Iterator[Event]:
        for row in rows:
            at, word, key, title, detail, unit, *found = read(row)
            if not _met(conditions, found) or (stamp := stamp_of(at, rule.at, times)) is None:
                continue
            if (kind := kind_of(word)) is None:
                continue
            name = f"{rule.rows}:{word_of(key, rule.key) if rule.key else ''}"
            texts = title_of(title), detail_of(detail), text_of(unit, rule.unit)
            yield Event(f"{name}:{kind.value}", name, kind, stamp.at, *texts)

    return events


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
