"""What a dialect is, and what it is handed to speak with.

A dialect is a function (connection, operation, wire) that gives an Ask: how a question is put in a protocol, and what an answer
must be before anything is read from it.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from domain.times import Micros
from integrations.form.connection import ApiKey, Connection
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import Unreadable
from integrations.port import Drifted

Ask = Callable[[Mapping[str, Any]], Awaitable[Any]]
"""Puts one question, with these values for its placeholders. Gives the document in which places are found, or raises
PlatformTrouble."""


@dataclass(frozen=True)
class Wire:
    """The way to one platform: an open session, the address without a slash at its end, secrets by name, time and chance.

    `entropy` gives so many random bytes. An answer of more than `answer_bytes` is drift.
    """

    session: aiohttp.ClientSession
    address: str
    secrets: Mapping[str, str] = field(repr=False)
    clock: Callable[[], Micros]
    entropy: Callable[[int], bytes]
    answer_bytes: int


def key_headers(connection: Connection, wire: Wire) -> dict[str, str]:
    """The header with the platform's key, if that is how we name ourselves."""
    how = connection.authentication
    return {how.header: how.prefix + wire.secrets[how.secret.setting]} if isinstance(how, ApiKey) else {}


def json_of(raw: bytes) -> Any:
    """The JSON that an answer is. Raises Drifted."""
    try:
        return JsonPaths().document(raw)
    except Unreadable as error:
        raise Drifted(str(error)) from None
