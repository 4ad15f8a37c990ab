"""Calls to platforms over HTTP: bounded in bytes, never redirected, every foreign failure translated in one table."""

import asyncio
import json
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp

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


def trouble_of(error: BaseException) -> PlatformTrouble | None:
    """Translates what the HTTP library raised. Its text is left behind: it may quote what was sent."""
    for foreign, ours in TROUBLE_OF.items():
        if isinstance(error, foreign):
            return ours(type(error).__name__)
    return None


async def post(
    session: aiohttp.ClientSession,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    most: int,
    also: tuple[int, ...] = (),
) -> tuple[int, bytes]:
    """Posts bytes; the status, 200 or one of `also`, and the answer's bytes, at most `most` of them. Raises PlatformTrouble."""
    try:
        async with session.post(url, data=body, headers=headers, allow_redirects=False) as response:
            if response.status not in also:
                raise_for_status(response.status, response.headers)
            return response.status, await _read(response, most)
    except (aiohttp.ClientError, OSError) as error:
        raise trouble_of(error) or Unreachable(type(error).__name__) from error


async def post_json(
    session: aiohttp.ClientSession, url: str, headers: Mapping[str, str], body: Any, most: int
) -> bytes:
    """Posts JSON and gives the answer's bytes, at most `most` of them. Raises PlatformTrouble."""
    typed = {**headers, "Content-Type": "application/json; charset=utf-8"}
    _, answer = await post(session, url, typed, json.dumps(body, ensure_ascii=False).encode(), most)
    return answer


def raise_for_status(status: int, headers: Mapping[str, str]) -> None:
    """Raises RateLimited for 429, Overloaded or ServerFailed for a 5xx, Refused for any other status that is not 200."""
    if status == 200:
        return
    pause_s = pause_of(headers) if status in (429, 503) else 0.0
    raise _trouble_of(status)(f"HTTP {status}", pause_s)


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


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65536):
        body += chunk
        if len(body) > most:
            raise Drifted(f"an answer of more than {most} bytes")
    return bytes(body)
