"""When some of twelve platforms die, how long does a phone wait, and is it told the truth? Over real HTTP, by the wall clock."""

import asyncio
import logging
import tempfile
from pathlib import Path
from random import Random
from statistics import median

from bench.figures import publish, quantile, table
from bench.world import run
from domain.identity import identity
from domain.source import Reason
from simulator import platform31, platform33, platform44
from simulator.personas import PERSONAS
from tests.killing import WHO, Kills, Nation, Phone, Told, check, nation
from tests.processes import resident_bytes
from tests.ways import WAYS

QUESTION = "When some of twelve platforms die, how long does a phone wait, and is it told the truth?"
ROUNDS, DEADLINE_MS, ENOUGH_MS = 24, 1000, 10_000
HANGING, TIMES = 11, 8
LATENCIES_MS, LIVE_TIMES = {platform44.CODE: 50, platform33.CODE: 120, platform31.CODE: 200}, 40
SEED = 2260
IDENTITY = identity(PERSONAS[WHO].holder.kind, PERSONAS[WHO].holder.number)

Row = tuple[object, ...]


async def main() -> None:
    logging.disable(logging.WARNING)  # who is killed is known here
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as folder:
        async with nation(Path(folder)) as twelve:
            killed, grown = await random_kills(twelve)
            hanging = [await eleven_hang(twelve, known) for known in (False, True)]
        async with nation(Path(folder), platforms=len(LATENCIES_MS)) as three:
            live = await slowest(three)
    publish(
        "kills",
        QUESTION,
        "The contract's operation Home, LIVE, of a company that holds cases and licences on every platform; the service in this "
        "process (uvloop, SQLite), the simulator in a process of its own, over HTTP and HTTPS on the same cores. Every answer is "
        "checked: all rows of healthy platforms, exactly the dead ones named with the right reasons, `isComplete`, no error.",
        f"Random subsets in random ways, {ROUNDS} lives of a service, deadline {DEADLINE_MS} ms. Beyond the deadline counts only "
        f"where somebody did not answer in time. The process grew by {grown / 2**20:.0f} MiB at most in a round.",
        table(
            ("", "lives", "platforms killed", "p50, ms", "p99, ms", "beyond the deadline p50, ms", "worst, ms"), killed
        ),
        f"{HANGING} of 12 hang. *New*: the first question about somebody; *known*: all had answered before.",
        table(("", "times", "p50, ms", "beyond the deadline p50, ms", "worst, ms"), hanging),
        f"Nobody dies, and the three platforms answer after {', '.join(map(str, LATENCIES_MS.values()))} ms.",
        table(("LIVE, 3 platforms", "p50, ms", "p99, ms", "slowest platform alone, p50, ms", "ratio"), [live]),
    )


async def random_kills(twelve: Nation) -> tuple[list[Row], int]:
    """A row for those lives in which somebody was waited for until the deadline, and one for the others; and bytes."""
    chance, lives, grown = Random(SEED), list[tuple[Kills, Told]](), 0
    for turn in range(ROUNDS):
        kills = drawn(chance, twelve.ways)
        told, more = await life(twelve, kills, known=bool(turn % 2))
        lives.append((kills, told))
        grown = max(grown, more)
    late = [pair for pair in lives if any(WAYS[way] is Reason.TIMEOUT for way in pair[0].values())]
    return [
        _row("somebody late", late, True),
        _row("nobody late", [one for one in lives if one not in late], False),
    ], grown


async def eleven_hang(twelve: Nation, known: bool) -> Row:
    kills = dict.fromkeys(list(twelve.held)[:HANGING], "hang")
    waits = [(await life(twelve, kills, known))[0].seconds * 1000 for _ in range(TIMES)]
    beyond = [wait - DEADLINE_MS for wait in waits]
    return "known" if known else "new", TIMES, median(waits), median(beyond), max(beyond)


async def life(twelve: Nation, kills: Kills, known: bool) -> tuple[Told, int]:
    """What is told in one life of a service in which these die, and by how much the process grew."""
    async with twelve.phone() as phone:
        if known:
            check(twelve, {}, known, await phone.reads(ENOUGH_MS))
        before = resident_bytes()
        await twelve.kill(kills)
        told = await phone.reads(DEADLINE_MS)
        more = resident_bytes() - before
        await twelve.heal(kills)
        check(twelve, kills, known, told)
        return told, more


def drawn(chance: Random, ways: dict[str, list[str]]) -> Kills:
    """Who is killed, and how."""
    dead = chance.sample(sorted(ways), chance.randint(1, len(ways)))
    return {code: chance.choice(ways[code]) for code in dead}


async def slowest(three: Nation) -> Row:
    """LIVE against the slowest platform alone, asked for the same two lists."""
    for code, latency in LATENCIES_MS.items():
        await three.world.post("/knobs", platform=code, latency_ms=latency)
    async with three.phone() as phone:
        check(three, {}, True, await phone.reads(ENOUGH_MS))
        waits, alone = [], []
        for _ in range(LIVE_TIMES):
            waits.append((await phone.reads(ENOUGH_MS)).seconds * 1000)
            alone.append(await _alone(three, phone))
    return "Home", median(waits), quantile(waits, 0.99), median(alone), median(waits) / median(alone)


async def _alone(three: Nation, phone: Phone) -> float:
    """Milliseconds that the slowest platform takes for both lists at once."""
    code = max(LATENCIES_MS, key=lambda one: LATENCIES_MS[one])
    platform, loop = phone.server.house.registry.connected[code], asyncio.get_running_loop()
    began = loop.time()
    await asyncio.gather(platform.cases(IDENTITY), platform.licences(IDENTITY))
    return (loop.time() - began) * 1000


def _row(name: str, lives: list[tuple[Kills, Told]], late: bool) -> Row:
    waits = [told.seconds * 1000 for _, told in lives]
    beyond = [wait - DEADLINE_MS for wait in waits]
    killed = sum(len(kills) for kills, _ in lives)
    shown = (median(beyond), max(beyond)) if late else ("", "")
    return name, len(lives), killed, median(waits), quantile(waits, 0.99), *shown


if __name__ == "__main__":
    run(main())
