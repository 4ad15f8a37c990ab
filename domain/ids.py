"""Ids: opaque, typed, ours, and computed, so that none needs a write to be minted."""

from enum import StrEnum
from uuid import NAMESPACE_URL, UUID, uuid5

_HOUSE = uuid5(NAMESPACE_URL, "urn:tongban")


class Noun(StrEnum):
    """What an id names; the first word of its public form."""

    CASE = "case"
    LICENCE = "licence"
    NOTIFICATION = "notification"
    DEVICE = "device"
    PARTY = "party"


class BadId(ValueError):
    """A text that is not an id of ours."""


def native_id(space: UUID, noun: Noun, platform: str, party_id: UUID, number: str) -> UUID:
    """The id of a party's share in what `platform` calls `number`. Stable for ever: it is stored by phones.

    Two parties of one case (a couple, co-owners) have an id each: what one may read never depends on who came first.

    `space` is secret: a licence's number may be its holder's identity number, and could be tried out against a known one.
    """
    return uuid5(space, f"{noun}\n{platform}\n{party_id.hex}\n{number}")


def derived_id(noun: str, *parts: str) -> UUID:
    """The id of something of our own that follows from `parts`."""
    return uuid5(_HOUSE, "\n".join((noun, *parts)))


def public_id(noun: Noun, value: UUID) -> str:
    """The form a client sees: noun, underscore, 32 hexadecimal digits."""
    return f"{noun}_{value.hex}"


def parse_id(text: str) -> tuple[Noun, UUID]:
    """The inverse of public_id. Raises BadId."""
    noun, separator, digits = text.partition("_")
    try:
        value = UUID(hex=digits)
        if separator and value.hex == digits:
            return Noun(noun), value
    except ValueError:
        pass
    raise BadId("not an id of this service")


def parse_id_of(noun: Noun, text: str) -> UUID:
    """The UUID of an id that must name a `noun`. Raises BadId."""
    named, value = parse_id(text)
    if named is not noun:
        raise BadId(f"not the id of a {noun}")
    return value
