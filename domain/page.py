"""Pages: a size, and a place after which to go on, ordered by (updated, id), newest first."""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from domain.errors import ErrorCode, Refusal
from domain.times import Micros

LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Place:
    """The position of one row in its list. Text columns are never part of it: collations differ."""

    updated: Micros
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """What part of a list is wanted: `size` rows after `after`, from the beginning if None."""

    size: int
    after: Place | None


def page(first: int, after: str | None) -> Page:
    """Checks what a client asked for. Raises Refusal with PAGE_SIZE or BAD_CURSOR."""
    if not 0 <= first <= LARGEST_PAGE:
        raise Refusal(ErrorCode.PAGE_SIZE, "first")
    return Page(first, None if after is None else parse_cursor(after))


def cursor(place: Place) -> str:
    """The opaque text form of a place: 32 characters that need no escaping."""
    return base64.urlsafe_b64encode(place.updated.to_bytes(8, "big") + place.id.bytes).decode()


def parse_cursor(text: str) -> Place:
    """The inverse of cursor. Raises Refusal with BAD_CURSOR."""
    try:
        raw = base64.b64decode(text.encode("ascii"), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        raw = b""
    updated = int.from_bytes(raw[:8], "big")
    if len(raw) != 24 or updated >= 2**63 or base64.urlsafe_b64encode(raw).decode() != text:
        raise Refusal(ErrorCode.BAD_CURSOR, "after")
    return Place(updated, UUID(bytes=raw[8:]))
