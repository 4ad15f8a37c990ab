"""Making a call a second time beside itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from integrations.port import PlatformTrouble

Attempt = Callable[[], Awaitable[Any]]
Spare = Callable[[], AbstractAsyncContextManager[bool]]
"""Whether a second call may be made, as long as its block runs."""


async def quickest(attempt: Attempt, after_s: float, spare: Spare) -> Any:
    """The answer to one call, or to a second one that begins `after_s` later: whichever comes first. The other is cancelled.

    Raises PlatformTrouble once both have failed.
    """
    first = asyncio.ensure_future(attempt())
    try:
        await asyncio.wait({first}, timeout=after_s)
        if first.done():
            return first.result()
        async with spare() as free:
            return await (_first_answer(first, asyncio.ensure_future(attempt())) if free else first)
    finally:
        await _ended(first)


async def _first_answer(one: asyncio.Future[Any], other: asyncio.Future[Any]) -> Any:
    try:
        await asyncio.wait({one, other}, return_when=asyncio.FIRST_COMPLETED)
        quick, slow = (one, other) if one.done() else (other, one)
        try:
            return await quick
        except PlatformTrouble:
            return await slow
    finally:
        await _ended(one, other)


async def _ended(*calls: asyncio.Future[Any]) -> None:
    """Cancels what is under way, and waits for it: its place is given back only then."""
    for call in calls:
        call.cancel()
    await asyncio.gather(*calls, return_exceptions=True)
