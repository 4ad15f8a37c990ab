"""Why a bearer token is refused, and the strict reading of what it is made of."""

import json
from enum import StrEnum
from typing import Any, NoReturn

MOST_CHARACTERS = 8 * 1024


class TokenFault(StrEnum):
    """Why a token is refused. Safe to log and to count; it says nothing about whom the token is of."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_ISSUER = "wrong-issuer"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad-signature"
    WRONG_ALGORITHM = "wrong-algorithm"
    WRONG_TYPE = "wrong-type"
    UNKNOWN_KEY = "unknown-key"
    MALFORMED = "malformed"
    MISSING_CLAIM = "missing-claim"
    BAD_IDENTITY = "bad-identity"


class TokenRefused(Exception):
    """A token is not believed. Carries the reason and never the token."""

    def __init__(self, reason: TokenFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


def plain(token: str) -> bytes:
    """The ASCII of a token that is short enough (8 KiB) and plain enough to be one. Raises TokenRefused."""
    if len(token) > MOST_CHARACTERS or not token.isascii():
        raise TokenRefused(TokenFault.MALFORMED)
    return token.encode("ascii")


def read_object(text: bytes) -> dict[str, Any]:
    """A JSON object in which no name occurs twice, at any depth. Raises TokenRefused."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_not_json)
    # ValueError: not JSON, not UTF-8, a number of too many digits, a name twice. RecursionError: nested without end.
    except (ValueError, RecursionError):
        raise TokenRefused(TokenFault.MALFORMED) from None
    if not isinstance(value, dict):
        raise TokenRefused(TokenFault.MALFORMED)
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _not_json(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
