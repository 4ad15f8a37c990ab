"""Checks on what a client hands in, before a use case sees it."""

from uuid import UUID

from domain.errors import ErrorCode, Refusal
from domain.ids import BadId, Noun, parse_id, parse_id_of


def id_of(noun: Noun, text: str, at: str = "id") -> UUID:
    """The UUID of an id that must name a `noun`. Raises Refusal: BAD_ID."""
    try:
        return parse_id_of(noun, text)
    except BadId:
        raise Refusal(ErrorCode.BAD_ID, at) from None


def any_id(text: str) -> tuple[Noun, UUID]:
    """Noun and UUID of an id. Raises Refusal: BAD_ID."""
    try:
        return parse_id(text)
    except BadId:
        raise Refusal(ErrorCode.BAD_ID, "id") from None
