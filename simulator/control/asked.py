"""Reading what the control API is asked, and saying what was expected."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Body = dict[str, Any]


class BadRequestError(Exception):
    """What was asked is not understood; the text says what is expected."""


class UnknownError(Exception):
    """What was asked about does not exist."""


class ConflictError(Exception):
    """What was asked cannot be done now."""


_STATUS: dict[type[Exception], int] = {BadRequestError: 400, UnknownError: 404, ConflictError: 409}


@web.middleware
async def explained(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Turn the errors above, and a missing path, into {"error": "..."}."""
    try:
        return await handler(request)
    except tuple(_STATUS) as error:
        return web.json_response({"error": str(error)}, status=_STATUS[type(error)])
    except (web.HTTPNotFound, web.HTTPMethodNotAllowed) as error:
        return web.json_response({"error": f"no {request.method} {request.path} here"}, status=error.status)


async def read(request: web.Request, **expected: type | tuple[Any, ...]) -> Body:
    """The body, where each field is of the type expected or one of the values listed; all may be left out.

    Numbers must not be negative. Raises BadRequestError.
    """
    body = await read_any(request)
    if not body.keys() <= expected.keys():
        raise BadRequestError(f"a JSON object is expected with some of: {', '.join(expected) or 'nothing'}")
    for name, value in body.items():
        if not _fits(value, expected[name]):
            raise BadRequestError(f"{name}: expected {_told(expected[name])}")
    return body


async def read_any(request: web.Request) -> Body:
    """The body, whatever its fields; no body is an empty one. Raises BadRequestError."""
    raw = await request.read()
    try:
        body = json.loads(raw) if raw else {}
    except ValueError:
        raise BadRequestError("a JSON object is expected") from None
    if not isinstance(body, dict):
        raise BadRequestError("a JSON object is expected")
    return body


def required(body: Body, name: str) -> Any:
    """A field that may not be left out. Raises BadRequestError."""
    if body.get(name) is None:
        raise BadRequestError(f"{name} is expected")
    return body[name]


def _fits(value: Any, expected: type | tuple[Any, ...]) -> bool:
    if isinstance(expected, tuple):
        return any(_fits(value, one) if isinstance(one, type) else value is one or value == one for one in expected)
    if expected in (int, float):
        fitting = isinstance(value, int) if expected is int else isinstance(value, int | float)
        return fitting and not isinstance(value, bool) and value >= 0
    return isinstance(value, expected)


def _told(expected: type | tuple[Any, ...]) -> str:
    names = {int: "a whole number", float: "a number", str: "a string", bool: "true or false", dict: "an object"}
    if isinstance(expected, tuple):
        return " or ".join(names[one] if isinstance(one, type) else json.dumps(one) for one in expected)
    return names[expected]
