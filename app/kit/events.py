"""Checks of `[events]`: events are written out of rows that were seen, signed, and read as those of the platform would be.

They prove the description and the secret's scheme even where the platform cannot be made to push. An Ed25519 signature is made
with a key of the kit's own: the platform's private key is nobody's but the platform's.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from app.kit.bench import SAMPLES, Bench, number_of
from app.kit.check import Check, Finding, failed, passed, skipped
from app.kit.pen import NotWritable, blank, document_bytes, put, put_row, written
from app.kit.seal import Signer, signer_of
from app.kit.witness import Table, declared_forms, tables, worded
from domain.identity import Identity
from domain.knowledge import Knowledge, learn
from domain.times import SECOND, Micros, moment
from integrations.form.times import TimeForm
from integrations.port import (
    Envelope,
    EventRefused,
    NotParsable,
    Platform,
    PlatformEvent,
    SignatureExpired,
    SignatureWrong,
)
from integrations.registry import Access

GROUP = "events"
NO_DOCUMENT = (b"", b"\xff\xfe\x00", b"[" * 10_000, b"<a>" * 10_000, b"<!DOCTYPE a []><a/>")
"""What is an event in no language."""


@dataclass(frozen=True)
class Row:
    """A row of an answer, and whose it is."""

    noun: str
    person: Identity
    row: Any


class Hand:
    """Writes and signs events as the platform would. Raises Ended where the description has no events."""

    def __init__(self, bench: Bench) -> None:
        if bench.description.events is None:
            raise skipped("the platform is polled: by its description it pushes nothing")
        self.bench, self.form, self.description = bench, bench.description.events, bench.description
        self.signer: Signer = signer_of(self.form.signature, bench.entropy)
        access = Access(bench.access.address, bench.access.secrets, [self.signer.secret])
        self.platform: Platform = bench.platform(access=access)

    async def rows(self) -> list[Row]:
        """Rows that an event may hold. Ends the check if there are none."""
        found = [row for noun in self.bench.nouns if getattr(self.form, noun) for row in await self._rows(noun)]
        if not found:
            raise skipped("needs a test person who holds something: --person 111:NUMBER")
        return found

    async def _rows(self, noun: str) -> list[Row]:
        await self.bench.everything()
        return [
            Row(noun, self._whose(take.person), row)
            for take, document in await self.bench.documents(noun)
            for row in self.bench.rows_in(noun, document)
        ]

    def _whose(self, person: int) -> Identity:
        """A person by number; in a replay a sample, since numbers of a cassette are nobody's and pass no check."""
        who = self.bench.persons[person]
        return SAMPLES[who.type] if self.bench.is_replay and not self.description.by_account else who

    def body(self, event_id: str, row: Row, at: Micros, form: TimeForm | None = None) -> bytes:
        """An event about one row. Ends the check where a place of `[events]` can be read only."""
        document, how = blank(self.description), self.form
        stamp = written(moment(at), form or self._form(), self.description.reads.offset)
        said = {how.id: event_id, how.happened: stamp, how.account or how.identity_number or "": row.person.number}
        if how.identity_type:
            said[how.identity_type] = row.person.type.value
        if how.series:
            said |= {how.series.number: "1"} | ({how.series.within: event_id} if how.series.within else {})
        try:
            for place, text in said.items():
                put(self.description, document, place, text)
            put_row(self.description, document, getattr(how, row.noun), deepcopy(row.row))
        except NotWritable as place:
            raise skipped(f"needs a place in [events] that names one field, not {place}") from None
        return document_bytes(document)

    def _form(self) -> TimeForm:
        """The most exact form that is declared."""
        declared = declared_forms(self.description)
        return max(declared, key=lambda form: ("ss" in form or "epoch" in form, "Z" in form))

    def sent(self, body: bytes, at: Micros, signer: Signer | None = None) -> Envelope:
        """An event as it comes in now, signed at some time."""
        return Envelope((signer or self.signer).headers(body, at), body, self.bench.clock())

    def opened(self, body: bytes, signed: Micros | None = None) -> PlatformEvent:
        """An event whose signature is right. Ends the check if it is not taken."""
        try:
            return self.platform.open_event(self.sent(body, signed or self.bench.clock()))
        except EventRefused as refused:
            raise failed(f"a good event was refused: {type(refused).__name__}: {refused}") from None

    def read(self, body: bytes, signed: Micros | None = None) -> PlatformEvent:
        """An event that is right in everything. Ends the check if it is not taken, or cannot be read."""
        event = self.opened(body, signed)
        if event.problem:
            raise failed(f"an event about a row that was seen cannot be read: {event.problem}")
        return event


