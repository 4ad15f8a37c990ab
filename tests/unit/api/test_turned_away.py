"""Whoever is turned away at the door hears it after a pause."""

import asyncio
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from api import socket, turned_away
from api.places import Places
from api.socket import SocketDoor
from api.turned_away import TurnedAway
from domain.errors import ErrorCode, Refusal
from domain.turns import answering, rest
from tests.unit.api.asgi import client


class Nobody:
    """Stands for Arrivals: believes no token."""

    async def sign_in(self, token: str, now: int) -> Any:
        raise Refusal(ErrorCode.UNAUTHENTICATED, "malformed")


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("status", [200, 204, 400, 404, 429, 499, 500, 503])
async def test_who_is_turned_away_has_to_wait(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """So a connection brings one of them in a pause, and no more; others' long work does not wait for that."""
    monkeypatch.setattr(turned_away, "PAUSE_S", 3600)
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message["status"])

    async def app(scope: Any, receive: Any, send: Any) -> None:
        with answering():
            await send({"type": "http.response.start", "status": status})

    answer = asyncio.create_task(TurnedAway(app)({}, client(), send))
    await asyncio.wait_for(rest(), 5)
    assert said == ([] if 400 <= status < 500 else [status])
    answer.cancel()
    monkeypatch.setattr(turned_away, "PAUSE_S", 0)
    await TurnedAway(app)({}, client(), send)
    assert said[-1] == status


async def test_a_socket_that_is_turned_away_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed with its code, but not at once."""
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    async def closed() -> None:
        coming = client({"type": "websocket.connect"})
        await door.answer(WebSocket({"type": "websocket", "subprotocols": [], "headers": []}, coming, send))

    door = SocketDoor(cast(Any, None), cast(Any, None), cast(Any, Nobody()), Places(), lambda: 0, opened=False)
    monkeypatch.setattr(socket, "PAUSE_S", 3600)
    away = asyncio.create_task(closed())
    for _ in range(20):
        await asyncio.sleep(0)
    assert [one["type"] for one in said] == ["websocket.accept"]
    away.cancel()
    monkeypatch.setattr(socket, "PAUSE_S", 0)
    await closed()
    assert said[-1]["code"] == 4406
