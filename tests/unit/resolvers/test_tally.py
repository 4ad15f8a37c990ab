"""What is counted in a process comes into the database, once."""

import asyncio
from collections.abc import Mapping
from typing import cast

from domain.tally import ALL, MOST, Counted
from domain.times import DAY
from resolvers import tally
from resolvers.tally import Tally
from store.calls import Calls
from store.database import StoreUnavailable


class Written:
    """Stands for the store: keeps what was added, and may be away."""

    def __init__(self) -> None:
        self.added: list[tuple[int, Mapping[Counted, int]]] = []
        self.away = False

    async def add(self, day: int, counts: Mapping[Counted, int]) -> None:
        if self.away:
            raise StoreUnavailable("x")
        self.added.append((day, dict(counts)))


def counting(store: Written) -> Tally:
    return Tally(cast(Calls, store), lambda: 3 * DAY + 5)


async def test_each_call_is_counted_once():
    """By client and by each thing that was called; what was written is not written again."""
    store = Written()
    counts = counting(store)
    for client in ("app", "app", ""):
        counts.count(client, (ALL, "Query.viewer"))
    await counts.write()
    counts.count("app", (ALL, "x"))
    await counts.write()
    first = {("app", ALL): 2, ("app", "Query.viewer"): 2, ("", ALL): 1, ("", "Query.viewer"): 1}
    assert store.added == [(3 * DAY, first), (3 * DAY, {("app", ALL): 1, ("app", "x"): 1})]


async def test_nothing_is_lost_while_the_database_is_away():
    """It comes with what is counted later; of very many only the most common are kept."""
    store = Written()
    counts, store.away = counting(store), True
    counts.count("app", (ALL,))
    await counts.write()
    counts.count("app", (ALL,))
    store.away = False
    await counts.write()
    assert store.added == [(3 * DAY, {("app", ALL): 2})]
    store.away = True
    for number in range(MOST + 1):
        counts.count("app", (ALL, str(number)))
    await counts.write()
    store.away = False
    await counts.write()
    kept = store.added[1][1]
    assert (len(kept), kept["app", ALL]) == (MOST, MOST + 1)


async def test_it_is_written_now_and_then(monkeypatch):
    """While the process runs, not only at its end."""
    monkeypatch.setattr(tally, "WRITTEN_EVERY_S", 0.01)
    store, stop = Written(), asyncio.Event()
    counts = counting(store)
    running = asyncio.create_task(counts.run(stop))
    for _ in range(2):
        counts.count("app", (ALL,))
        async with asyncio.timeout(5):
            while sum(added.get(("app", ALL), 0) for _, added in store.added) < 1:
                await asyncio.sleep(0.005)
        store.added.clear()
    stop.set()
    await running
