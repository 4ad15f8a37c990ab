"""How much does a database take in from 1, 2 and 4 processes, and what do two servers answer more than one?"""

import asyncio
import multiprocessing
import os
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from uuid import uuid4

from app.build import sealer_of
from app.clock import clock
from app.phone import Phone
from app.settings import Settings, load_settings
from app.simulation import Simulation, service
from bench.figures import publish, quantile, table
from bench.world import run, simulated
from domain.caller import Party
from domain.event import Event, EventKind
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation, Facts
from domain.source import Terms
from domain.times import HOUR, MINUTE
from integrations.port import Answer
from resolvers.intake import Intake
from simulator.platform44 import CODE
from store.database import open_database
from store.shared.memory import MemoryBus
from store.store import Store, store_of

SECONDS, ROUNDS = 3.0, 2
AT_ONCE, CASES, PHONES = 8, 6, 16
TERMS = Terms(MINUTE, HOUR)
COUNTS = (1, 2, 4)
REDIS = "redis://127.0.0.1:6379/0"


class Taker:
    """One party whose platform says something new each time, or the same again."""

    def __init__(self, store: Store) -> None:
        self.identity = Identity(IdentityType.RESIDENT, uuid4().hex)
        self.store, self.intake = store, Intake(store, clock, MemoryBus())
        self.party_id = store.sealer.party_id(self.identity)
        self.steps = 0

    async def register(self) -> None:
        key = self.store.sealer.person_key(self.identity)
        await self.store.parties.register(Party(self.party_id, key, "", self.identity), clock())
        await self.take(True)

    async def take(self, changed: bool) -> None:
        self.steps += changed
        sent, at = clock(), datetime.now(UTC)
        events = (
            tuple(
                Event(
                    f"R:{step}",
                    f"R:{step}",
                    EventKind.STEP_TAKEN,
                    at if step == self.steps else datetime(2026, 9, 1, tzinfo=UTC),
                )
                for step in range(max(1, self.steps - 4), self.steps + 1)
            )
            if changed
            else ()
        )
        seen = [CaseObservation(Facts(f"T{number}", "permit"), (), sent, True) for number in range(1, CASES)]
        seen.append(CaseObservation(Facts("T0", f"permit {self.steps}"), events if changed else (), sent, True))
        await self.intake.cases(self.party_id, CODE, Answer(tuple(seen), sent), TERMS)


def process(settings: Settings, changed: bool, together: Barrier, told: "Queue[int]") -> None:
    """A process of its own: counts what it took in within SECONDS, from when all of them are ready."""
    run(taking_in(settings, changed, together, told))


async def taking_in(settings: Settings, changed: bool, together: Barrier, told: "Queue[int]") -> None:
    async with open_database(settings.database_url.get_secret_value()) as db:
        takers = [Taker(store_of(db, sealer_of(settings))) for _ in range(AT_ONCE)]
        for taker in takers:
            await taker.register()
            await taker.take(False)
        together.wait()
        until = time.perf_counter() + SECONDS
        told.put(sum(await asyncio.gather(*(one_by_one(taker, changed, until) for taker in takers))))


async def one_by_one(taker: Taker, changed: bool, until: float) -> int:
    count = 0
    while time.perf_counter() < until:
        await taker.take(changed)
        count += 1
    return count


def rate(settings: Settings, count: int, changed: bool) -> float:
    """Answers a second that so many processes took in together."""
    spawn = multiprocessing.get_context("spawn")
    together, told = spawn.Barrier(count), spawn.Queue()
    processes = [spawn.Process(target=process, args=(settings, changed, together, told)) for _ in range(count)]
    for one in processes:
        one.start()
    taken = sum(told.get() for _ in processes)
    for one in processes:
        one.join()
    return taken / SECONDS


async def answered(world: Simulation, environment: dict[str, str], folder: Path, options: Sequence[str]) -> list[float]:
    """Milliseconds of each home query that PHONES phones put to a server within SECONDS."""
    async with service(world, environment, folder, *options) as served:
        phones = [Phone(world.session, served.url, await world.token(name)) for name in ("lin", "he", "chen", "rare")]
        for phone in phones:
            await phone.run("Home", freshness="LIVE")
        until = time.perf_counter() + SECONDS
        asked = (asking(replace(phones[number % 4]), until) for number in range(PHONES))
        return [wait for waits in await asyncio.gather(*asked) for wait in waits]


async def asking(phone: Phone, until: float) -> list[float]:
    waits = []
    while (began := time.perf_counter()) < until:
        assert "errors" not in await phone.run("Home", freshness="KNOWN")
        waits.append((time.perf_counter() - began) * 1000)
    return waits


async def main() -> None:
    intake: list[list[object]] = []
    served: list[list[object]] = []
    async with simulated("postgres") as (world, environment, folder):
        settings = load_settings(environment)
        for changed in (True, False):
            best = {
                count: max([await asyncio.to_thread(rate, settings, count, changed) for _ in range(ROUNDS)])
                for count in COUNTS
            }
            what = "something new" if changed else "the same again"
            intake += [[f"{what}, {count} processes", best[count], best[count] / best[1]] for count in COUNTS]
        shared = environment | {"TONGBAN_REDIS_URL": REDIS}
        for name, options in (("1 server process", ()), ("2 server processes", ("--workers", "2"))):
            waits = max([await answered(world, shared, folder, options) for _ in range(ROUNDS)], key=len)
            served.append([name, len(waits) / SECONDS, quantile(waits, 0.5), quantile(waits, 0.99)])
    for row in served:
        row.append(row[1] / served[0][1])  # type: ignore[operator]
    publish(
        "intake",
        "How much does a database take in from 1, 2 and 4 processes, and what do two servers answer more than one?",
        f"PostgreSQL, {AT_ONCE} parties at once in each process, {CASES} cases in an answer, one of which is new. The best of "
        f"{ROUNDS} runs of {SECONDS:.0f} s on {os.cpu_count()} cores that PostgreSQL shares.",
        table(["intake", "answers/s", ": 1 process"], intake),
        f"Home, KNOWN, {PHONES} phones in one process beside the servers.",
        table(["servers", "queries/s", "p50, ms", "p99, ms", ": 1 process"], served),
    )


if __name__ == "__main__":
    run(main())
