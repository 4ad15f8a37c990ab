"""A GET straight into an ASGI application."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any


async def get(app: Callable[..., Awaitable[None]], path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()  # a client that stays on the line and has nothing more to say
        return {}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    await app({**scope, "http_version": "1.1", "root_path": ""}, receive, send)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])
