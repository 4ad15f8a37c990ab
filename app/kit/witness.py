"""What was met in a platform's rows: which of its words, which forms of time, which facts. Held against the description."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, get_args

from app.kit.pen import NotWritable, put
from domain.times import BadTime
from integrations.description import Description
from integrations.form.mappings import Choice, EventRule, Units, When
from integrations.form.times import TimeForm
from integrations.mapping.language import reader
from integrations.mapping.values import rows_of, stamp_of, text_of
from integrations.port import Drifted

LONGEST_WORD = 40
UNKNOWN = "TONGBAN-UNKNOWN"
"""A word that no platform has."""

FORMS: tuple[TimeForm, ...] = get_args(TimeForm)

NO_TIME = "none"
DAYS = ("issued", "valid_from", "valid_to")


@dataclass(frozen=True)
class Table:
    """A closed table of words: where it stands (`rows` of the noun's row, `by` in each), the words it knows, and whether it has
    a meaning for any other."""

    noun: str
    rows: str
    by: str
    known: frozenset[str]
    is_open: bool = False
    at: str | None = None
    when: tuple[When, ...] = ()

    @property
    def name(self) -> str:
        return self.by if self.rows in "@." else f"{self.rows}: {self.by}"


@dataclass(frozen=True)
class TimePlace:
    """A place of a time, in the rows of a noun or in the rows below those."""

    noun: str
    rows: str
    at: str

    @property
    def name(self) -> str:
        return self.at if self.rows in "@." else f"{self.rows}: {self.at}"


def tables(description: Description) -> list[Table]:
    """The tables of a description, each once."""
    found: list[Table] = []
    if cases := description.cases:
        found += [table for rule in cases.events for table in _tables_of(rule)]
        limits = (cases.limits.promised, cases.limits.statutory)
        units = [limit.unit for limit in limits if limit and isinstance(limit.unit, Units)]
        found += [Table("cases", itself(description), unit.by, frozenset(unit.table)) for unit in units]
    if licences := description.licences:
        found.append(Table("licences", itself(description), licences.state.by, frozenset(licences.state.table)))
    return list(dict.fromkeys(found))


def _tables_of(rule: EventRule) -> Iterator[Table]:
    if isinstance(rule.kind, Choice):
        known, is_open = frozenset({*rule.kind.table, *rule.kind.ignored}), rule.kind.otherwise is not None
        yield Table("cases", rule.rows, rule.kind.by, known, is_open, rule.at, rule.when)
    if rule.procedure:
        yield Table("cases", rule.rows, rule.procedure.by, frozenset(rule.procedure.table), False, rule.at, rule.when)


def itself(description: Description) -> str:
    """The place of a row in itself."""
    return "." if description.connection.dialect == "soap" else "@"


def time_places(description: Description) -> list[TimePlace]:
    """All places at which a description expects a time."""
    here = itself(description)
    found: list[TimePlace] = []
    if cases := description.cases:
        found += [TimePlace("cases", rule.rows, rule.at) for rule in cases.events]
        found += [TimePlace("cases", here, cases.facts.promised)] if cases.facts.promised else []
    if licences := description.licences:
        places = [getattr(licences.facts, name) for name in (*DAYS, "updated")]
        found += [TimePlace("licences", here, place) for place in places if place]
    return found


def texts_at(description: Description, rows: list[Any], inner: str, *places: str | None) -> Iterator[tuple[str, ...]]:
    """The texts at places of the rows at `inner` below each of `rows`; what is no text there is left out."""
    below, read = reader(description.language, [], [inner]), reader(description.language, list(places))
    for row in rows:
        with suppress(Drifted):
            for each in rows_of(below(row)[0], inner):
                with suppress(Drifted):
                    yield tuple(text_of(value, inner) for value in read(each))


def counting(description: Description, table: Table, rows: list[Any]) -> Iterator[tuple[Any, str]]:
    """Each row at which a word of a table counts, with the word: where it has a time, and is what the rule is about."""
    below = reader(description.language, [], [table.rows])
    read = reader(description.language, [table.by, table.at, *(one.field for one in table.when)])
    for row in rows:
        with suppress(Drifted):
            for each in rows_of(below(row)[0], table.rows):
                word, at, *found = read(each)
                if _counts(description, table, at, found) and (text := text_of(word, table.by)):
                    yield each, text


def _counts(description: Description, table: Table, at: Any, found: list[Any]) -> bool:
    met = all(text_of(value, one.field) == one.equals for one, value in zip(table.when, found, strict=True))
    return met and (table.at is None or bool(stamp_of(at, table.at, description.reads)))


def words_met(description: Description, table: Table, rows: list[Any]) -> Counter[str]:
    """How often each word was met where it counts."""
    return Counter(word for _, word in counting(description, table, rows))


def worded(description: Description, table: Table, rows: list[Any]) -> bool:
    """Puts an unknown word where one of a table counts, in the first such row; whether there is one, and it can be written."""
    for each, _ in counting(description, table, rows):
        try:
            put(description, each, table.by, UNKNOWN)
        except NotWritable:
            return False
        return True
    return False


def shown(word: str) -> str:
    """A word as a report may show it. What is longer than any word may be anything."""
    return word if len(word) <= LONGEST_WORD else "a text that is too long for a word"


def declared_forms(description: Description) -> tuple[TimeForm, ...]:
    """The forms in which a platform may write times. None declared means those of GB/T 39046, which count nothing."""
    return description.times or tuple(form for form in FORMS if not form.startswith("epoch"))


class Forms:
    """Tells the forms of times apart, as a platform would mean them."""

    def __init__(self, description: Description) -> None:
        self._readers = {form: description.model_copy(update={"times": (form,)}).reads for form in FORMS}

    def of(self, text: str) -> str | None:
        """The form that a time is written in, `none` for what stands for no time; None if it is no form at all."""
        for form, times in self._readers.items():
            with suppress(BadTime):
                return form if times.stamp(text) else NO_TIME
        return None


def shape_of(text: str) -> str:
    """How a text is built, without what it says: 2026年1月 is 9999?9?."""
    kinds = ("9" if c.isdigit() else "a" if c.isascii() and c.isalpha() else c if c in "-:./+ " else "?" for c in text)
    return "".join(kinds)[:LONGEST_WORD]
