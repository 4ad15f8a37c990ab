"""What one change costs when many listen in one process, and what a listener weighs while nothing happens.

First use case and store alone, in this process; then a service of its own, with sockets and operations around them.
"""

import asyncio
import os
import resource
import time
import tracemalloc
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from api.places import MOST_OF_A_PARTY
from app.phone import Phone
from app.simulation import Service, Simulation
from bench.figures import cpu_s_of, publish, table
from bench.world import KINDS, housed, run, served
from domain.assurance import Assurance
from domain.caller import Caller, Locale, Party
from domain.identity import Identity, IdentityType
from mobile_contract.contract import operation
from resolvers.ears import Ears
from resolvers.live import Live
from store.shared.bus import changes_of
from store.shared.memory import MemoryBus
from store.store import Store
from tests.contract.store_world import NOW, keep, news, party

QUESTION = "What does one change cost 1, 100 and 10,000 listeners in one process, and the 50 sockets of a party?"
LISTENERS = (1, 100, 10_000)
SOCKETS = (1, MOST_OF_A_PARTY)
CHANGES = 3
PROTOCOL = "graphql-transport-ws"


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


async def over_the_wire(kind: str) -> list[list[object]]:
    """One row for each number of sockets; each number in a service of its own, which forgot nothing of another."""
    return [await on_sockets(kind, many) for many in SOCKETS]


async def on_sockets(kind: str, many: int) -> list[object]:
    """Database, sockets, KiB an idle one with one subscription, then of one change: milliseconds of the service's CPU, and until
    the first and the last socket heard it."""
    async with served(kind) as (world, service, _):
        phone, pid = await warmed(world, service), service.process.pid
        before = rss_kib(pid)
        async with listening(phone, many) as lines:
            weight = (rss_kib(pid) - before) / many
            cases = [one["case"] for one in await world.get("/cases?persona=many") if one["stage"] == "reception"]
            changes = [await one_change(world, pid, lines, case) for case in cases[:CHANGES]]
        # Of a single one the memory is a page more or less: no figure.
        return [
            kind,
            many,
            weight if many > 1 else "",
            *(sorted(figures)[CHANGES // 2] for figures in zip(*changes, strict=True)),
        ]


async def warmed(world: Simulation, service: Service) -> Phone:
    """A phone whose business is in the index, and which has listened once."""
    phone = Phone(world.session, service.url, await world.token("many"))
    await phone.run("Home", freshness="LIVE")
    async with listening(phone, MOST_OF_A_PARTY):
        return phone


@asynccontextmanager
async def listening(phone: Phone, many: int) -> AsyncIterator[list[aiohttp.ClientWebSocketResponse]]:
    """So many sockets with one subscription each, which have had their first message."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        lines = [await listener(session, phone) for _ in range(many)]
        yield lines
        await asyncio.gather(*(line.close() for line in lines))


async def listener(session: aiohttp.ClientSession, phone: Phone) -> aiohttp.ClientWebSocketResponse:
    line = await session.ws_connect(f"{phone.service}/graphql", protocols=[PROTOCOL])
    await line.send_json({"type": "connection_init", "payload": {"authorization": f"Bearer {phone.bearer}"}})
    await line.send_json({"type": "subscribe", "id": "1", "payload": {"query": operation("CaseChanged")}})
    assert [(await line.receive_json())["type"] for _ in range(2)] == ["connection_ack", "next"]
    return line


async def one_change(
    world: Simulation, pid: int, lines: list[aiohttp.ClientWebSocketResponse], case: str
) -> tuple[float, float, float]:
    """The service's CPU, and milliseconds from the platform's event until the first and the last socket heard of it."""
    heard = [asyncio.ensure_future(told_at(line)) for line in lines]
    used, began = cpu_s_of(pid), time.perf_counter()
    await world.post("/advance", case=case)
    times = await asyncio.gather(*heard)
    return (cpu_s_of(pid) - used) * 1000, (min(times) - began) * 1000, (max(times) - began) * 1000


async def told_at(line: aiohttp.ClientWebSocketResponse) -> float:
    message = await line.receive_json()
    assert message["type"] == "next", message
    return time.perf_counter()


def rss_kib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024


async def main() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    rows, wire = [], []
    for kind in KINDS:
        async with housed(kind) as (_, server):
            rows += [await measured(kind, server.house.store, many) for many in LISTENERS]
        wire += await over_the_wire(kind)
    publish(
        "fan_out",
        QUESTION,
        "Use case and store alone, in one process:",
        table(("database", "listeners", "KiB idle", "CPU ms a change", "µs a listener"), rows),
        "A service in a process of its own, each socket with one subscription of one party. KiB is what the service's resident "
        f"memory grew by; of {CHANGES} changes the middle one. Times begin when the platform is told to move the case, and the "
        "listening ends run in one process beside it on the same cores, so they are upper bounds:",
        table(("database", "sockets", "KiB idle", "CPU ms a change", "ms to the first", "ms to the last"), wire),
    )


if __name__ == "__main__":
    run(main())
