"""What does it save to send an operation by its id? Against its text, known before and seen for the first time."""

import gc
import itertools
import json
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count

import aiohttp

from bench.figures import Work, cpu_ms, cpu_s_of, publish, quantile, table
from bench.load import Load, post, started
from bench.world import Doorstep, housed, run, served
from mobile_contract.contract import operation
from schema.documents import id_of

QUESTION = "What does it save to send an operation by its id?"
OPERATIONS: Mapping[str, dict[str, object]] = {
    "Home": {"first": 20, "freshness": "KNOWN"},
    "Inbox": {"first": 20},
    "ChangesSince": {"cursor": None},
}
WHO, SPANS, SECONDS, EACH = "lin", 4, 1.0, 400
NUMBERS = count()
"""For texts that differ in a comment: each is read, and found valid."""

Body = dict[str, object]
Row = tuple[object, ...]


def ways(name: str) -> Mapping[str, Callable[[], Body]]:
    """The same request in three ways. A text is not that which is registered, to the letter, or it would count as its id."""
    text, variables = operation(name), OPERATIONS[name]
    return {
        "id": lambda: {"documentId": id_of(text), "variables": variables},
        "known": lambda: {"query": text + "#", "variables": variables},
        "first": lambda: {"query": f"{text}# {next(NUMBERS)}", "variables": variables},
    }


async def in_process() -> list[Row]:
    """CPU of the whole application without a wire, for each operation."""
    async with housed("sqlite") as (world, server):
        gc.freeze()
        door = Doorstep(server, await world.token(WHO))
        await _asked(door, lambda: {"query": operation("Home"), "variables": {"freshness": "LIVE"}})
        works: dict[str, Work] = {
            f"{name} {way}": partial(_asked, door, body) for name in OPERATIONS for way, body in ways(name).items()
        }
        ms = await cpu_ms(works)
    return [(name, *_compared([ms[f"{name} {way}"] for way in ("id", "known", "first")])) for name in OPERATIONS]


async def _asked(door: Doorstep, body: Callable[[], Body]) -> None:
    status, said = await door.post(json.dumps(body()).encode())
    assert status == 200, said
    assert b'"errors"' not in said, said


async def over_http() -> list[Row]:
    """Home, one request after the other to a service of its own, the ways in turns."""
    waits: dict[str, list[float]] = {"id": [], "known": [], "first": []}
    used = dict.fromkeys(waits, 0.0)
    async with served("sqlite") as (world, service, _):
        bearer, port = await world.token(WHO), int(service.url.rpartition(":")[2])
        async with aiohttp.ClientSession() as session:
            live = json.dumps({"query": operation("Home"), "variables": {"freshness": "LIVE"}})
            await session.post(f"{service.url}/graphql", data=live, headers=_headers(bearer))
        for _, (way, body) in itertools.product(range(SPANS), ways("Home").items()):
            load = Load(port, [post(bearer, body()) for _ in range(EACH)], 1, SECONDS)
            before = cpu_s_of(service.process.pid)
            async with started(load) as running:
                came = await running
            assert set(came.statuses) <= {"200", "closed"}, came.statuses
            used[way] += cpu_s_of(service.process.pid) - before
            waits[way] += came.waits_ms
    cpu = [used[way] / len(waits[way]) * 1000 for way in waits]
    p50, p99 = ([quantile(waits[way], share) for way in waits] for share in (0.5, 0.99))
    return [("CPU", *_compared(cpu)), ("p50", *_compared(p50)), ("p99", *_compared(p99))]


def _headers(bearer: str) -> dict[str, str]:
    return {"authorization": f"Bearer {bearer}", "content-type": "application/json"}


def _compared(ms: list[float]) -> Row:
    by_id, known, first = ms
    return by_id, known, first, known / by_id, first / by_id


async def main() -> None:
    head = ("", "by id", "text, known", "text, first seen", "known : id", "first : id")
    publish(
        "by_id",
        QUESTION,
        "Milliseconds; one citizen with 6 cases, SQLite. The whole application in this process, without a wire, CPU:",
        table(head, await in_process()),
        f"Home over HTTP, one request after the other, the ways in turns of {SECONDS:.0f} s; the service and who asks are "
        "processes of their own on the same cores. After a text that was read is a rest of some 12 ms, in which others are "
        "served; it stands in the waiting and not in the CPU.",
        table(head, await over_http()),
    )


if __name__ == "__main__":
    run(main())
