"""A hand on platform 31."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from simulator.world import Simulator
from tests.simulator.platform31.asking import CERTIFICATES, LIN, MATTERS


@pytest.fixture
def ask(world: Simulator, http: aiohttp.ClientSession) -> Callable[..., Awaitable[tuple[int, Any]]]:
    """Ask platform 31 a question: the status and the JSON of its answer."""

    async def ask(query: Any, *, key: str = "the-api-key", **variables: Any) -> tuple[int, Any]:
        url = f"{world.platforms['31'].port.url}/open/graphql"
        told = {**LIN, "limit": 50, "offset": 0, **variables}
        body = {"query": query, "variables": told}
        async with http.post(url, json=body, headers={"X-Shzw-Key": key}) as answer:
            return answer.status, await answer.json()

    return ask


@pytest.fixture
def nodes(ask: Any, tell: Any) -> Callable[[str, str], Awaitable[list[Any]]]:
    """All matters or certificates of a persona, two at a time."""

    async def nodes(noun: str, persona: str) -> list[Any]:
        who = next(one for one in await tell.get("/personas?platform=31") if one["name"] == persona)
        query = {"matters": MATTERS, "certificates": CERTIFICATES}[noun]
        asked = {"type": who["identity_type"], "number": who["identity_number"]}
        found: list[Any] = []
        for offset in range(0, 8, 2):
            _, answer = await ask(query, **asked, limit=2, offset=offset)
            found += answer["data"][noun]["nodes"]
        assert len(found) == answer["data"][noun]["totalCount"]
        return found

    return nodes
