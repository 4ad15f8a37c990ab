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
"""How long a rest is at least, and at most while others are being answered, once it is its turn."""
AGAIN_S = 0.05
"""Whoever asks again sooner than that after he was answered is one who asks for much."""
SHORT_S = 0.025
"""Whoever is not answered by then waits for a platform or a store, and a piece does not keep him."""


class Request:
    """One that is being answered: since when, by the loop's clock, and of whom, once that is known."""

    def __init__(self, begun: float) -> None:
        self.begun, self.who = begun, None  # type: float, object


class Others:
    """Who is being answered in one thread and has done nothing that takes long, the latest last; and whose turn it is."""

    def __init__(self) -> None:
        self.requests: dict[Request, None] = {}
        self.of: dict[object, Request] = {}
        self.turn = asyncio.Lock()

    def at_work(self, now: float) -> bool:
        latest = next(reversed(self.requests), None)
        return latest is not None and now - latest.begun < SHORT_S

    def leaves(self, request: Request) -> None:
        if request in self.requests:
            del self.requests[request]
            if request.who is not None:
                asyncio.get_running_loop().call_later(AGAIN_S, self.of.pop, request.who, None)


_others: WeakKeyDictionary[asyncio.AbstractEventLoop, Others] = WeakKeyDictionary()
_mine: ContextVar[Request | None] = ContextVar("mine", default=None)


def _here() -> Others:
    loop = asyncio.get_running_loop()
    if (others := _others.get(loop)) is None:
        others = _others[loop] = Others()
    return others


@contextmanager
def answering() -> Iterator[None]:
    """While one request is answered: long work of others rests until it is done. It has to end in the task in which it began."""
    others, mine = _here(), Request(asyncio.get_running_loop().time())
    others.requests[mine] = None
    token = _mine.set(mine)
    try:
        yield
    finally:
        _mine.reset(token)
        others.leaves(mine)


def give_way() -> None:
    """Whoever is being answered here waits for something himself, or takes long: nobody waits for him any more."""
    if mine := _mine.get():
        _here().leaves(mine)


def apart() -> None:
    """What this task goes on to do belongs to nobody who is being answered, though it was begun for one of them."""
    _mine.set(None)


async def one_of(who: object) -> None:
    """The request answered here is of this caller. Of those that he has at once, one is soon done, and the others rest first."""
    others, mine = _here(), _mine.get()
    if who in others.of:
        await rest()
    elif mine in others.requests:
        mine.who = who
        others.of[who] = mine


async def rest() -> None:
    """Between two pieces: until nobody is being answered, or a while if there always is somebody. One at a time goes on.

    A mere turn of the loop would not do. A request takes ten of them, and would wait for a piece in each.
    """
    others, loop = _here(), asyncio.get_running_loop()
    give_way()
    async with others.turn:
        until = loop.time() + LONGEST_S
        await asyncio.sleep(REST_S)
        while others.at_work(now := loop.time()) and now < until:
            await asyncio.sleep(REST_S)


async def short_rest() -> None:
    """The same where somebody else's time runs: the turn is waited for no longer than a rest."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LONGEST_S):
            await rest()


async def in_turns(items: Iterable[T], at_once: int = AT_ONCE) -> AsyncIterator[T]:
    """The items, with a rest after so many."""
    for place, item in enumerate(items):
        if place and place % at_once == 0:
            await rest()
        yield item
