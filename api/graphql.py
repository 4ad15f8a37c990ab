"""GraphQL over HTTP at /graphql: who asks, until when, in which language; then the schema. Decides nothing itself.

After the working draft "GraphQL over HTTP" (docs/adr/0054).
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing
from functools import partial

from starlette.requests import Request
from starlette.responses import Response
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.address import address_of
from api.asked import BadRequest
from api.asking import asked_by
from api.bill import headers_of, refused_headers
from api.door import DEADLINE_MS, Door
from api.event_stream import EventStream
from api.json_text import encoded
from api.language import locale_of
from api.media import EVENTS, GRAPHQL, HTML, JSON, OLD_PARTS, PARTS, acceptable
from api.parts import InParts
from api.places import Full
from api.results import text_of, told, was_run
from domain.caller import Locale
from domain.errors import ErrorCode, Refusal
from schema.asked import Asked
from schema.context import Context
from schema.deferring import Deferred
from schema.errors import message_of
from schema.service import ANSWERED

SHORTEST_MS, LONGEST_MS = 100, 10_000
METHODS = "GET, HEAD, POST, OPTIONS"
IN_PARTS = frozenset({PARTS, OLD_PARTS})
OFFERED = frozenset({GRAPHQL, JSON, EVENTS}) | IN_PARTS
LATER = {"retry-after": "5"}
_STATUS_OF = {
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.UNKNOWN_CLIENT: 403,
    ErrorCode.SUSPENDED_CLIENT: 403,
    ErrorCode.OUT_OF_SCOPE: 403,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.UNAVAILABLE: 503,
}
_ALSO = {401: {"www-authenticate": 'Bearer error="invalid_token"'}, 405: {"allow": METHODS}}
_ALWAYS = {"cache-control": "no-store", "vary": "Accept, Accept-Language, Authorization, Origin"}
PUBLIC = "public, max-age=5"
"""What anybody gets by an address that holds the id of an operation; no answer of ours about nobody is fresher."""
_KINDS = {"POST": ANSWERED, "GET": (OperationType.QUERY,), "HEAD": (OperationType.QUERY,)}
"""Whoever follows an address changes nothing by it."""


class NotByGet(BadRequest):
    """A mutation in an address."""

    def __init__(self) -> None:
        super().__init__(405, "Send mutations by POST.")


class GraphQLDoor(Door):
    """The one endpoint. Shows a browser the page, if there is one."""

    page: Response | None = None

    async def answer(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(status_code=204, headers={"allow": METHODS})
        types = acceptable(",".join(request.headers.getlist("accept")), self._offered(request.method))
        if self.page and types[:1] == [HTML]:
            return self.page
        locale = locale_of(request.headers.get("accept-language", ""))
        try:
            return await self._execute(request, locale, types)
        except BadRequest as bad:
            return _refusal(bad.status, types, ErrorCode.BAD_REQUEST, bad.message, _also(bad))
        except Full as full:
            return _refusal(503, types, ErrorCode.UNAVAILABLE, str(full), LATER)
        except Refusal as refusal:
            return self._declined(refusal, _STATUS_OF.get(refusal.code, 400), types, locale)

    def _declined(self, refusal: Refusal, status: int, types: list[str], locale: Locale) -> Response:
        headers = _ALSO.get(status) or refused_headers(refusal)
        return _refusal(status, types, refusal.code, self._words(refusal, locale), headers)

    def _words(self, refusal: Refusal, locale: Locale) -> str:
        return message_of(refusal.code, locale)

    def _offered(self, method: str) -> frozenset[str]:
        """A stream does not end, so that HEAD never learned how long it is."""
        offered = OFFERED - {EVENTS} - IN_PARTS if method == "HEAD" else OFFERED
        return offered | {HTML} if self.page and method == "GET" else offered

    async def _execute(self, request: Request, locale: Locale, types: list[str]) -> Response:
        if request.method not in _KINDS:
            raise BadRequest(405, f"Use {METHODS}.")
        if not types:
            raise BadRequest(406, f"Accept {GRAPHQL} or {JSON}; or {EVENTS} or {PARTS}, but for HEAD.")
        # Waiting begins before a large body is read, however long that takes.
        context = await self._let_in(request, locale)
        asked = await asked_by(request, partial(self._service.pay, context))
        try:
            if types[0] != EVENTS:
                return await self._answered(request, types, asked, context)
        except InvalidOperationTypeError as other:
            _only_streamed(other, types)
        return await self._streamed(request.method, asked, context)

    async def _let_in(self, request: Request, locale: Locale) -> Context:
        """Who asks, and until when. Raises BadRequest and Refusal."""
        wait_ms = _deadline_ms(request)
        signed_in = await self.signed_in(request.headers.get("authorization"))
        return self.context(signed_in, locale, address_of(request), wait_ms)

    async def _answered(self, request: Request, types: list[str], asked: Asked, context: Context) -> Response:
        """Whole, unless the operation defers something and the client takes parts. Raises what `result` raises, and Full."""
        kinds, media = _KINDS[request.method], next((one for one in types if one in IN_PARTS), None)
        with ExitStack() as places:
            if media is None:
                answer: ExecutionResult | Deferred = await self.result(asked, context, kinds)
            else:
                answer = await self.result_or_parts(asked, context, kinds, places)
            if isinstance(answer, Deferred):
                headers = {**_ALWAYS, "x-accel-buffering": "no", **headers_of(context.bill)}
                seconds = self.seconds_left(context.signed_in)
                return InParts(answer, media or PARTS, context, seconds, places.pop_all(), headers)
        return _written(answer, types, context, _is_public(request, asked, context, answer))

    async def _streamed(self, method: str, asked: Asked, context: Context) -> Response:
        """Waits for the first result: until then it may turn out that nothing is to be run. Raises BadRequest, Full."""
        with ExitStack() as stack:
            stack.enter_context(self._places.one())
            stack.enter_context(self._places.among_its_party(context.signed_in))
            results = self.stream(asked, context, (*_KINDS[method], OperationType.SUBSCRIPTION))
            try:
                first = await anext(results, None)
            except InvalidOperationTypeError:
                raise NotByGet from None
            seconds = self.seconds_left(context.signed_in)
            headers = {**_ALWAYS, "x-accel-buffering": "no", **headers_of(context.bill)}
            return EventStream(_joined(first, results), context.locale, seconds, stack.pop_all(), headers)


async def _joined(
    first: ExecutionResult | None, rest: AsyncGenerator[ExecutionResult, None]
) -> AsyncGenerator[ExecutionResult, None]:
    async with aclosing(rest):
        if first is not None:
            yield first
        async for result in rest:
            yield result


def _is_public(request: Request, asked: Asked, context: Context, result: ExecutionResult) -> bool:
    """Whether this is what anybody gets at this address."""
    by_address = request.method == "GET" and asked.id is not None
    return by_address and context.client is None and not result.errors


def _only_streamed(other: InvalidOperationTypeError, types: list[str]) -> None:
    """Passes a subscription of somebody who takes a stream, too. Raises BadRequest."""
    if other.operation_type is OperationType.MUTATION:
        raise NotByGet from None
    if EVENTS not in types:
        raise BadRequest(
            400, f"Subscribe over a socket that speaks graphql-transport-ws, or accept {EVENTS}."
        ) from None


def _deadline_ms(request: Request) -> int:
    """How long the caller will wait, within our bounds. Raises BadRequest for what is not a number."""
    given = request.headers.get("tongban-deadline-ms")
    if given is None:
        return DEADLINE_MS
    if not (given.isascii() and given.isdigit()):
        raise BadRequest(400, "Tongban-Deadline-Ms is a number of milliseconds, in digits.")
    digits = given.lstrip("0") or "0"
    # Turning thousands of them into a number is work, and more than the longest has is more time.
    return min(max(int(digits[:9]), SHORTEST_MS), LONGEST_MS)


def _written(result: ExecutionResult, types: list[str], context: Context, public: bool) -> Response:
    """What was not run is a 400 to those who know the type for it. To others 400 may be a proxy's: they get 200 and errors."""
    status = 400 if _media(types) == GRAPHQL and not was_run(result) else 200
    # What others may be given again is nobody's bill.
    headers = {"cache-control": PUBLIC} if public else headers_of(context.bill)
    return _response(status, types, text_of(told(result, context.locale)), headers)


def _also(bad: BadRequest) -> dict[str, str] | None:
    return {"allow": "POST"} if isinstance(bad, NotByGet) else _ALSO.get(bad.status)


def _refusal(
    status: int, types: list[str], code: ErrorCode, message: str, headers: Mapping[str, str] | None
) -> Response:
    body = encoded({"errors": [{"message": message, "extensions": {"code": code.value}}]})
    return _response(status, types, body, headers)


def _response(status: int, types: list[str], text: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(text, status, {**_ALWAYS, **(headers or {})}, f"{_media(types)}; charset=utf-8")


def _media(types: list[str]) -> str:
    """Of an answer that is not a stream: who takes none is told so in JSON."""
    return next((one for one in types if one in (GRAPHQL, JSON)), JSON)
