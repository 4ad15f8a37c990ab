"""What it costs to guard a call, beside what the call costs anyway."""

import asyncio
from typing import Any

import aiohttp
from aiohttp import web

from bench.figures import cpu_ms, publish, table
from bench.world import run
from integrations.asker import READER, Asker, a_job
from integrations.guard.guard import Guard
from integrations.guard.pace import pace_of
from integrations.port import BreakerOpen, ServerFailed
from store.shared.memory import MemoryQuotas

QUESTION = "What does it cost to guard a call to a platform?"


def guard(**more: Any) -> Guard:
    return Guard("bench", 8.0, 32, lambda: 0.5, **more)


async def nothing() -> int:
    return 1


async def broken() -> int:
    raise ServerFailed("bench")


async def ask(guard: Guard, call: Any = nothing, asker: Asker = READER) -> Any:
    async with guard.question(asker) as made:
        return await made(call)


async def pages(guard: Guard, many: int) -> None:
    async with guard.question(READER) as made:
        for _ in range(many):
            await made(nothing)


def never_twice() -> Guard:
    """One that has no budget for second calls."""
    poor = guard()
    poor._hedge.budget.earn = lambda: None  # type: ignore[method-assign]
    return poor


async def open_breaker() -> Guard:
    shut = guard()
    for _ in range(10):
        await asyncio.gather(ask(shut, broken), return_exceptions=True)
    shut._breaker._next_probe = 1e12
    return shut


async def turned_away(shut: Guard) -> None:
    try:
        await ask(shut)
    except BreakerOpen:
        return
    raise AssertionError("it is open")


async def measured(session: aiohttp.ClientSession, url: str) -> list[list[object]]:
    async def over_http() -> int:
        async with session.post(url, data=b"{}") as response:
            return len(await response.read())

    plain, over, poor, shut = guard(), guard(), never_twice(), await open_breaker()
    paced = guard(pace=pace_of("bench", 1_000_000_000, MemoryQuotas()))
    works = {
        "nothing, unguarded": nothing,
        "nothing, guarded": lambda: ask(plain),
        "nothing, guarded, by a job": lambda: ask(plain, asker=a_job()),
        "nothing, guarded and paced in process": lambda: ask(paced),
        "nothing, guarded, without budget for a second call": lambda: ask(poor),
        "nothing, five pages of one question": lambda: pages(plain, 5),
        "turned away by the breaker": lambda: turned_away(shut),
        "health": lambda: plain.health(),
        "an empty call over HTTP, unguarded": over_http,
        "an empty call over HTTP, guarded": lambda: ask(over, over_http),
    }
    return [[name, taken * 1000] for name, taken in (await cpu_ms(works)).items()]


async def main() -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=b"{}")

    app = web.Application()
    app.router.add_post("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}/"  # type: ignore[union-attr]
    async with aiohttp.ClientSession() as session:
        rows = await measured(session, url)
    await runner.cleanup()
    publish(
        "guarded_call",
        QUESTION,
        "Microseconds of CPU for one, in one process. Over HTTP client and server are both in it:",
        table(("what", "µs"), rows),
    )


if __name__ == "__main__":
    run(main())
