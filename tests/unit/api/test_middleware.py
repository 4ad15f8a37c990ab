"""A request is somebody who is being answered: long work of others rests meanwhile."""

import asyncio
from typing import Any

import pytest

from api.media import EVENTS, JSON, PARTS
from api.middleware import Observed
from domain.turns import rest
from tests.resting import long_work
from tests.unit.api.asgi import client, scope


class Answering:
    """An application that begins to answer with this, and ends when it is let."""

    def __init__(self, status: int, media_type: str) -> None:
        self.begun, self.end = asyncio.Event(), asyncio.Event()
        self._start = {"status": status, "headers": [(b"content-type", media_type.encode())]}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", **self._start})
        self.begun.set()
        await self.end.wait()
        await send({"type": "http.response.body"})

    async def answer(self) -> "asyncio.Task[None]":
        """To a request that begins, and is under way from now on."""

        async def send(message: Any) -> None:
            pass

        observed = Observed(self, lambda: "a-request", lambda: 0.0)
        answer = asyncio.create_task(observed(scope("POST", "/"), client(), send))
        await self.begun.wait()
        return answer


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("status", "media_type"), [(200, JSON), (404, EVENTS)])
async def test_long_work_rests_until_a_request_is_answered(status: int, media_type: str):
    """And no longer."""
    app = Answering(status, media_type)
    answer = await app.answer()
    async with long_work():
        app.end.set()
    await answer


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("media_type", [EVENTS, PARTS])
async def test_long_work_does_not_rest_for_a_stream(media_type: str):
    """It stays for as long as its client likes."""
    app = Answering(200, media_type)
    answer = await app.answer()
    await asyncio.wait_for(rest(), 5)
    assert not answer.done()
    app.end.set()
    await answer
