"""Reading a request's body, no further than it may go."""

from starlette.requests import Request


class TooLarge(Exception):
    """The body is larger than this door takes."""


async def read_body(request: Request, most: int) -> bytes:
    """The whole body. Raises TooLarge as soon as it is known to be more than `most` bytes."""
    stated = request.headers.get("content-length", "")
    if stated.isdigit() and int(stated[:20]) > most:
        raise TooLarge
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise TooLarge
    return bytes(body)
