"""Checks of what the platform answers: asked about test persons, and held against its description."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from app.kit.bench import SAMPLES, Bench, number_of
from app.kit.check import Check, Finding, NotRecorded, failed, passed, said, skipped, warned
from app.kit.witness import NO_TIME, Forms, shape_of, shown, tables, texts_at, time_places, words_met
from domain.identity import Identity
from domain.knowledge import CaseObservation
from integrations.mapping.language import reader
from integrations.port import Answer, PlatformTrouble

GROUP = "answers"
TIMES_ASKED = 3
"""As often is the richest person asked again: once is chance."""


async def happy(bench: Bench) -> Finding:
    """Every row of every person can be read."""
    if not bench.questions():
        raise skipped("needs a test person of a kind that the platform knows: --person 111:NUMBER")
    rows: Counter[str] = Counter()
    for (noun, _), answer in (await bench.everything()).items():
        rows[noun] += len(answer.observations)
    for (noun, person), trouble in bench.troubles.items():
        if isinstance(trouble, NotRecorded):
            raise trouble
        more = f"; {len(bench.troubles) - 1} more questions failed" if len(bench.troubles) > 1 else ""
        raise failed(f"{noun} of person {person + 1}: {said(trouble)}{more}")
    detail = f"{len(bench.persons)} persons; " + ", ".join(f"{rows[noun]} {noun}" for noun in bench.nouns)
    return passed(detail) if rows.total() else warned(f"{detail}: nobody holds anything, so nothing was proved")


async def empty(bench: Bench) -> Finding:
    """A person of whom nothing is held has an empty answer, and no error."""
    nobody = await _holding_nothing(bench)
    for noun in bench.nouns:
        try:
            answer = await bench.ask("empty", noun, nobody)
        except PlatformTrouble as trouble:
            raise failed(f"{noun}: expected an empty answer, got {said(trouble)}") from None
        if answer.observations:
            raise failed(f"{noun}: {len(answer.observations)} rows of a person who holds nothing")
    return passed(f"an empty answer for each of {', '.join(bench.nouns)}")


async def _holding_nothing(bench: Bench) -> int | Identity:
    """A test person of whom every answer was empty a moment ago, or else somebody who does not exist."""
    seen = await bench.everything()
    for n in {person for _, person in seen}:
        answers = [seen.get((noun, n)) for noun in bench.nouns]
        if all(answer is not None and not answer.observations for answer in answers):
            return n
    # A number that is nobody's is known; an account that is nobody's is not.
    kinds = () if bench.description.by_account else bench.description.person.types
    samples = [SAMPLES[kind] for kind in kinds if kind in SAMPLES]
    if free := [who for who in samples if who not in bench.persons]:
        return free[0]
    raise skipped("needs a test person who holds nothing: --person 111:NUMBER")


async def paged(bench: Bench) -> Finding:
    """With small pages comes what came with large ones: the same rows, each once."""
    said_of = [await _paged(bench, noun) for noun in bench.nouns if await _most(bench, noun) > 1]
    if not said_of:
        raise skipped("needs a test person who holds at least two rows: --person 111:NUMBER")
    return passed("; ".join(said_of))


async def _most(bench: Bench, noun: str) -> int:
    return max(
        (len(each.observations) for (one, _), each in (await bench.everything()).items() if one == noun), default=0
    )


async def _paged(bench: Bench, noun: str) -> str:
    person, whole = await bench.richest(noun)
    operation, pages = bench.description.operations.declared[noun], 20
    if not operation.holds("{page.size}"):
        raise skipped("the question names no page size, so that pages cannot be made smaller")
    wanted = Counter(number_of(item) for item in whole.observations)
    size = max(1, -(-len(wanted) // 3), -(-len(wanted) // pages))
    before = len(bench.tape.takes)
    answer = await bench.ask("paged", noun, person, limits={"page_size": size, "pages": pages})
    calls = len(bench.tape.takes) - before
    got = Counter(number_of(item) for item in answer.observations)
    if missing := wanted - got:
        raise failed(f"{noun}: {missing.total()} of {len(wanted)} rows are missing on {calls} pages of {size}")
    if answer.truncated or got - wanted:
        raise failed(f"{noun}: rows came twice, or moved while {calls} pages of {size} were asked for")
    if calls < 2:
        raise failed(f"{noun}: {len(wanted)} rows on one page, though pages of {size} were asked for")
    return f"{noun}: {len(wanted)} rows on {calls} pages of {size}"


async def stable(bench: Bench) -> Finding:
    """The same question has the same answer: a key that changes would be news each time, a field that is lost a loss."""
    asked = []
    for noun in bench.nouns:
        if await _most(bench, noun):
            person, first = await bench.richest(noun)
            for _ in range(TIMES_ASKED - 1):
                _same(noun, first, await bench.ask("stable", noun, person))
            asked.append(noun)
    if not asked:
        raise skipped("needs a test person who holds something: --person 111:NUMBER")
    return passed(f"{', '.join(asked)}: {TIMES_ASKED} times the same")


def _same(noun: str, one: Answer[Any], other: Answer[Any]) -> None:
    """Raises Ended with what changed, if something did."""
    before, after = ({number_of(item): item for item in answer.observations} for answer in (one, other))
    if before.keys() != after.keys():
        raise failed(f"{noun}: {len(before.keys() ^ after.keys())} rows are in one of two answers only")
    for number, item in before.items():
        if changed := list(_changed(item, after[number])):
            raise failed(f"{noun}: the same row says other things a moment later: {', '.join(changed)}")


def _changed(one: Any, other: Any) -> Iterator[str]:
    if isinstance(one, CaseObservation):
        yield from _fields(one.facts, other.facts)
        if {event.row for event in one.events} != {event.row for event in other.events}:
            yield "keys of events"
        elif one.events != other.events:
            yield "events"
    else:
        yield from _fields(one.licence, other.licence)


def _fields(one: Any, other: Any) -> Iterator[str]:
    for name in type(one).__dataclass_fields__:
        before, after = getattr(one, name), getattr(other, name)
        if before != after:
            yield f"{name} {'is gone' if before and not after else 'changed'}"


async def words(bench: Bench) -> Finding:
    """Every word of a closed table is in the description; says which of those were not met."""
    await bench.everything()
    unmet, met, of = [], 0, 0
    for table in tables(bench.description):
        found = words_met(bench.description, table, await bench.rows(table.noun))
        unknown = [] if table.is_open else sorted(map(shown, found.keys() - table.known))
        if unknown:
            raise failed(f"{table.noun}, {table.name}: {', '.join(unknown)}: not in the description")
        missing = sorted(table.known - found.keys())
        met, of = met + len(table.known) - len(missing), of + len(table.known)
        unmet += [f"{table.name} {', '.join(missing)}"] if missing else []
    if unmet:
        return warned(f"{met} of {of} words met; not met, so not proved: {'; '.join(unmet)}")
    return passed(f"all {of} words met")


async def dates(bench: Bench) -> Finding:
    """Every time is written in a form that is declared; says which forms were not met."""
    await bench.everything()
    forms, declared = Forms(bench.description), set(bench.description.times)
    met: Counter[str] = Counter()
    for place in time_places(bench.description):
        for (text,) in texts_at(bench.description, await bench.rows(place.noun), place.rows, place.at):
            form = forms.of(text) if text else NO_TIME
            if form is None or (declared and form not in (*declared, NO_TIME)):
                raise failed(f"{place.noun}, {place.name}: {form or f'like {shape_of(text)}'}: not declared in times")
            met[form] += form != NO_TIME
    if not met.total():
        raise skipped("needs a test person who holds something: --person 111:NUMBER")
    told = ", ".join(f"{form} {count}" for form, count in sorted(met.items()) if count)
    unmet = sorted(declared - met.keys())
    return warned(f"{told}; declared and not met: {', '.join(unmet)}") if unmet else passed(told)


async def places(bench: Bench) -> Finding:
    """Every place that is declared for a fact has something in some row."""
    await bench.everything()
    bare = [name for noun in bench.nouns for name in await _bare(bench, noun)]
    if bare:
        return warned(f"nothing was ever found at {', '.join(bare)}")
    return passed("every fact that is declared was found in some row")


async def _bare(bench: Bench, noun: str) -> list[str]:
    declared = getattr(bench.description, noun).facts.model_dump()
    named = {name: place for name, place in declared.items() if place}
    read = reader(bench.description.language, list(named.values()))
    found = [read(row) for row in await bench.rows(noun)]
    if not found:
        return []
    return [f"{noun}.facts.{name}" for n, name in enumerate(named) if all(row[n] in (None, "") for row in found)]


CHECKS: tuple[Check[Bench], ...] = (
    Check("happy", GROUP, "Asks for everything of each test person", "询问每位测试人员的全部办件与证照", happy),
    Check("empty", GROUP, "Asks about somebody who holds nothing", "询问没有任何记录的人员", empty),
    Check("paged", GROUP, "Asks with small pages, and compares", "以小分页询问并核对", paged),
    Check("stable", GROUP, "Asks the same again, and compares", "重复询问并核对", stable),
    Check("words", GROUP, "Looks for each status word in the tables", "核对每个状态代码", words),
    Check("date-forms", GROUP, "Looks at how each time is written", "核对每个时间的格式", dates),
    Check("facts", GROUP, "Looks for a value at each declared place", "核对每个声明的字段位置", places),
)
