"""What every request gets: an id, a line in the log, a place in the figures, and never an exception's text."""

import logging
import re
from collections.abc import Callable
from typing import Any

from prometheus_client import Histogram
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.media import EVENTS, PARTS
from api.problem import problem
from api.request_id import request_id
from api.security import Headers, secured
from domain.turns import answering, give_way

log = logging.getLogger(__name__)

SECONDS = Histogram("tongban_request_seconds", "Duration of requests", ["method", "route", "status"])
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
GRAPHQL, SUBGRAPH = "/graphql", "/subgraph"
HUNG_UP = 499
"""What nginx and others write into their logs for it."""

_OURS = re.compile(r"[A-Za-z0-9._-]{8,64}")


class Observed:
    """Wraps the application. `new_id` gives a fresh request id, `timer` seconds since some moment."""

    def __init__(self, app: ASGIApp, new_id: Callable[[], str], timer: Callable[[], float]) -> None:
        self._app = app
        self._new_id = new_id
        self._timer = timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in SERVED:
            await self._app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        named = given if _OURS.fullmatch(given) else self._new_id()
        token = request_id.set(named)
        try:
            await SERVED[scope["type"]](self, scope, receive, send, named)
        finally:
            request_id.reset(token)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, named: str) -> None:
        began, status = self._timer(), 0
        ended: float | None = None

        async def noting(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                given = message.get("headers", [])
                message["headers"] = secured([*given, *_headers("" if _is_kept(given) else named)])
                if status == 200 and _is_stream(message["headers"]):
                    ended = self._timer()  # it stays for as long as its client likes
                    give_way()
            elif not message.get("more_body") and ended is None:
                # We are done; what a client still has to say, and how slowly it reads, is not our time.
                ended = self._timer()
            await send(message)

        try:
            with answering():
                await self._app(scope, receive, noting)
        except Exception:
            # Starlette has answered with `fault` and raised again, so that whoever watches can note it.
            log.exception("a request failed")
        finally:
            _note(scope, status, (self._timer() if ended is None else ended) - began)

    async def _converse(self, scope: Scope, receive: Receive, send: Send, named: str) -> None:
        """A socket: one line when it ends. `status` is the code that this end closed it with, 0 if the client went."""
        began, status = self._timer(), 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "websocket.accept":
                message["headers"] = [*message.get("headers", []), *_headers(named)]
            status = message.get("code", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception:
            log.exception("a socket failed")
        finally:
            duration = round((self._timer() - began) * 1000, 1)
            log.info("socket", extra={"route": _route(scope), "status": status, "duration_ms": duration})


SERVED = {"http": Observed._serve, "websocket": Observed._converse}


async def fault(request: Request, error: Exception) -> Response:
    """What a caller is told of a failure that nobody foresaw: nothing about it, in the form that this door speaks."""
    message = "Something went wrong here; it has been noted."
    if request.url.path not in (GRAPHQL, SUBGRAPH):
        return problem(500, "internal", message)
    return JSONResponse({"errors": [{"message": message, "extensions": {"code": "INTERNAL"}}]}, 500)


async def hung_up(request: Request, error: Exception) -> Response:
    """A client that went before it had said everything is nobody's fault. Nobody reads this answer but the log."""
    log.info("a client hung up")
    return Response(status_code=HUNG_UP)


def _headers(named: str) -> list[tuple[bytes, bytes]]:
    id_ = [(b"x-request-id", named.encode())] if named else []
    return [*id_, (b"x-content-type-options", b"nosniff")]


def _is_kept(headers: Headers) -> bool:
    """Whether caches may give it to others, whose request it does not answer."""
    return any(name == b"cache-control" and value.startswith(b"public") for name, value in headers)


def _is_stream(headers: Headers) -> bool:
    return any(
        name == b"content-type" and value.startswith((EVENTS.encode(), PARTS.encode())) for name, value in headers
    )


def _note(scope: Scope, status: int, seconds: float) -> None:
    route = _route(scope)
    method = scope["method"] if scope["method"] in METHODS else "other"
    SECONDS.labels(method, route, str(status)).observe(seconds)
    log.info(
        "request", extra={"method": method, "route": route, "status": status, "duration_ms": round(seconds * 1000, 1)}
    )


def _route(scope: Scope) -> str:
    """Which door it was: of a kind of another, too, which has its way to answer from that."""
    endpoint: Any = scope.get("endpoint")
    door = getattr(endpoint, "__self__", None)
    return f"{type(door).__name__}.{endpoint.__name__}" if door else str(getattr(endpoint, "__qualname__", "none"))
