"""Work that takes long, done a piece at a time: one thread serves everybody, and whoever else is there is served in between."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

AT_ONCE = 20
"""Rows that are mapped, compared or written out in one piece: some milliseconds of work."""
REST_S, LONGEST_S = 0.001, 0.02
"""How long a rest is at least, and at most while others are being answered, once it is its turn. Where several callers have long
work to do they share the latter, or little of it would be done."""
HOLD_S = 0.01
"""For how long a turn is had: whoever still waits for the store then does not keep the next one."""
SHORT_S = 0.025
"""Whoever is not answered by then waits for a platform or a store, and a piece does not keep him."""
AGAIN_S = 0.05
"""Whoever asks again sooner than that after he was answered is one who asks for much."""


class Work:
    """What is done for one request, or in one task: since when, by the loop's clock, and for whom, once that is known."""

    def __init__(self, begun: float) -> None:
        self.begun = begun
        self.who: object = self


class Others:
    """Who is being answered in one thread and has done nothing that takes long, the latest last; and whose turn it is."""

    def __init__(self) -> None:
        self.short: dict[Work, None] = {}
        self.of: dict[object, Work] = {}
        self.resting: Counter[object] = Counter()
        self._turn = asyncio.Lock()
        self._holder: asyncio.Task[Any] | None = None
        self._over: asyncio.TimerHandle | None = None

    def at_work(self, now: float) -> bool:
        latest = next(reversed(self.short), None)
        return latest is not None and now - latest.begun < SHORT_S

    def leave(self, work: Work) -> None:
        """It is not waited for any more."""
        if work in self.short:
            del self.short[work]
            if self.of.get(work.who) is work:
                asyncio.get_running_loop().call_later(AGAIN_S, self.of.pop, work.who, None)

    async def take_turn(self) -> None:
        await self._turn.acquire()
        self._holder = asyncio.current_task()
        self._over = None

    def hold(self) -> None:
        """From now on, for a piece."""
        self._over = asyncio.get_running_loop().call_later(HOLD_S, self.end_turn, self._holder)

    def end_turn(self, holder: "asyncio.Task[Any] | None") -> None:
        """If it is his: fields of one request are tasks of their own, and each has turns of its own."""
        if holder is not None and self._holder is holder:
            self._holder = None
            if self._over is not None:
                self._over.cancel()
            self._turn.release()


_others: WeakKeyDictionary[asyncio.AbstractEventLoop, Others] = WeakKeyDictionary()
_mine: ContextVar[Work | None] = ContextVar("mine", default=None)


def _here() -> Others:
    loop = asyncio.get_running_loop()
    if (others := _others.get(loop)) is None:
        others = _others[loop] = Others()
    return others


@contextmanager
def apart() -> Iterator[Work]:
    """Work that belongs to nobody who is being answered, though it was begun for one of them. It ends in the task in which it
    began."""
    others, mine = _here(), Work(asyncio.get_running_loop().time())
    token = _mine.set(mine)
    try:
        yield mine
    finally:
        _mine.reset(token)
        others.leave(mine)
        others.end_turn(asyncio.current_task())


@contextmanager
def answering() -> Iterator[None]:
    """While one request is answered: long work of others rests until it is done. It has to end in the task in which it began."""
    with apart() as mine:
        _here().short[mine] = None
        yield


def give_way() -> None:
    """Whoever is being answered here waits for something himself, or takes long: nobody waits for him any more."""
    others = _here()
    others.end_turn(asyncio.current_task())
    if mine := _mine.get():
        others.leave(mine)


async def one_of(who: object) -> None:
    """The request answered here is of this caller. Of those that he has at once, or soon after another, one is done, and the
    others rest first."""
    others, mine = _here(), _mine.get()
    if mine is None:
        return
    mine.who = who
    if who in others.of:
        await rest()
    elif mine in others.short:
        others.of[who] = mine


async def rest() -> None:
    """Between two pieces: until nobody is being answered, or a while if there always is somebody. One at a time goes on.

    A mere turn of the loop would not do. A request takes ten of them, and would wait for a piece in each.
    """
    give_way()
    others, mine = _here(), _mine.get()
    who = mine.who if mine else asyncio.current_task()
    others.resting[who] += 1
    try:
        await others.take_turn()
        await _quiet(others)
    except BaseException:
        others.end_turn(asyncio.current_task())
        raise
    finally:
        others.resting[who] -= 1
        others.resting += Counter()  # without those of whom none rests
    others.hold()


async def _quiet(others: Others) -> None:
    loop = asyncio.get_running_loop()
    until = loop.time() + LONGEST_S / len(others.resting)
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
