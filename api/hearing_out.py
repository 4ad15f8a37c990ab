"""An answer that comes before its request was read to the end: what the client still says is heard, and thrown away.

A server that closes a connection with unread bytes resets it, and the client then often loses the answer (RFC 9112, section 9.6).
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_S = 5.0
MOST = 16 * 1024 * 1024
"""So long, and so many bytes, is a client heard that says more than anybody wants."""


class HeardOut:
    """Wraps the application: it answers when it likes, and the connection stays until the client has said what it had to say."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _has_body(scope):
            await self._app(scope, receive, send)
            return
        more = True

        async def hearing() -> Message:
            nonlocal more
            message = await receive()
            more = message.get("more_body", False)
            return message

        async def answering(message: Message) -> None:
            if more and message["type"] == "http.response.body" and not message.get("more_body"):
                await send({**message, "more_body": True})
                await _hear_out(receive)
                message = {"type": "http.response.body"}
            await send(message)

        await self._app(scope, hearing, answering)


def _has_body(scope: Scope) -> bool:
    """Whether one comes by itself: a client that waits for our leave (`Expect: 100-continue`) sends none once it is answered."""
    names = {name for name, _ in scope["headers"]} if scope["type"] == "http" else set()
    return not names.isdisjoint((b"content-length", b"transfer-encoding")) and b"expect" not in names


async def _hear_out(receive: Receive) -> None:
    left, more = MOST, True
    try:
        async with asyncio.timeout(LONGEST_S):
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = message.get("more_body", False)
    except TimeoutError:
        return
