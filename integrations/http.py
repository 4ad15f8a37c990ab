"""Calls to platforms over HTTP: bounded in bytes, never redirected, every foreign failure translated in one table."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from domain.turns import short_rest
from integrations.port import (
    Drifted,
    Overloaded,
    PlatformTrouble,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unreachable,
)

TROUBLE_OF: dict[type[BaseException], type[PlatformTrouble]] = {
    asyncio.TimeoutError: TimedOut,
    aiohttp.ClientConnectionError: Unreachable,
    aiohttp.ClientPayloadError: Unreachable,
    aiohttp.ClientResponseError: Drifted,
    aiohttp.InvalidURL: Unreachable,
    aiohttp.ClientError: Unreachable,
    OSError: Unreachable,
}
"""What the HTTP library may raise, and what it means here. The first that fits, in this order."""

SHORT = 16 * 1024
"""Bytes of an answer that are read and understood in one piece, half a millisecond at most."""

Tls = ssl.SSLContext | bool
"""How a connection by HTTPS is made; True: as the system does it."""


@dataclass(frozen=True)
class Request:
    """What is sent. Its parts may be personal, and secrets stand in its headers."""

    method: str
    url: URL = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


@dataclass(frozen=True)
class Response:
    """What came back. `media_type`: in small letters and without parameters; None where the answer names none.

    `pause_s`: for how many seconds it asks to be left alone.
    """

    status: int
    media_type: str | None
    body: bytes = field(repr=False)
    pause_s: float = 0.0


def merged(*many: Mapping[str, str]) -> dict[str, str]:
    """Headers put together: the later ones replace the earlier, however their names are written."""
    found = {name.lower(): (name, value) for headers in many for name, value in headers.items()}
    return dict(found.values())


def trouble_of(error: BaseException) -> PlatformTrouble | None:
    """Translates what the HTTP library raised. Its text is left behind: it may quote what was sent."""
    for foreign, ours in TROUBLE_OF.items():
        if isinstance(error, foreign):
            return ours(type(error).__name__)
    return None


def url_of(text: str) -> URL:
    """An address as it will be sent. Raises Unreachable."""
    try:
        url = URL(text)
    except ValueError:
        raise Unreachable("InvalidURL") from None
    if not url.absolute:
        raise Unreachable("InvalidURL")
    return url


async def send(session: aiohttp.ClientSession, request: Request, most: int, tls: Tls = True) -> Response:
    """Sends a request; the answer with any status, of at most `most` bytes after decompression. Raises PlatformTrouble."""
    how = {"headers": request.headers, "data": request.body or None, "allow_redirects": False, "ssl": tls}
    try:
        async with session.request(request.method, request.url, **how) as response:  # type: ignore[arg-type]
            body = await _read(response, most)
            if len(body) > SHORT:
                await short_rest()
            return Response(response.status, _media_type(response), body, pause_of(response.headers))
    except (aiohttp.ClientError, OSError) as error:
        raise trouble_of(error) or Unreachable(type(error).__name__) from error


def raise_for_status(response: Response) -> None:
    """Raises RateLimited for 429, Overloaded or ServerFailed for a 5xx, Refused for any other status that is not 200."""
    status = response.status
    if status == 200:
        return
    raise _trouble_of(status)(f"HTTP {status}", response.pause_s if status in (429, 503) else 0.0)


def _trouble_of(status: int) -> type[PlatformTrouble]:
    if status == 429:
        return RateLimited
    if status in (502, 503, 504):
        return Overloaded
    return ServerFailed if status >= 500 else Refused


def pause_of(headers: Mapping[str, str]) -> float:
    """Seconds of the header Retry-After (RFC 9110, section 10.2.3); 0.0 where it is missing or is nonsense."""
    said = headers.get("Retry-After", "")
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        # By the sender's own clock, which may be off.
        pause = (parsedate_to_datetime(said) - parsedate_to_datetime(headers["Date"])).total_seconds()
    except (KeyError, TypeError, ValueError):
        return 0.0
    return max(0.0, pause)


def _media_type(response: aiohttp.ClientResponse) -> str | None:
    # Not `response.content_type`, which says octet-stream where nothing is said.
    named = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return named or None


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The library hands out what it decompressed in small pieces, so that no piece is large before it is counted."""
    body = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        body += chunk
        if len(body) > most:
            raise Drifted(f"an answer of more than {most} bytes")
    return bytes(body)
