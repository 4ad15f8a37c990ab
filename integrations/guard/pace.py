"""How many calls a minute a platform allows, counted over all processes together."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from integrations.asker import open_to_jobs

Pace = Callable[[bool], Awaitable[float]]
"""Counts one call: 0.0 if it may be made, else seconds until there may be one. True: it may use what is kept for readers.
Raises nothing."""

MINUTE_S = 60.0


class Quotas(Protocol):
    """What counts over all processes. store.shared.quotas says how."""

    async def take(self, name: str, most: int, window_s: float) -> float: ...


async def unpaced(reads: bool) -> float:
    """The Pace of a platform that may be called as often as we like."""
    return 0.0


def pace_of(code: str, calls_per_minute: int | None, quotas: Quotas) -> Pace:
    """The Pace of the platform `code`, whose description allows so many calls, or any number."""
    if calls_per_minute is None:
        return unpaced
    name, whole, part = f"calls:{code}", calls_per_minute, open_to_jobs(calls_per_minute)

    async def pace(reads: bool) -> float:
        return await quotas.take(name, whole if reads else part, MINUTE_S)

    return pace
