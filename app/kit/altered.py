"""Checks of the reading: real answers of the platform, altered on their way, as they would come on a bad day.

They prove the description and not the platform, and need no switch there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from app.kit.bench import Bench
from app.kit.check import Check, Finding, failed, passed, skipped
from app.kit.pen import document_bytes, written
from app.kit.tape import Fixed
from app.kit.witness import FORMS, Table, declared_forms, tables, worded
from integrations.http import Response
from integrations.mapping.values import stamp_of
from integrations.port import Answer, Drifted, Refused

GROUP = "reading"
HTML = b"<html><body>maintenance<br></body></html>"

DAYS = ("yyyyMMdd", "yyyy-MM-dd")

WAYS: dict[str, Callable[[Response], Response]] = {
    "cut in half": lambda good: replace(good, body=good.body[: len(good.body) // 2]),
    "a page of HTML": lambda good: replace(good, body=HTML, media_type="text/html"),
    "HTML that says it is something else": lambda good: replace(good, body=HTML),
    "bytes without sense": lambda good: replace(good, body=b"\xff\xfe\x00\x80" * 8),
    "nothing": lambda good: replace(good, body=b""),
    "status 500": lambda good: replace(good, status=500),
    "a redirect": lambda good: replace(good, status=302),
}
"""Answers that say nothing, and must not be taken for a person who holds nothing."""


async def malformed(bench: Bench) -> Finding:
    """No spoilt answer is taken for an answer."""
    for noun in bench.nouns:
        person, good = await _answer(bench, noun)
        for way, spoil in WAYS.items():
            if await _observed(bench, noun, person, spoil(good)) is not None:
                raise failed(f"{noun}: {way} was taken for an answer")
    return passed(f"{', '.join(WAYS)}: none was taken for an answer")


async def unknown_status(bench: Bench) -> Finding:
    """A word that is in no table makes drift, or what the description says of any other word."""
    told = [await _unknown(bench, table) for table in tables(bench.description)]
    if not any(told):
        raise skipped("needs a test person whose rows hold a word of a table, at a place that can be written")
    return passed("; ".join(filter(None, told)))


async def _unknown(bench: Bench, table: Table) -> str:
    """What became of an unknown word in one table; empty where no row holds one."""
    for take, document in await bench.documents(table.noun):
        if not worded(bench.description, table, bench.rows_in(table.noun, document)):
            continue
        altered = replace(take.answer, body=document_bytes(document))
        taken = await _observed(bench, table.noun, take.person, altered)
        if (taken is None) == table.is_open:
            wanted = "any other word has a meaning there" if table.is_open else "it was read, and not drift"
            raise failed(f"{table.noun}, {table.name}: {wanted}")
        return f"{table.name}: {'read as any other' if table.is_open else 'drift'}"
    return ""


async def _answer(bench: Bench, noun: str) -> tuple[int, Response]:
    """Of the person who holds most: the first page as it came. Ends the check if nobody holds anything."""
    person, _ = await bench.richest(noun)
    return person, next(take.answer for take in bench.tape.of(noun) if take.question == f"happy/{person}")


async def _observed(bench: Bench, noun: str, person: int, answer: Response) -> Answer[Any] | None:
    """What is made of an answer that is one page of one; None if it is refused by a name."""
    before = list(bench.tape.takes)
    try:
        return await bench.ask("reading", noun, person, limits={"pages": 1}, kind=Fixed, given=answer)
    except (Drifted, Refused):
        return None
    finally:
        bench.tape.takes[:] = before


async def date_forms(bench: Bench) -> Finding:
    """A time is read as the same instant in each form that is declared, and in no other."""
    description = bench.description
    offset = description.reads.offset
    at = datetime(2026, 11, 24, 16, 20, 3, tzinfo=timezone(offset))
    for form in FORMS:
        read = _read(bench, written(at, form, offset))
        day = at.replace(hour=0, minute=0, second=0)
        if (read is not None) != (form in declared_forms(description)):
            raise failed(f"{form}: {'read, though it is not declared' if read else 'declared, and not read'}")
        if read not in (None, day if form in DAYS else at):
            raise failed(f"{form}: read as another instant")
    return passed(f"{', '.join(description.times) or 'the forms of GB/T 39046'} at {description.offset}; no other form")


def _read(bench: Bench, text: str) -> datetime | None:
    try:
        stamp = stamp_of(text, "a time", bench.description.reads)
    except Drifted:
        return None
    return stamp.at if stamp else None


CHECKS: tuple[Check[Bench], ...] = (
    Check("malformed", GROUP, "Spoils real answers in seven ways", "以七种方式破坏真实答复", malformed),
    Check(
        "unknown-status", GROUP, "Puts an unknown word into real answers", "在真实答复中放入未知代码", unknown_status
    ),
    Check("each-date-form", GROUP, "Writes one instant in each form", "以每种格式书写同一时刻", date_forms),
)
