"""A list that moves while it is paged must not pass for the whole truth."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from domain.identity import identity
from integrations.port import Platform
from integrations.registry import Access, connect, read_descriptions
from store.shared.memory import MemoryQuotas

CITIZEN = identity("111", "11010519491231002X")


class Shifting:
    """Two pages of cases, newest first; between them an old case moves to the top, as an advance would make it."""

    def __init__(self) -> None:
        self.numbers = [f"N{number}" for number in range(200)]
        self.moves = True

    async def answer(self, request: web.Request) -> web.Response:
        asked = await request.json()
        first = (asked["PAGE_NO"] - 1) * 100
        rows = [self._case(number) for number in self.numbers[first : first + 100]]
        if self.moves and first == 0:
            self.numbers.insert(0, self.numbers.pop(150))
        return web.json_response({"code": "0000", "data": {"TOTAL": len(self.numbers), "LIST": rows}})

    def _case(self, number: str) -> dict[str, Any]:
        return {"ACCEPT": {"PROJECT_NO": number, "TASK_NAME": "a matter"}}


@pytest.fixture
async def shifting() -> AsyncIterator[tuple[Shifting, Platform]]:
    platform, description = Shifting(), read_descriptions()["44"]
    app = web.Application()
    app.router.add_post(description.operations.cases.path, platform.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    access = Access(address, {"app_key": "k"}, ["s"])
    async with aiohttp.ClientSession() as session:
        yield (
            platform,
            connect({"44": description}, {"44": access}, session, lambda: 1, bytes, MemoryQuotas()).connected["44"],
        )
    await runner.cleanup()


async def test_a_list_that_moved_is_not_full(shifting: tuple[Shifting, Platform]) -> None:
    """A case slipped past between two pages: nothing may be retired on the word of such an answer."""
    _, asked = shifting
    answer = await asked.cases(CITIZEN)
    numbers = [item.facts.number for item in answer.observations]
    assert len(numbers) == len(set(numbers)) == 199
    assert answer.truncated


async def test_a_list_that_stood_still_is_full(shifting: tuple[Shifting, Platform]) -> None:
    """The same two pages, unmoved."""
    platform, asked = shifting
    platform.moves = False
    answer = await asked.cases(CITIZEN)
    assert (len(answer.observations), answer.truncated) == (200, False)
