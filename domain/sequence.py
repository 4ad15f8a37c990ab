"""Places in a party's sequence: what a client gives back to hear what it has not heard yet."""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar
from uuid import UUID

from domain.errors import ErrorCode, Refusal

T = TypeVar("T")

LAST_ID = UUID(int=2**128 - 1)
_LONGEST = 7
"""Bytes of a sequence number in a cursor: with the first byte and the id they make 32 characters without padding."""


class Strand(StrEnum):
    """What a place counts: changes of one kind, or everything. One strand's place says nothing of another."""

    CASES = "c"
    LICENCES = "l"
    SOURCES = "s"
    NOTIFICATIONS = "n"
    EVERYTHING = "e"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in the order of (seq, id): several rows share the number of the transaction that wrote them."""

    seq: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """A row that was written at `mark`, as it is now; `value` is None if it is gone from the lists."""

    mark: Mark
    value: T | None


@dataclass(frozen=True, slots=True)
class Span:
    """What part of a sequence is wanted: at most `most` rows behind `after`, none later than `up_to`."""

    after: Mark
    most: int
    up_to: int = 2**63 - 1


def end_of(seq: int) -> Mark:
    """The place behind every row that a transaction wrote, and those before it."""
    return Mark(seq, LAST_ID)


def mark_text(strand: Strand, mark: Mark) -> str:
    """The opaque text form of a place: 32 characters that need no escaping."""
    raw = strand.value.encode() + mark.seq.to_bytes(_LONGEST, "big") + mark.id.bytes
    return base64.urlsafe_b64encode(raw).decode()


def parse_mark(text: str, allowed: Iterable[Strand], at: str) -> Mark:
    """The inverse of mark_text, for a place of one of these strands. Raises Refusal: BAD_CURSOR, which names `at`."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    written = base64.urlsafe_b64encode(raw).decode() == text
    if not written or len(raw) != 1 + _LONGEST + 16 or raw[:1] not in {strand.value.encode() for strand in allowed}:
        raise Refusal(ErrorCode.BAD_CURSOR, at)
    return Mark(int.from_bytes(raw[1 : 1 + _LONGEST], "big"), UUID(bytes=raw[1 + _LONGEST :]))
