"""What does a query cost the same citizen when 3, 34 or 320 platforms are connected?"""

from app.build import Server
from app.simulation import Simulation
from bench.figures import Work, cpu_ms, publish, table
from bench.nation import Nation, Remote, Rows, nation, rows_of
from bench.world import KINDS, door_of, housed, run

QUESTION = "What does a query cost the same citizen when 3, 34 or 320 platforms are connected?"
CONNECTED = (3, 34, 320)
CITIZENS = ("chen", "huang", "liang")
"""One for each, so that all can be asked in turns; in memory each has the business of lin."""
HOLDING = 3
FRESHNESS = ("KNOWN", "RECENT", "LIVE")


async def main() -> None:
    rows = [row for kind in KINDS for row in await measure(kind)]
    head = ("CPU, ms", *(f"{many} connected" for many in CONNECTED), "34 : 3", "320 : 3")
    publish(
        "footprint",
        QUESTION,
        "The contract's operation Home (cases, licences and inbox) in one process on uvloop, `schema.execute` to JSON text. The "
        f"platforms are ports in memory; {HOLDING} of them hold 2 cases each of the citizen, one of these a licence or two, and "
        "all others were asked and hold nothing. The CPU of SQLite is in it, that of PostgreSQL is not. All figures of a "
        "database are taken in turns, block by block.",
        table(head, rows),
    )


async def measure(kind: str) -> list[tuple[object, ...]]:
    """One row for each freshness."""
    async with housed(kind) as (world, server):
        nations = await nations_of(world, server)
        works: dict[str, Work] = {
            f"{many} {freshness}": _work(one, freshness)
            for many, one in zip(CONNECTED, nations, strict=True)
            for freshness in FRESHNESS
        }
        ms = await cpu_ms(works, rounds=25)
    return [_row(kind, freshness, [ms[f"{many} {freshness}"] for many in CONNECTED]) for freshness in FRESHNESS]


async def nations_of(world: Simulation, server: Server) -> list[Nation]:
    """One for each number of platforms, whose citizen is known everywhere."""
    door, found = door_of(server), []
    held = await rows_of(server, world, door, "lin")
    for many, persona in zip(CONNECTED, CITIZENS, strict=True):
        one = await nation(server, world, door, persona, [Remote(f"p{n:03}", _held(held, n)) for n in range(many)])
        await one.surveyed()
        cases = (await one.asker.home("RECENT"))["viewer"]["cases"]
        assert cases["isComplete"] and len(cases["sources"]) == HOLDING, cases
        found.append(one)
    return found


def _held(held: Rows, number: int) -> Rows:
    """Two cases for each of the first platforms, and all licences for the first."""
    cases, licences = held
    return (cases[2 * number : 2 * number + 2], licences if number == 0 else ()) if number < HOLDING else ((), ())


def _work(one: Nation, freshness: str) -> Work:
    return lambda: one.asker.answered(freshness)


def _row(kind: str, freshness: str, ms: list[float]) -> tuple[object, ...]:
    return f"{kind}, {freshness}", *ms, ms[1] / ms[0], ms[2] / ms[0]


if __name__ == "__main__":
    run(main())
