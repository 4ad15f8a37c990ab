"""Work that takes long, done a piece at a time: one thread serves everybody, and whoever else is there is served in between."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

AT_ONCE = 20
"""Rows that are mapped, compared or written out in one piece: some milliseconds of work."""
REST_S, LONGEST_S = 0.001, 0.02
"""How long a rest is at least, and at most, the turn waited for included."""
SHORT_S = 0.025
"""Whoever is not answered by then waits for a platform or a store, and a piece does not keep him."""


class Others:
    """Who is being answered in one thread and has done nothing that takes long, the latest last; and whose turn it is."""

    def __init__(self) -> None:
        self.begun: dict[object, float] = {}
        self.turn = asyncio.Lock()

    def at_work(self, now: float) -> bool:
        latest = next(reversed(self.begun.values()), None)
        return latest is not None and now - latest < SHORT_S


_others: WeakKeyDictionary[asyncio.AbstractEventLoop, Others] = WeakKeyDictionary()
_mine: ContextVar[object] = ContextVar("mine")
_NOBODY = object()


def _here() -> Others:
    loop = asyncio.get_running_loop()
    if (others := _others.get(loop)) is None:
        others = _others[loop] = Others()
    return others


@contextmanager
def answering() -> Iterator[None]:
    """While one request is answered: long work of others rests until it is done. It has to end in the task in which it began."""
    begun, mine = _here().begun, object()
    begun[mine] = asyncio.get_running_loop().time()
    token = _mine.set(mine)
    try:
        yield
    finally:
        _mine.reset(token)
        begun.pop(mine, None)


def give_way() -> None:
    """Whoever is being answered here waits for something himself, or takes long: nobody waits for him any more."""
    _here().begun.pop(_mine.get(_NOBODY), None)


def apart() -> None:
    """What this task goes on to do belongs to nobody who is being answered, though it was begun for one of them."""
    _mine.set(_NOBODY)


async def rest() -> None:
    """Between two pieces: until nobody is being answered, or a while if there always is somebody. One at a time goes on.

    A mere turn of the loop would not do. A request takes ten of them, and would wait for a piece in each.
    """
    give_way()
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_S):
            await _others_done(_here())


async def _others_done(others: Others) -> None:
    loop = asyncio.get_running_loop()
    async with others.turn:
        await asyncio.sleep(REST_S)
        while others.at_work(loop.time()):
            await asyncio.sleep(REST_S)


async def in_turns(items: Iterable[T], at_once: int = AT_ONCE) -> AsyncIterator[T]:
    """The items, with a rest after so many."""
    for place, item in enumerate(items):
        if place and place % at_once == 0:
            await rest()
        yield item
