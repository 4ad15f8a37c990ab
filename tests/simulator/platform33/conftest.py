"""A hand on platform 33."""

from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest

from simulator.world import Simulator
from tests.simulator.platform33.asking import Answer, envelope

Send = Callable[..., Awaitable[Answer]]


@pytest.fixture
def send(world: Simulator, http: aiohttp.ClientSession) -> Send:
    """Send an envelope as it is."""

    async def send(body: str, **headers: str) -> Answer:
        operation = "QueryZhengzhao" if "QueryZhengzhao" in body else "QueryBanjian"
        sound = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"urn:zjzw:exchange:2#{operation}"'}
        url = f"{world.platforms['33'].port.url}/zjzw/services/exchange"
        async with http.post(url, data=body.encode(), headers=sound | headers) as answer:
            return Answer(answer.status, answer.headers["Content-Type"], await answer.read())

    return send


@pytest.fixture
def rows(send: Send, tell: Any) -> Callable[[str, str], Awaitable[list[Any]]]:
    """All rows of an operation that a persona has, page by page of two."""

    async def rows(operation: str, persona: str) -> list[Any]:
        who = next(one for one in await tell.get("/personas?platform=33") if one["name"] == persona)
        found: list[Any] = []
        for page in range(1, 5):
            body = envelope(operation, kind=who["identity_type"], number=who["identity_number"], page=page, size=2)
            answer = await send(body)
            found += answer.at("//x:liebiao/*")
        assert len(found) == int(answer.at("//x:fenye/@zongshu")[0])
        return found

    return rows


@pytest.fixture
async def receiver(receiver: Any, tell: Any) -> Any:
    """Where platform 33's events are posted to."""
    receiver.url = receiver.url.replace("/44/", "/33/")
    await tell.post("/knobs", platform="33", events_to=receiver.url)
    return receiver