async def happy(bench: Bench) -> Finding:
    """An event about each row that was seen is taken, and says of the row what the answer said."""
    hand = Hand(bench)
    rows = await hand.rows()
    for n, row in enumerate(rows):
        event = hand.read(hand.body(f"e-{n}", row, bench.clock()))
        if event.event_id != f"e-{n}" or (event.account or event.identity) not in (row.person, row.person.number):
            raise failed(f"{row.noun}: an event was read as another, or of somebody else")
        if len(event.cases) + len(event.licences) != 1:
            raise failed(f"{row.noun}: an event about one row has {len(event.cases) + len(event.licences)}")
    return passed(f"{len(rows)} rows, each in an event")


async def duplicate(bench: Bench) -> Finding:
    """The same event, sent again and signed anew, is the same."""
    hand = Hand(bench)
    row, now = (await hand.rows())[0], bench.clock()
    body = hand.body("e-1", row, now - 60 * SECOND)
    first, again = (hand.read(body, now - lag * SECOND) for lag in (30, 0))
    if (first.event_id, _numbers(first)) != (again.event_id, _numbers(again)):
        raise failed("the same event came out as two")
    if _known([first, again]) != _known([again, first, again]):
        raise failed("a repetition changed what is known")
    return passed("sent twice: one id, and nothing new")


async def reordered(bench: Bench) -> Finding:
    """Events about the same row end in the same knowledge in whatever order they come."""
    hand = Hand(bench)
    rows, now = [row for row in await hand.rows() if row.noun == "cases"], bench.clock()
    if not rows:
        raise skipped("needs a test person who holds cases: --person 111:NUMBER")
    events = [hand.read(hand.body(f"e-{n}", rows[0], now - (3 - n) * 60 * SECOND)) for n in range(3)]
    if _known(events) != _known(events[::-1]) or not _known(events):
        raise failed("what is known depends on the order")
    if sorted(events, key=lambda event: event.happened) != events:
        raise failed("the times at which events happened are not in their order")
    return passed("three events forwards and backwards: the same knowledge")


def _numbers(event: PlatformEvent) -> list[str]:
    return [*map(number_of, event.cases), *map(number_of, event.licences)]


def _known(events: Sequence[PlatformEvent]) -> dict[str, Knowledge]:
    known: dict[str, Knowledge] = {}
    for event in events:
        for case in event.cases:
            known[case.facts.number] = learn(known.get(case.facts.number), case)
    return known


async def late(bench: Bench) -> Finding:
    """An event that was signed too long ago is sent back to be signed anew; at the end of the window it is taken."""
    hand = Hand(bench)
    window, now = hand.form.signature.window_s, bench.clock()
    body = hand.body("e-1", (await hand.rows())[0], now - 86400 * SECOND)
    for off in (-(window + 2), window + 2):
        _refused(hand, hand.sent(body, now + off * SECOND), SignatureExpired, f"signed {off:+} s from now")
    hand.read(body)
    return passed(f"a day old and signed now: taken; signed {window + 2} s ago or ahead: expired")


