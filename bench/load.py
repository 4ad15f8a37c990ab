"""Somebody's load on a service, as a process of its own: `python -m bench.load` reads what to do and tells what came of it.

Bytes are made beforehand and answers hardly looked at, so that making the load takes as little of the cores as can be.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field

import uvloop

POST = (
    "POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAccept: application/graphql-response+json\r\n"
    "Authorization: Bearer {bearer}\r\nContent-Length: {length}\r\n\r\n{body}"
)
DRIP_S = 0.5


@dataclass(frozen=True)
class Load:
    """What somebody does for `seconds`, over so many connections: `requests` in turns, each answered before the next.

    `pace_s`: a request is due so often, over all connections, and waits from then on; without it: as fast as can be.
    `drip`: `requests` are said one after the other on a connection, and then this every `drip_s` until an answer comes.
    """

    port: int
    requests: list[str]
    connections: int
    seconds: float
    pace_s: float = 0.0
    drip: str | None = None
    drip_s: float = DRIP_S


@dataclass
class Came:
    """How long answers took, and how many of each status; `closed` counts connections that ended."""

    waits_ms: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)


def post(bearer: str, body: dict[str, object]) -> str:
    """A request for `Load.requests`; a body in ASCII."""
    text = json.dumps(body)
    return POST.format(bearer=bearer, length=len(text), body=text)


@asynccontextmanager
async def started(load: Load) -> AsyncIterator["asyncio.Task[Came]"]:
    """Runs a load beside us; its task ends with what came of it."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.load"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    talking = asyncio.create_task(process.communicate(json.dumps(asdict(load)).encode()))
    try:
        yield asyncio.create_task(_read(talking))
    finally:
        await talking


async def _read(talking: "asyncio.Task[tuple[bytes, bytes]]") -> Came:
    said = json.loads((await talking)[0])
    return Came(said["waits_ms"], Counter(said["statuses"]))


async def _run(load: Load) -> Came:
    came, began = Came(), time.perf_counter()
    turns = iter(range(10**9))
    until = began + load.seconds

    async def connection() -> None:
        while time.perf_counter() < until:
            with suppress(ConnectionError, asyncio.IncompleteReadError, TimeoutError):
                async with asyncio.timeout(max(0.0, until - time.perf_counter()) + 5 * bool(load.pace_s)):
                    await (_dripping(load, came) if load.drip is not None else _asking(load, turns, began, until, came))
            came.statuses["closed"] += time.perf_counter() < until

    async with asyncio.TaskGroup() as tasks:
        for _ in range(load.connections):
            tasks.create_task(connection())
    return came


async def _asking(load: Load, turns: Iterator[int], began: float, until: float, came: Came) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port, limit=2**22)
    try:
        while time.perf_counter() < until:
            turn = next(turns)
            due = began + turn * load.pace_s if load.pace_s else time.perf_counter()
            if (early := due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            writer.write(load.requests[turn % len(load.requests)].encode())
            status = await _answer(reader)
            came.statuses[status] += 1
            came.waits_ms.append((time.perf_counter() - due) * 1000)
    finally:
        writer.transport.abort()


async def _answer(reader: asyncio.StreamReader) -> str:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    _, _, length = head.partition(b"content-length: ")
    await reader.readexactly(int(length.split(b"\r", 1)[0]))
    return head[9:12].decode()


async def _dripping(load: Load, came: Came) -> None:
    """Each thing said but the last is answered; then drips until the service says something, or hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", load.port)
    try:
        for said in load.requests:
            writer.write(said.encode("latin-1"))
            if said is not load.requests[-1]:
                await reader.readuntil(b"\r\n\r\n")
        rest = asyncio.create_task(reader.read(1000))
        while not rest.done():
            await asyncio.wait({rest}, timeout=load.drip_s)
            writer.write((load.drip or "").encode("latin-1"))
            await writer.drain()
        came.statuses["answered" if rest.result() else "silence"] += 1
    finally:
        writer.transport.abort()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(vars(runner.run(_run(Load(**json.load(sys.stdin)))))))
