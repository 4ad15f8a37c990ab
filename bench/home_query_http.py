"""What does a home query cost over HTTP, and how long does a phone wait? The service is a process of its own."""

import asyncio
import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app.phone import Phone
from app.simulation import Service, Simulation
from bench.figures import cpu_s_of, publish, quantile, table
from bench.world import KINDS, run, served

QUESTION = "What does a home query cost over HTTP, and how long does a phone wait?"
EIGHT = ("lin", "chen", "huang", "liang", "he", "he-org", "new", "rare")
LOADS = {
    "1 phone, lin, first 20": (("lin",), 20),
    "1 phone, many, first 100": (("many",), 100),
    "8 phones, 0 to 6 cases, first 20": (EIGHT, 20),
}
SECONDS, SPANS = 0.5, 6

Row = tuple[object, ...]


@dataclass(frozen=True)
class Span:
    """What a while of asking came to: each query's waiting time, and the service's CPU for all of them."""

    waits_ms: list[float]
    took_s: float
    cpu_s: float


async def main() -> None:
    rows = [row for kind in KINDS for row in await measure(kind)]
    head = ("", "queries", "queries/s", "CPU, ms", "p50, ms", "p99, ms", "LIVE : KNOWN, CPU")
    publish(
        "home_query_http",
        QUESTION,
        f"The contract's operation Home, each phone one query after the other, KNOWN and LIVE in turns of {SECONDS} s. CPU is "
        "the service's, all threads, for one query; the phones and the platform run beside it on the same "
        "cores, so waiting times are upper bounds and queries/s a lower one.",
        table(head, rows),
    )


async def measure(kind: str) -> list[Row]:
    """One row for each load and freshness."""
    rows: list[Row] = []
    async with served(kind) as (world, service, _):
        for load, (personas, first) in LOADS.items():
            phones = [await warmed(world, service, persona) for persona in personas]
            spans: dict[str, list[Span]] = {"KNOWN": [], "LIVE": []}
            for _, freshness in itertools.product(range(SPANS), spans):
                spans[freshness].append(await under_load(phones, service, first, freshness))
            known, live = summed(spans["KNOWN"]), summed(spans["LIVE"])
            rows.append((f"{kind}, {load}: KNOWN", *known, ""))
            rows.append((f"{kind}, {load}: LIVE", *live, live[2] / known[2]))
    return rows


async def warmed(world: Simulation, service: Service, persona: str) -> Phone:
    """A phone whose business is in the index."""
    phone = Phone(world.session, service.url, await world.token(persona))
    for freshness in ("LIVE", "KNOWN"):
        await phone.run("Home", freshness=freshness)
    return phone


async def under_load(phones: Sequence[Phone], service: Service, first: int, freshness: str) -> Span:
    """All phones ask for a while."""
    before, began = cpu_s_of(service.process.pid), time.perf_counter()
    waits = await asyncio.gather(*(one_by_one(phone, first, freshness, began + SECONDS) for phone in phones))
    took, used = time.perf_counter() - began, cpu_s_of(service.process.pid) - before
    return Span([wait for phone in waits for wait in phone], took, used)


def summed(spans: Sequence[Span]) -> tuple[int, float, float, float, float]:
    """How many queries, queries a second, milliseconds of CPU of one, and waiting times."""
    waits = [wait for span in spans for wait in span.waits_ms]
    took, used = sum(span.took_s for span in spans), sum(span.cpu_s for span in spans)
    return len(waits), len(waits) / took, used / len(waits) * 1000, quantile(waits, 0.5), quantile(waits, 0.99)


async def one_by_one(phone: Phone, first: int, freshness: str, until: float) -> list[float]:
    """Milliseconds that each query took."""
    waits = []
    while (began := time.perf_counter()) < until:
        answer = await phone.run("Home", first=first, freshness=freshness)
        waits.append((time.perf_counter() - began) * 1000)
        assert "errors" not in answer, answer
    return waits


if __name__ == "__main__":
    run(main())
