"""Checks of what changed since a recording: fields, types, words and forms of times."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import Any

from app.kit.bench import Bench
from app.kit.cassette import Cassette
from app.kit.check import Check, Finding, failed, passed, skipped, warned
from app.kit.names import FieldNames
from app.kit.shape import Shape, added, gone, rarer, retyped, shape_of
from app.kit.tape import Take
from app.kit.witness import NO_TIME, Forms, shown, tables, texts_at, time_places, words_met
from integrations.port import PlatformTrouble

GROUP = "drift"
MOST_NAMED = 20


class Then:
    """A recording beside what a bench sees now."""

    def __init__(self, old: Cassette) -> None:
        self.old = [take for take in old.takes if take.question.startswith("happy/")]
        self.recorded = old.recorded

    async def documents(self, bench: Bench, takes: list[Take]) -> list[Any]:
        """What the answers are; those that cannot be read are left out."""
        found = []
        for take in takes:
            with suppress(PlatformTrouble):
                found.append(await bench.document(take.noun, take.answer))
        return [document for document in found if document is not None]

    async def shapes(self, bench: Bench, noun: str) -> tuple[Shape, Shape]:
        """Of the answers about a noun, then and now. Ends the check if there are none of one of them."""
        await bench.everything()
        old, new = [take for take in self.old if take.noun == noun], bench.tape.of(noun)
        both = await self.documents(bench, old), await self.documents(bench, new)
        if not all(both):
            raise skipped(f"{noun}: needs answers that can be read, then and now")
        names = FieldNames.of(bench.description)
        return shape_of(both[0], names), shape_of(both[1], names)

    async def rows(self, bench: Bench, noun: str) -> list[Any]:
        """The rows of then."""
        documents = await self.documents(bench, [take for take in self.old if take.noun == noun])
        return [row for document in documents for row in bench.rows_in(noun, document)]


Compare = Callable[[Shape, Shape], Iterator[str]]


async def _compared(bench: Bench, then: Then, compare: Compare) -> str:
    """What is to be said of all nouns; empty if nothing is."""
    found = [f"{noun}: {each}" for noun in bench.nouns for each in sorted(compare(*await then.shapes(bench, noun)))]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    return "; ".join(found[:MOST_NAMED]) + more


async def fields(then: Then, bench: Bench) -> Finding:
    """No field is gone that every object had."""
    if lost := await _compared(bench, then, gone):
        raise failed(f"gone since {then.recorded}: {lost}")
    if less := await _compared(bench, then, rarer):
        return warned(f"never missing then, and now at times: {less}")
    return passed(f"none is gone since {then.recorded}")


async def types(then: Then, bench: Bench) -> Finding:
    """No field has a type that it never had."""
    if changed := await _compared(bench, then, retyped):
        raise failed(f"changed since {then.recorded}: {changed}")
    return passed("none changed")


async def more_fields(then: Then, bench: Bench) -> Finding:
    """Says which fields are new: they break nothing, and may be worth reading."""
    new = await _compared(bench, then, added)
    return passed(f"new: {new}" if new else "none is new")


async def words(then: Then, bench: Bench) -> Finding:
    """No status word is new that the description does not know."""
    await bench.everything()
    told = []
    for table in tables(bench.description):
        before = words_met(bench.description, table, await then.rows(bench, table.noun))
        now = words_met(bench.description, table, await bench.rows(table.noun))
        new = now.keys() - before.keys()
        if unknown := [] if table.is_open else sorted(map(shown, new - table.known)):
            raise failed(f"{table.noun}, {table.name}: new since {then.recorded}: {', '.join(unknown)}")
        # Words that the description does not know are other words in each recording.
        told += [f"{table.name} {word}" for word in sorted(new & table.known)]
    return passed(f"met for the first time, and known: {', '.join(told)}" if told else "none is new")


async def dates(then: Then, bench: Bench) -> Finding:
    """No time is written in a form in which it never was."""
    await bench.everything()
    forms, changed = Forms(bench.description), []
    for place in time_places(bench.description):
        then_rows, now_rows = await then.rows(bench, place.noun), await bench.rows(place.noun)
        before, now = (
            {forms.of(text) for (text,) in texts_at(bench.description, rows, place.rows, place.at) if text}
            for rows in (then_rows, now_rows)
        )
        if before and (new := now - before - {NO_TIME}):
            changed.append(f"{place.name} {', '.join(form or 'in no known form' for form in sorted(new, key=str))}")
    return warned(f"new forms: {'; '.join(changed)}") if changed else passed("as then")


def checks_against(old: Cassette) -> tuple[Check[Bench], ...]:
    """The checks that hold a bench against a recording."""
    then = Then(old)
    return (
        Check("drift-fields", GROUP, "Looks for fields that are gone", "查找消失的字段", partial(fields, then)),
        Check("drift-types", GROUP, "Looks for fields of another type", "查找类型变化的字段", partial(types, then)),
        Check("drift-words", GROUP, "Looks for new status words", "查找新的状态代码", partial(words, then)),
        Check("drift-dates", GROUP, "Looks for new forms of time", "查找新的时间格式", partial(dates, then)),
        Check("new-fields", GROUP, "Looks for new fields", "查找新增字段", partial(more_fields, then)),
    )
