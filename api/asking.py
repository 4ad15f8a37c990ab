"""From an HTTP request to what it asks for: GET and POST of GraphQL over HTTP."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from api.asked import BadRequest, checked
from api.body import BodyRefused, read_body
from api.json_text import MOST_VALUES, TooMany, parsed
from api.media import is_json
from schema.asked import Asked

LARGEST_REQUEST = 256 * 1024
"""Bytes. The largest document takes a third of it, escaped."""
_MOST_PARAMETERS = 20
_IN_JSON = ("variables", "extensions")
_SENT_AS_JSON = "Send application/json in UTF-8."

Pay = Callable[[int], Awaitable[None]]
"""Takes what it costs to read so many bytes of JSON."""


async def asked_by(request: Request, pay: Pay) -> Asked:
    """What a GET or POST asks for; a body is paid for. Raises BadRequest, what `pay` raises, and ClientDisconnect."""
    return checked(await _body(request, pay) if request.method == "POST" else _address(request))


async def _body(request: Request, pay: Pay) -> object:
    if not is_json(",".join(request.headers.getlist("content-type"))):
        raise BadRequest(415, _SENT_AS_JSON)
    try:
        body = await read_body(request, LARGEST_REQUEST)
        await pay(len(body))
        return parsed(body)
    except BodyRefused as refused:
        raise BadRequest(refused.status, refused.title) from None
    except TooMany:
        raise BadRequest(400, f"A body holds at most {MOST_VALUES} values.") from None
    except ValueError:
        raise BadRequest(400, "The body is not JSON.") from None


def _address(request: Request) -> dict[str, Any]:
    """The parameters of the query string, each of which stands there once; an empty operationName is none."""
    try:
        pairs = parse_qsl(
            request.scope["query_string"].decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        raise BadRequest(400, "The query string is not one of a form in UTF-8.") from None
    given: dict[str, Any] = dict(pairs)
    if len(given) < len(pairs):
        raise BadRequest(400, "A parameter stands in the query string more than once.")
    for name in _IN_JSON:
        if name in given:
            given[name] = _from_json(name, given[name])
    return given | {"operationName": given.get("operationName") or None}


def _from_json(name: str, text: str) -> object:
    try:
        return parsed(text)
    except ValueError:
        raise BadRequest(400, f"{name} is not JSON.") from None
