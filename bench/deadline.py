"""How long does a phone wait: for the slowest healthy platform, and when eleven of twelve hang?"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bench.figures import publish, quantile, table
from bench.nation import Nation, Remote, Rows, nation, rows_of
from bench.world import KINDS, door_of, housed, run

QUESTION = "How long does a phone wait: for the slowest healthy platform, and when eleven of twelve hang?"
LATENCIES_S = (0.05, 0.12, 0.2)
TIMES = 40
DEADLINES_S = (0.3, 1.5)
HANGING, HANGS_S, LONGEST_S = 11, 1e6, 60.0
Row = tuple[object, ...]


async def main() -> None:
    live, late = [], []
    for kind in KINDS:
        live.append(await slowest(kind))
        late += await hanging(kind)
    slow = f"{max(LATENCIES_S) * 1000:.0f} ms"
    publish(
        "deadline",
        QUESTION,
        "The contract's operation Home (cases and licences at once) in one process on uvloop, `schema.execute` to JSON text. The "
        f"platforms are ports in memory that sleep; three hold something and answer after {LATENCIES_S} s.",
        table(("LIVE, 3 platforms", "p50, ms", "p99, ms", f"slowest platform alone ({slow}), p50", "ratio"), live),
        f"Twelve platforms, {HANGING} of which hang beyond their own limit, and a healthy one that answers after 50 ms. "
        "*New*: the first question about somebody. "
        "*Known*: all twelve held rows, and eleven began to hang. Waiting beyond the deadline, "
        f"the worst of {TIMES // 8}.",
        table(
            (
                "LIVE",
                "deadline, ms",
                "answered after, ms",
                "beyond, ms",
                "CPU beyond, ms",
                "healthy rows",
                "hanging ones named",
            ),
            late,
        ),
    )


@asynccontextmanager
async def populated(kind: str) -> AsyncIterator[tuple[object, Rows]]:
    async with housed(kind) as (world, server):
        door = door_of(server)
        held = await rows_of(server, world, door, "lin")

        async def make(persona: str, platforms: list[Remote]) -> Nation:
            return await nation(server, world, door, persona, platforms, first=100)

        yield make, held


async def slowest(kind: str) -> Row:
    """LIVE against the slowest platform alone."""
    async with populated(kind) as (make, held):
        remotes = [Remote(f"p{n}", held, latency) for n, latency in enumerate(LATENCIES_S)]
        one = await make("chen", remotes)
        await one.surveyed()
        waits, alone = [], []
        for _ in range(TIMES):
            waits.append(await _timed(one.asker.answered("LIVE")))
            alone.append(await _timed(remotes[-1].cases(one.asker.caller.party.identity)))
    p50, slow = quantile(waits, 0.5), quantile(alone, 0.5)
    return f"{kind}", p50, quantile(waits, 0.99), slow, p50 / slow


async def hanging(kind: str) -> list[Row]:
    """With a deadline, of somebody new and of somebody known."""
    rows: list[Row] = []
    async with populated(kind) as (make, held):
        for persona, known in (("huang", False), ("liang", True)):
            latency = 0.0 if known else HANGS_S
            remotes = [Remote(f"p{n:02}", held, latency, timeout_s=LONGEST_S) for n in range(HANGING)]
            one = await make(persona, [*remotes, Remote("well", held, 0.05)])
            if known:
                await one.surveyed()
            for remote in remotes:
                remote.latency_s = HANGS_S
            name = f"{kind}, {'known' if known else 'new'}"
            rows += [await _late(name, one, deadline) for deadline in DEADLINES_S]
    return rows


async def _late(name: str, one: Nation, deadline_s: float) -> Row:
    """The worst of some; what is said must be right each time. Of the CPU, what was used behind the deadline."""
    loop, worst, used = asyncio.get_running_loop(), 0.0, 0.0
    for _ in range(TIMES // 8):
        began, at_deadline = loop.time(), []
        loop.call_at(began + deadline_s, lambda told=at_deadline: told.append(time.process_time()))
        one.asker.deadline = began + deadline_s
        cases = (await one.asker.home("LIVE"))["viewer"]["cases"]
        worst = max(worst, loop.time() - began)
        used = max(used, time.process_time() - at_deadline[0])
        healthy = [item for item in cases["sources"] if item["platform"]["code"] == "well"]
        timed_out = [item for item in cases["sources"] if item["reason"] == "TIMEOUT"]
        assert healthy and healthy[0]["rows"] == "CURRENT" and healthy[0]["count"], (deadline_s, cases["sources"])
    return (
        name,
        deadline_s * 1000,
        worst * 1000,
        (worst - deadline_s) * 1000,
        used * 1000,
        healthy[0]["count"],
        len(timed_out),
    )


async def _timed(work: object) -> float:
    began = time.perf_counter()
    await work  # type: ignore[misc]
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    run(main())
