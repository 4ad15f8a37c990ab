"""POST /graphql: who asks, until when, in which language; then the schema. Decides nothing itself."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from graphql import GraphQLError
from starlette.requests import Request
from starlette.responses import Response
from strawberry import Schema
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from api.body import BodyRefused, read_body
from api.door import DEADLINE_MS, BadRequest, Door, checked, no_number
from api.graphiql import wants_page
from api.language import locale_of
from domain.caller import Locale
from domain.errors import ErrorCode, Refusal
from domain.times import Micros
from resolvers.arrivals import Arrivals
from schema.context import UseCases
from schema.errors import message_of, presented

LARGEST_REQUEST = 1024 * 1024
SHORTEST_MS, LONGEST_MS = 100, 10_000
ANSWERED = (OperationType.QUERY, OperationType.MUTATION)
_STATUS_OF = {ErrorCode.UNAUTHENTICATED: 401, ErrorCode.UNAVAILABLE: 503}


class GraphQLDoor(Door):
    """The one endpoint."""

    def __init__(
        self, schema: Schema, use: UseCases, arrivals: Arrivals, clock: Callable[[], Micros], page: Response | None
    ) -> None:
        super().__init__(schema, use, arrivals, clock)
        self._page = page

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
        wait_ms = _deadline_ms(request)
        signed_in = await self.signed_in(request.headers.get("authorization"))
        # Waiting begins before the body is read, however long that takes.
        context = self.context(signed_in, locale, wait_ms)
        asked = await _asked(request)
        try:
            result = await self._schema.execute(
                asked["query"],
                variable_values=asked.get("variables"),
                operation_name=asked.get("operationName"),
                context_value=context,
                allowed_operation_types=ANSWERED,
            )
        except InvalidOperationTypeError:
            raise BadRequest(400, "Subscriptions are for a socket: graphql-transport-ws, at the same path.") from None
        return _response(result.data, result.errors or [], locale)


async def _asked(request: Request) -> dict[str, Any]:
    """The request's parameters, checked. Raises BadRequest."""
    if request.method != "POST":
        raise BadRequest(405, "Use POST.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BadRequest(415, "Send application/json.")
    try:
        asked = json.loads((await read_body(request, LARGEST_REQUEST)).decode("utf-8"), parse_constant=no_number)
    except BodyRefused as refused:
        raise BadRequest(refused.status, refused.title) from None
    except (ValueError, RecursionError):
        raise BadRequest(400, "The body is not JSON.") from None
    return checked(asked)


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
