"""What the two ends of a socket say: the protocol graphql-transport-ws, message by message.

After PROTOCOL.md of the graphql-ws project. Whatever breaks it ends the socket, with the code that it names.
"""

from dataclasses import dataclass
from typing import Any

from api.asked import BadRequest, checked
from api.json_text import parsed
from schema.asked import Asked

PROTOCOL = "graphql-transport-ws"
LARGEST_MESSAGE = 64 * 1024
_LONGEST_REASON = 123
"""Bytes of a reason in a close frame (RFC 6455, 5.5)."""


class Closing(Exception):
    """The socket is to be closed: the code, and a reason for developers."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason.encode("utf-8", "replace")[:_LONGEST_REASON].decode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class Init:
    """The client's first word. `payload` is laid out like headers: names in any case, values that are strings."""

    payload: dict[str, str]


@dataclass(frozen=True, slots=True)
class Ping:
    """Either end may ask whether the other is there."""


@dataclass(frozen=True, slots=True)
class Pong:
    """And this is the answer, or a sign of life."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """An operation of any kind."""

    id: str
    asked: Asked


@dataclass(frozen=True, slots=True)
class Complete:
    """The client wants no more of an operation."""

    id: str


Message = Init | Ping | Pong | Subscribe | Complete


def read(text: str | None) -> Message:
    """A client's message; None is a binary one. Raises Closing: 4400, or 1009 for one that is too large."""
    if text is None:
        raise Closing(4400, "Send text.")
    if len(text) > LARGEST_MESSAGE:
        raise Closing(1009, f"A message has at most {LARGEST_MESSAGE} bytes.")
    try:
        said = parsed(text)
    except ValueError:
        raise Closing(4400, "The message is not JSON.") from None
    if not isinstance(said, dict):
        raise Closing(4400, "A message is an object.")
    return _message(said)


def _message(said: dict[str, Any]) -> Message:
    kind, payload = said.get("type"), said.get("payload")
    if kind == "subscribe":
        return Subscribe(_id(said), _operation(payload))
    if kind == "complete":
        return Complete(_id(said))
    if not isinstance(payload, dict | None):
        raise Closing(4400, "A payload is an object.")
    if kind == "connection_init":
        return Init(_headers(payload or {}))
    if kind in ("ping", "pong"):
        return Ping() if kind == "ping" else Pong()
    raise Closing(4400, "There is no message of this type.")


def _id(said: dict[str, Any]) -> str:
    name = said.get("id")
    if not isinstance(name, str) or not name:
        raise Closing(4400, "An id is a string that is not empty.")
    return name


def _operation(payload: object) -> Asked:
    try:
        return checked(payload)
    except BadRequest as bad:
        raise Closing(4400, bad.message) from None


def _headers(payload: dict[str, Any]) -> dict[str, str]:
    found = {
        name.lower(): value for name, value in payload.items() if name.lower() in ("authorization", "accept-language")
    }
    if not all(isinstance(value, str) for value in found.values()):
        raise Closing(4400, "authorization and accept-language are strings.")
    return found
