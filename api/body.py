"""Reading a request's body, no further than it may go."""

import asyncio

from starlette.requests import Request

LONGEST_S = 10.0
"""How long a body may take to come."""


class BodyRefused(Exception):
    """A body is not taken: the HTTP status, a word for programs, and a sentence for a developer."""

    def __init__(self, status: int, kind: str, title: str) -> None:
        super().__init__(title)
        self.status, self.kind, self.title = status, kind, title


async def read_body(request: Request, most: int, seconds: float = LONGEST_S) -> bytes:
    """The whole body, of at most `most` bytes. Raises BodyRefused: 408, 413 as soon as it is known, 415 for an encoded one.

    Raises starlette.requests.ClientDisconnect when the client hangs up.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise BodyRefused(415, "encoded", "Send it without a content encoding.")
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated[:20]) > most:
        raise _too_large(most)
    try:
        async with asyncio.timeout(seconds):
            return await _read(request, most)
    except TimeoutError:
        raise BodyRefused(408, "too-slow", f"A body has to come within {seconds:g} seconds.") from None


async def _read(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> BodyRefused:
    return BodyRefused(413, "too-large", f"A body is at most {most} bytes.")
