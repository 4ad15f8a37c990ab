"""What one change costs when many listen in one process, and what a listener weighs while nothing happens.

Use case and store alone: a socket and a GraphQL operation around each listener come on top.
"""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncGenerator
from typing import Any

from bench.figures import publish, table
from bench.world import KINDS, housed, run
from domain.caller import Assurance, Caller, Locale, Party
from domain.identity import Identity, IdentityType
from resolvers.ears import Ears
from resolvers.live import Live
from store.shared.bus import changes_of
from store.shared.memory import MemoryBus
from store.store import Store
from tests.contract.store_world import NOW, keep, news, party

QUESTION = "What does one change cost 1, 100 and 10,000 listeners in one process?"
LISTENERS = (1, 100, 10_000)


async def measured(kind: str, store: Store, many: int) -> list[object]:
    """Database, listeners, KiB an idle one, milliseconds of CPU for one change, microseconds a listener."""
    grant, bus = await party(store), MemoryBus()
    live = Live(store, Ears(bus, store.parties))
    someone = Party(grant.party_id, "", "", Identity(IdentityType.RESIDENT, ""))
    caller = Caller(someone, "app", Assurance.HIGH, False, Locale.EN, NOW, 0.0)
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    listeners: list[AsyncGenerator[Any, None]] = [live.notifications(caller, after=None) for _ in range(many)]
    await asyncio.gather(*(anext(one) for one in listeners))
    waiting = [asyncio.ensure_future(anext(one)) for one in listeners]
    await asyncio.sleep(0)
    weight = (tracemalloc.get_traced_memory()[0] - before) / many / 1024
    tracemalloc.stop()
    await keep(store, grant, news())
    began = time.process_time()
    await bus.tell(changes_of(grant.party_id))
    await asyncio.gather(*waiting)
    used = (time.process_time() - began) * 1000
    for one in listeners:
        await one.aclose()
    return [kind, many, weight, used, used * 1000 / many]


async def main() -> None:
    rows = []
    for kind in KINDS:
        async with housed(kind) as (_, house):
            rows += [await measured(kind, house.store, many) for many in LISTENERS]
    head = ("database", "listeners", "KiB idle", "CPU ms a change", "µs a listener")
    publish("fan_out", QUESTION, table(head, rows))


if __name__ == "__main__":
    run(main())
