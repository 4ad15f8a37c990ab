"""What a platform lets us ask in a minute holds over all processes, page by page."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from domain.identity import identity
from integrations.description import Description
from integrations.guard.pace import Quotas
from integrations.port import Platform, RateLimited
from integrations.registry import Access, connect, read_descriptions
from tests.contract.shared_world import KINDS, shared_pair

CITIZEN = identity("111", "11010519491231002X")


class Paged:
    """A platform with three pages of cases, which counts how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    async def answer(self, request: web.Request) -> web.Response:
        self.calls += 1
        first = ((await request.json())["PAGE_NO"] - 1) * 100
        rows = [{"ACCEPT": {"PROJECT_NO": f"N{number}", "TASK_NAME": "a"}} for number in range(first, first + 100)]
        return web.json_response({"code": "0000", "data": {"TOTAL": 300, "LIST": rows}})


@dataclass
class World:
    paged: Paged
    platforms: list[Platform]


def limited(most: int) -> Description:
    description = read_descriptions()["44"]
    return description.model_copy(update={"limits": description.limits.model_copy(update={"calls_per_minute": most})})


@pytest.fixture(params=KINDS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """One platform that allows seven calls a minute, as two processes reach it."""
    paged, app, description = Paged(), web.Application(), limited(7)
    app.router.add_post(description.operations.cases.path, paged.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    access = Access(f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}", {"app_key": "k"}, ["s"])  # type: ignore[union-attr]
    async with shared_pair(request.param, tmp_path) as (pair, _), aiohttp.ClientSession() as session:

        def reached(quotas: Quotas) -> Any:
            return connect({"44": description}, {"44": access}, session, lambda: 1, bytes, quotas).connected["44"]

        yield World(paged, [reached(pair.one.quotas), reached(pair.other.quotas)])
    await runner.cleanup()


async def test_no_call_is_made_beyond_it(world: World) -> None:
    """Two questions of three pages go through, a third one ends at its second page, and a fourth reaches nobody."""
    one, other = world.platforms
    for asked in (one, other):
        assert len((await asked.cases(CITIZEN)).observations) == 300
    for asked in (one, other):
        with pytest.raises(RateLimited):
            await asked.cases(CITIZEN)
    assert world.paged.calls == 7


async def test_however_many_ask_at_once(world: World) -> None:
    """The platform sees no more calls than it allows."""
    questions = [asked.cases(CITIZEN) for _ in range(10) for asked in world.platforms]
    ended = await asyncio.gather(*questions, return_exceptions=True)
    assert world.paged.calls == 7
    assert any(isinstance(one, RateLimited) for one in ended)
