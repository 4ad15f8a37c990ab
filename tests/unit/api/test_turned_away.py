"""Whoever is turned away at the door hears it after a pause."""

import asyncio
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from api import graphql, socket
from api.graphql import GraphQLDoor
from api.places import Places
from api.socket import SocketDoor
from domain.errors import ErrorCode, Refusal
from tests.unit.api.asgi import a_request, client, piece


class Nobody:
    """Stands for Arrivals: believes no token."""

    async def sign_in(self, token: str, now: int) -> Any:
        raise Refusal(ErrorCode.UNAUTHENTICATED, "malformed")


async def test_who_is_turned_away_has_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """So a connection brings one of them in a pause, and no more. Who is told what he may not send need not wait."""
    monkeypatch.setattr(graphql, "PAUSE_S", 3600)
    door = GraphQLDoor(cast(Any, None), cast(Any, None), cast(Any, Nobody()), Places(), lambda: 0, opened=False)
    away = asyncio.create_task(door.answer(a_request(client(piece(b"{}")), authorization="Bearer x")))
    nonsense = await door.answer(a_request(client(piece(b"{}")), accept="text/plain"))
    assert nonsense.status_code == 406
    for _ in range(20):
        await asyncio.sleep(0)
    assert not away.done()
    away.cancel()
    monkeypatch.setattr(graphql, "PAUSE_S", 0)
    answer = await door.answer(a_request(client(piece(b"{}")), authorization="Bearer x"))
    assert answer.status_code == 401


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