async def forged(bench: Bench) -> Finding:
    """Whatever another hand sends is refused."""
    hand = Hand(bench)
    body, now = hand.body("e-1", (await hand.rows())[0], bench.clock()), bench.clock()
    good, other = hand.sent(body, now), signer_of(hand.form.signature, bench.entropy)
    ways = {
        "another secret": hand.sent(body, now, other),
        "a changed body": replace(good, body=body + b" "),
        "no signature": replace(good, headers={":method": "POST", "content-type": hand.signer.media_type}),
    }
    for way, envelope in ways.items():
        _refused(hand, envelope, SignatureWrong, way)
    return passed(f"{', '.join(ways)}: refused")


async def malformed(bench: Bench) -> Finding:
    """What is no document is refused; a document that is no event is kept apart, to be read again."""
    hand = Hand(bench)
    for body in NO_DOCUMENT:
        _refused(hand, hand.sent(body, bench.clock()), NotParsable, "no document")
    event = hand.opened(document_bytes(blank(bench.description)))
    if not event.problem or event.cases or event.licences:
        raise failed("a document that says nothing was taken for an event")
    return passed(f"{len(NO_DOCUMENT)} bodies that are no document: refused; a bare document: quarantine")


def _refused(hand: Hand, envelope: Envelope, wanted: type[EventRefused], what: str) -> None:
    """Raises Ended unless an envelope is refused in this way."""
    try:
        hand.platform.open_event(envelope)
    except EventRefused as refused:
        if type(refused) is wanted:
            return
        raise failed(f"{what}: expected {wanted.__name__}, got {type(refused).__name__}") from None
    raise failed(f"{what}: expected {wanted.__name__}, and it was taken")


async def unknown_status(bench: Bench) -> Finding:
    """An event with a word that is in no table goes to quarantine, and nothing of it is believed."""
    hand = Hand(bench)
    closed = [table for table in tables(bench.description) if not table.is_open]
    for row in await hand.rows():
        for table in closed:
            if table.noun == row.noun and (spoilt := _worded(bench, table, row)):
                event = hand.opened(hand.body("e-1", spoilt, bench.clock()))
                if not event.problem or event.cases or event.licences:
                    raise failed(f"{table.name}: an unknown word was read")
                return passed(f"{table.name}: quarantine")
    raise skipped("needs a row that holds a word of a closed table, at a place that can be written")


def _worded(bench: Bench, table: Table, row: Row) -> Row | None:
    """The same row with an unknown word where one of the table counts; None if there is none."""
    changed = replace(row, row=deepcopy(row.row))
    return changed if worded(bench.description, table, [changed.row]) else None


async def date_forms(bench: Bench) -> Finding:
    """An event says when it happened in each form that is declared, and it is the same instant."""
    hand = Hand(bench)
    now, row = bench.clock() // SECOND * SECOND, (await hand.rows())[0]
    exact = [form for form in declared_forms(bench.description) if "ss" in form or "epoch" in form]
    for form in exact:
        event = hand.read(hand.body("e-1", row, now - 60 * SECOND, form))
        if abs(moment(event.happened) - moment(now - 60 * SECOND)) > timedelta(seconds=3):
            raise failed(f"{form}: read as another instant")
    return passed(", ".join(exact) or "no form with a time of day is declared")


CHECKS: tuple[Check[Bench], ...] = (
    Check("event-happy", GROUP, "Writes an event about each row", "为每条记录生成事件并读取", happy),
    Check("event-duplicate", GROUP, "Reads an event twice", "同一事件读取两次", duplicate),
    Check("event-reordered", GROUP, "Reads events backwards", "倒序读取事件", reordered),
    Check("event-late", GROUP, "Signs outside the window", "在时间窗之外签名", late),
    Check("event-forged", GROUP, "Signs with another hand", "以他人密钥签名", forged),
    Check("event-malformed", GROUP, "Sends what is no event", "发送并非事件的内容", malformed),
    Check("event-unknown-status", GROUP, "Puts an unknown word into an event", "在事件中放入未知代码", unknown_status),
    Check("event-date-forms", GROUP, "Writes the time in each form", "以每种格式书写事件时间", date_forms),
)
