"""GraphQL over HTTP at /graphql: who asks, until when, in which language; then the schema. Decides nothing itself.

After the working draft "GraphQL over HTTP" (docs/adr/0054).
"""

from collections.abc import Callable, Mapping

from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.address import address_of
from api.asked import Asked, BadRequest
from api.asking import asked_by
from api.bill import headers_of, refused_headers
from api.door import DEADLINE_MS, Door
from api.json_text import encoded
from api.language import locale_of
from api.media import GRAPHQL, HTML, JSON, acceptable
from api.results import text_of, told, was_run
from domain.caller import Locale
from domain.errors import ErrorCode, Refusal
from domain.times import Micros
from resolvers.arrivals import Arrivals
from schema.context import Context, UseCases
from schema.errors import message_of
from schema.service import ANSWERED, Service

SHORTEST_MS, LONGEST_MS = 100, 10_000
METHODS = "GET, HEAD, POST, OPTIONS"
_STATUS_OF = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.UNKNOWN_CLIENT: 403,
    ErrorCode.SUSPENDED_CLIENT: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
}
_ALSO = {401: {"www-authenticate": 'Bearer error="invalid_token"'}, 405: {"allow": METHODS}}
_KINDS = {"POST": ANSWERED, "GET": (OperationType.QUERY,), "HEAD": (OperationType.QUERY,)}
"""Whoever follows an address changes nothing by it."""


class NotByGet(BadRequest):
    """A mutation in an address."""

    def __init__(self) -> None:
        super().__init__(405, "Send mutations by POST.")


class GraphQLDoor(Door):
    """The one endpoint."""

    def __init__(
        self,
        service: Service,
        use: UseCases,
        arrivals: Arrivals,
        clock: Callable[[], Micros],
        opened: bool,
        page: Response | None,
    ) -> None:
        super().__init__(service, use, arrivals, clock, opened)
        self._page = page
        self._offered = frozenset({GRAPHQL, JSON} | ({HTML} if page else set()))

    async def answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": METHODS})
        types = acceptable(",".join(request.headers.getlist("accept")), self._offered)
        if self._page and types[:1] == [HTML] and request.method == "GET":
            return self._page
        media = next((one for one in types if one in (GRAPHQL, JSON)), None)
        locale = locale_of(request.headers.get("accept-language", ""))
        try:
            if request.method not in _KINDS:
                raise BadRequest(405, f"Use {METHODS}.")
            if media is None:
                raise BadRequest(406, f"Accept {GRAPHQL} or {JSON}.")
            return await self._execute(request, locale, media)
        except BadRequest as bad:
            return _refusal(bad.status, media, ErrorCode.BAD_REQUEST, bad.message, _also(bad))
        except Refusal as refusal:
            status = _STATUS_OF[refusal.code]
            headers = _ALSO.get(status) or refused_headers(refusal)
            return _refusal(status, media, refusal.code, message_of(refusal.code, locale), headers)

    async def _execute(self, request: Request, locale: Locale, media: str) -> Response:
        wait_ms = _deadline_ms(request)
        signed_in = await self.signed_in(request.headers.get("authorization"))
        # Waiting begins before the body is read, however long that takes.
        context = self.context(signed_in, locale, address_of(request), wait_ms)
        asked = await asked_by(request)
        result = await self._result(request.method, asked, context)
        return _written(result, media, context)

    async def _result(self, method: str, asked: Asked, context: Context) -> ExecutionResult:
        """Raises BadRequest for an operation that this method does not run."""
        try:
            return await self.result(asked, context, _KINDS[method])
        except InvalidOperationTypeError as other:
            if other.operation_type is OperationType.MUTATION:
                raise NotByGet from None
            raise BadRequest(400, "Subscriptions are for a socket: graphql-transport-ws, at the same path.") from None


def _deadline_ms(request: Request) -> int:
    """How long the caller will wait, within our bounds. Raises BadRequest for what is not a number."""
    given = request.headers.get("tongban-deadline-ms")
    if given is None:
        return DEADLINE_MS
    if not (given.isascii() and given.isdigit() and len(given) <= 9):
        raise BadRequest(400, "Tongban-Deadline-Ms is a number of milliseconds.")
    return min(max(int(given), SHORTEST_MS), LONGEST_MS)


def _written(result: ExecutionResult, media: str, context: Context) -> Response:
    """What was not run is a 400 to those who know the type for it. To others 400 may be a proxy's: they get 200 and errors."""
    status = 200 if media == JSON or was_run(result) else 400
    return _response(status, media, text_of(told(result, context.locale)), headers_of(context.bill))


def _also(bad: BadRequest) -> dict[str, str] | None:
    return {"allow": "POST"} if isinstance(bad, NotByGet) else _ALSO.get(bad.status)


def _refusal(
    status: int, media: str | None, code: ErrorCode, message: str, headers: Mapping[str, str] | None
) -> Response:
    body = encoded({"errors": [{"message": message, "extensions": {"code": code.value}}]})
    return _response(status, media or JSON, body, headers)


def _response(status: int, media: str, text: bytes, headers: Mapping[str, str] | None = None) -> Response:
    always = {"cache-control": "no-store", "vary": "Accept, Accept-Language, Authorization"}
    return Response(text, status, {**always, **(headers or {})}, f"{media}; charset=utf-8")
