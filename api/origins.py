"""Which pages in browsers may read what /graphql answers: those of clients that told us where their pages come from (CORS)."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from resolvers.clients import Clients

METHODS = "GET, POST"
SENT = "authorization, content-type, accept-language, tongban-deadline-ms, x-request-id"
SHOWN = "x-request-id, retry-after, www-authenticate, tongban-cost, tongban-cost-limit, ratelimit, ratelimit-policy"
MAX_AGE_S = 600
"""For how long a browser need not ask again."""


class Origins:
    """Wraps a door.

    A grant lets a page read an answer. It carries no cookie: there are none, and what a caller may is said by its token alone.
    """

    def __init__(self, app: ASGIApp, clients: Clients) -> None:
        self._app, self._clients = app, clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        said = Headers(scope=scope)
        origin = said.get("origin", "")
        if not origin or not await self._clients.has_page_at(origin):
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in said:
            await _leave_to_ask(origin)(scope, receive, send)
        else:
            await self._app(scope, receive, _granting(origin, send))


def _leave_to_ask(origin: str) -> Response:
    headers = {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": METHODS,
        "access-control-allow-headers": SENT,
        "access-control-max-age": str(MAX_AGE_S),
        "vary": "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
    }
    return Response(status_code=204, headers=headers)


def _granting(origin: str, send: Send) -> Send:
    async def granting(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["access-control-allow-origin"] = origin
            headers["access-control-expose-headers"] = SHOWN
        await send(message)

    return granting
