"""POST /graphql: who asks, until when, in which language; then the schema. Decides nothing itself."""

import json
from asyncio import get_running_loop
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema

from api.body import BodyRefused, read_body
from api.graphiql import wants_page
from api.language import locale_of
from domain.caller import Caller, Locale, SignIn
from domain.errors import ErrorCode, Refusal
from domain.times import Micros
from resolvers.arrivals import Arrivals
from schema.context import Context, UseCases
from schema.errors import message_of, presented

LARGEST_REQUEST = 1024 * 1024
DEADLINE_MS, SHORTEST_MS, LONGEST_MS = 1500, 100, 10_000
_STATUS_OF = {ErrorCode.UNAUTHENTICATED: 401, ErrorCode.UNAVAILABLE: 503}


class BadRequest(Exception):
    """The request is not one of GraphQL over HTTP. Says what is wrong, in words for a developer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class GraphQLDoor:
    """The one endpoint."""

    def __init__(
        self, schema: Schema, use: UseCases, arrivals: Arrivals, clock: Callable[[], Micros], page: Response | None
    ) -> None:
        self._schema, self._use, self._arrivals, self._clock, self._page = schema, use, arrivals, clock, page

    async def answer(self, request: Request) -> Response:
        if self._page and wants_page(request):
            return self._page
        locale = locale_of(request.headers.get("accept-language", ""))
        try:
            return await self._execute(request, locale)
        except BadRequest as bad:
            return _refusal(bad.status, ErrorCode.BAD_REQUEST, bad.message)
        except Refusal as refusal:
            return _refusal(_STATUS_OF[refusal.code], refusal.code, message_of(refusal.code, locale))

    async def _execute(self, request: Request, locale: Locale) -> Response:
        now, deadline = self._clock(), get_running_loop().time() + _deadline_ms(request) / 1000
        signed_in = await self._signed_in(request, now)
        asked = await _asked(request)

        async def arrive(sign_in: SignIn) -> Caller:
            return await self._arrivals.caller(sign_in, locale=locale, now=now, deadline=deadline)

        result = await self._schema.execute(
            asked["query"],
            variable_values=asked.get("variables"),
            operation_name=asked.get("operationName"),
            context_value=Context(self._use, locale, signed_in, arrive),
        )
        return _response(result.data, result.errors or [], locale)

    async def _signed_in(self, request: Request, now: Micros) -> SignIn | None:
        """None without credentials: then only public fields answer. Bad credentials are refused, and nothing is run."""
        given = request.headers.get("authorization")
        if given is None:
            return None
        scheme, _, token = given.partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal(ErrorCode.UNAUTHENTICATED)
        return await self._arrivals.sign_in(token.strip(), now)


async def _asked(request: Request) -> dict[str, Any]:
    """The request's parameters, checked. Raises BadRequest."""
    if request.method != "POST":
        raise BadRequest(405, "Use POST.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest(415, "Send application/json.")
    try:
        asked = json.loads((await read_body(request, LARGEST_REQUEST)).decode("utf-8"), parse_constant=_no_number)
    except BodyRefused as refused:
        raise BadRequest(refused.status, refused.title) from None
    except (ValueError, RecursionError):
        raise BadRequest(400, "The body is not JSON.") from None
    if not isinstance(asked, dict) or not isinstance(asked.get("query"), str) or not asked["query"]:
        raise BadRequest(400, "Send an object with a query, which is a string.")
    for name in ("variables", "extensions"):
        if not isinstance(asked.get(name), dict | None):
            raise BadRequest(400, f"{name} is an object.")
    if not isinstance(asked.get("operationName"), str | None):
        raise BadRequest(400, "operationName is a string.")
    return asked


def _no_number(word: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(word)


def _deadline_ms(request: Request) -> int:
    """How long the caller will wait, within our bounds. Raises BadRequest for what is not a number."""
    given = request.headers.get("tongban-deadline-ms")
    if given is None:
        return DEADLINE_MS
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise BadRequest(400, "Tongban-Deadline-Ms is a number of milliseconds.")
    return min(max(int(given), SHORTEST_MS), LONGEST_MS)


def _response(data: dict[str, Any] | None, errors: Sequence[GraphQLError], locale: Locale) -> Response:
    """Where nothing was run there is no `data` in the answer; what was run and came to nothing has a path to where it failed."""
    shown = [presented(error, locale) for error in errors]
    if data is None and not any(error.path for error in errors):
        return _json(400, {"errors": shown})
    return _json(200, {"data": data, **({"errors": shown} if shown else {})})


def _refusal(status: int, code: ErrorCode, message: str) -> Response:
    headers = {401: {"www-authenticate": 'Bearer error="invalid_token"'}, 405: {"allow": "POST"}}.get(status, {})
    return _json(status, {"errors": [{"message": message, "extensions": {"code": code.value}}]}, headers)


def _json(status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    # A lone surrogate that a client sent may come back in a message: it must not break the answer.
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(text, status, {"cache-control": "no-store", **(headers or {})}, "application/json")
