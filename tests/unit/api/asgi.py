"""Requests straight into an ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from starlette.requests import Request

App = Callable[..., Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


def piece(body: bytes, *, more: bool = False) -> dict[str, Any]:
    """A part of a request's body."""
    return {"type": "http.request", "body": body, "more_body": more}


HANG_UP = {"type": "http.disconnect"}


def client(*messages: dict[str, Any]) -> Receive:
    """A client that says this, stays on the line and has nothing more to say."""
    waiting = list(messages)

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    return receive


def scope(method: str, path: str, headers: Iterable[tuple[str, str]] = ()) -> dict[str, Any]:
    named = [(name.encode(), value.encode()) for name, value in headers]
    place = {"path": path, "raw_path": path.encode(), "root_path": "", "query_string": b""}
    return {"type": "http", "http_version": "1.1", "method": method, "headers": named, **place}


def a_request(receive: Receive, **headers: str) -> Request:
    """A POST as a handler gets it; header names with underscores for dashes."""
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(scope("POST", "/", named), receive)


async def ask(app: App, method: str, path: str, receive: Receive, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    await app(scope(method, path, named), receive, send)
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, b"".join(message.get("body", b"") for message in sent[1:])


async def get(app: App, path: str) -> tuple[int, dict[str, str], bytes]:
    """The answer to a GET: status, headers and body."""
    return await ask(app, "GET", path, client())
