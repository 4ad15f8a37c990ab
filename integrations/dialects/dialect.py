"""What a dialect is, and what it is handed to speak with.

A dialect is a function (connection, operation, wire) that gives an Ask: how a question is put in a protocol, and what an answer
must be before anything is read from it.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from yarl import URL

from domain.times import Micros
from integrations.authentication.identify import Identify
from integrations.form.operations import Values
from integrations.guard.pace import Pace, unpaced
from integrations.http import Request, Response, Tls, merged, send
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import Unreadable
from integrations.port import Drifted

Ask = Callable[[Values], Awaitable[Any]]
"""Puts one question, with these values for its placeholders. Gives the document in which places are found, or NOTHING. Raises
PlatformTrouble."""

NOTHING = object()
"""In place of a document: the platform says by its status that it holds nothing. (None is a document of JSON.)"""

LINK = "{page.link}"
"""Among the values: the link to the next page as an answer gave it. Only where `next.link` is declared."""

UNAUTHORIZED = 401


@dataclass(frozen=True)
class Wire:
    """The way to one platform: an open session, the address without a slash at its end, secrets by name, time and chance.

    `entropy` gives so many random bytes. An answer of more than `answer_bytes` is drift. `identify` says who we are; `headers`
    are sent with each question. `pace` counts a call that is made again; whoever makes the first has counted it.
    """

    session: aiohttp.ClientSession
    address: str
    secrets: Mapping[str, str] = field(repr=False)
    clock: Callable[[], Micros]
    entropy: Callable[[int], bytes]
    answer_bytes: int
    identify: Identify
    tls: Tls = True
    headers: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = unpaced

    async def call(self, request: Request, about: Values) -> Response:
        """Sends a request in our name, and once more if it is refused and we can name ourselves anew. Raises PlatformTrouble.

        Not once more where the quota has nothing left but what is kept for readers. `about`: what the placeholders of the
        question stand for, and so about whom it is.
        """
        ours = await self.identify.headers(request, about)
        response = await self._send(request, ours)
        if response.status == UNAUTHORIZED and self.identify.refused(ours, about) and not await self.pace(False):
            response = await self._send(request, await self.identify.headers(request, about))
        return response

    async def _send(self, request: Request, ours: Mapping[str, str]) -> Response:
        whole = Request(request.method, request.url, merged(request.headers, self.headers, ours), request.body)
        return await send(self.session, whole, self.answer_bytes, self.tls)


def json_request(url: URL, body: Any) -> Request:
    """Posts JSON, and wants JSON."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
    return Request("POST", url, headers, json.dumps(body, ensure_ascii=False).encode())


def json_of(response: Response, also: str | None = None) -> Any:
    """The JSON that an answer is, by its media type (JSON's, `also`, or none at all) and in truth. Raises Drifted."""
    if not _is_json(response.media_type, also):
        raise Drifted("not JSON by its media type")
    try:
        return JsonPaths().document(response.body)
    except Unreadable as error:
        raise Drifted(str(error)) from None


def _is_json(named: str | None, also: str | None) -> bool:
    return named in (None, also, "application/json", "text/json") or named.endswith("+json")
