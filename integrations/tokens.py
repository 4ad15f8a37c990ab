"""The form of a bearer token, read strictly before anything in it is believed."""

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from joserfc.util import urlsafe_b64decode

MOST_CHARACTERS = 8 * 1024
_TYPES = frozenset({"at+jwt", "application/at+jwt", "jwt"})


class TokenFault(StrEnum):
    """Why a token is refused. Safe to log and to count; it says nothing about whom the token is of."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not-yet-valid"
    WRONG_AUDIENCE = "wrong-audience"
    WRONG_ISSUER = "wrong-issuer"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad-signature"
    WRONG_ALGORITHM = "wrong-algorithm"
    UNKNOWN_KEY = "unknown-key"
    MALFORMED = "malformed"
    MISSING_CLAIM = "missing-claim"
    BAD_IDENTITY = "bad-identity"


class TokenRefused(Exception):
    """A token is not believed. Carries the reason and never the token."""

    def __init__(self, reason: TokenFault) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Header:
    """What of a token's header counts: how it is signed, and with which key."""

    algorithm: str
    kid: str


def digest(token: str) -> bytes:
    """SHA-256 of a token that is short enough (8 KiB) and plain enough (ASCII) to be one. Raises TokenRefused."""
    if len(token) > MOST_CHARACTERS or not token.isascii():
        raise TokenRefused(TokenFault.MALFORMED)
    return hashlib.sha256(token.encode("ascii")).digest()


def read_header(token: str, algorithms: Collection[str]) -> Header:
    """The header of a signed JWT: known type, allowed algorithm, a key id, nothing critical. Raises TokenRefused."""
    segments = token.split(".")
    if len(segments) != 3:
        raise TokenRefused(TokenFault.MALFORMED)
    header = read_object(_decoded(segments[0]))
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm == "none" or not segments[2]:
        raise TokenRefused(TokenFault.UNSIGNED)
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused(TokenFault.WRONG_ALGORITHM)
    # `crit` and `b64` (RFC 7797) change how a token is to be read; we know no extension that may.
    if "crit" in header or "b64" in header or str(header.get("typ")).lower() not in _TYPES:
        raise TokenRefused(TokenFault.MALFORMED)
    if not isinstance(kid, str):
        raise TokenRefused(TokenFault.MALFORMED)
    return Header(algorithm, kid)


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


def _decoded(segment: str) -> bytes:
    try:
        return urlsafe_b64decode(segment.encode("ascii"))
    except ValueError:
        raise TokenRefused(TokenFault.MALFORMED) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _not_json(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
