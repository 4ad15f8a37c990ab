"""Work that takes long, done a piece at a time: one thread serves everybody, and whoever else is there is served in between."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 20
"""Rows that are mapped, compared or written out in one piece: some milliseconds of work."""
REST_S, LATE_S, LONGEST_S = 0.001, 0.003, 0.05
"""How long a rest is; from when on it came to its end so late that others were at work; and how long one waits for those."""


async def rest() -> None:
    """Between two pieces: until nobody else has anything to do, or a while if they never come to an end.

    A mere turn of the loop would not do. A request takes ten of them, and would wait for a piece in each.
    """
    loop = asyncio.get_running_loop()
    began = until = loop.time()
    while until - began < LONGEST_S:
        before = until
        await asyncio.sleep(REST_S)
        until = loop.time()
        if until - before < LATE_S:
            return


async def in_turns(items: Iterable[T], at_once: int = AT_ONCE) -> AsyncIterator[T]:
    """The items, with a rest after so many."""
    for place, item in enumerate(items):
        if place and place % at_once == 0:
            await rest()
        yield item
