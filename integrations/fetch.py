"""Fetching small public JSON documents: bounded in bytes and time, never redirected."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import aiohttp

Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]
"""Gives the JSON object behind a URL. Raises FetchFailed and nothing else."""

MOST_BYTES = 64 * 1024
_TIMEOUT = aiohttp.ClientTimeout(total=3)


class FetchFailed(Exception):
    """A document cannot be had. Says why, in our words; the answer is not repeated."""


def json_fetcher(session: aiohttp.ClientSession) -> Fetch:
    """A Fetch over an open session: 3 s in all, at most 64 KiB, only HTTP 200, no redirects."""

    async def fetch(url: str) -> Mapping[str, Any]:
        return await fetch_json(session, url)

    return fetch


async def fetch_json(session: aiohttp.ClientSession, url: str) -> Mapping[str, Any]:
    """The JSON object behind `url`. Raises FetchFailed."""
    try:
        async with session.get(url, allow_redirects=False, timeout=_TIMEOUT) as response:
            if response.status != 200:
                raise FetchFailed(f"HTTP {response.status}")
            document = json.loads(await _read(response))
    # RuntimeError: a closed session, and JSON nested without end. OSError includes the timeout.
    except (aiohttp.ClientError, OSError, ValueError, RuntimeError) as error:
        raise FetchFailed(type(error).__name__) from None
    if not isinstance(document, dict):
        raise FetchFailed("not a JSON object")
    return document


async def _read(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(8192):
        body += chunk
        if len(body) > MOST_BYTES:
            raise FetchFailed(f"more than {MOST_BYTES} bytes")
    return bytes(body)
