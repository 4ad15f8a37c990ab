"""A conversation's own clocks: who says nothing, and who does not read."""

import asyncio
import json
from typing import Any, cast

import pytest
from graphql import GraphQLError
from starlette.websockets import WebSocket

from api import conversation, places
from api.conversation import Conversation
from api.messages import PROTOCOL, Closing
from api.places import Places
from api.socket import SocketDoor
from domain.errors import ErrorCode, Refusal
from tests.resting import long_work


class Line:
    """A socket whose client says some things and then nothing; it takes so many messages and then none.

    Between what it says it waits `pause_s`.
    """

    def __init__(self, *said: dict[str, Any], takes: int = 100, pause_s: float = 0) -> None:
        self.waiting = [{"type": "websocket.receive", "text": json.dumps(one)} for one in said]
        self.takes, self.told, self.codes = takes, list[dict[str, Any]](), list[int]()
        self._pause_s = pause_s

    async def receive(self) -> dict[str, Any]:
        if not self.waiting:
            await asyncio.Event().wait()
        await asyncio.sleep(self._pause_s)
        return self.waiting.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "websocket.send":
            if len(self.told) >= self.takes:
                await asyncio.Event().wait()
            self.told.append(json.loads(message["text"]))
        if message["type"] == "websocket.close":
            self.codes.append(message["code"])


class Nobody:
    """A door without keys: no token can be checked, and what is asked never ends."""

    ended = False

    async def signed_in(self, authorization: str | None) -> None:
        if authorization is not None:
            raise Refusal(ErrorCode.UNAVAILABLE)

    def seconds_left(self, _: None) -> float:
        return conversation.NOBODY_S

    def context(self, *_: Any) -> None:
        return None

    def stream(self, *_: Any) -> Any:
        return self._results()

    async def _results(self) -> Any:
        try:
            while True:
                yield type("Result", (), {"data": {}, "errors": None})
        finally:
            self.ended = True


class Brief(Nobody):
    """What is asked is answered once: with this."""

    def __init__(self, data: Any, *errors: GraphQLError) -> None:
        self._answer = type("Result", (), {"data": data, "errors": list(errors) or None})

    async def _results(self) -> Any:
        yield self._answer


class Live(Nobody):
    """What is asked is answered once when it may be, and then nothing comes for long."""

    def __init__(self) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()

    async def _results(self) -> Any:
        self.asked.set()
        await self.may.wait()
        yield type("Result", (), {"data": {}, "errors": None})
        await asyncio.Event().wait()


def subscribe(name: str) -> dict[str, Any]:
    return {"type": "subscribe", "id": name, "payload": {"query": "{ x }"}}


async def end_of(line: Line, door: Any) -> Closing:
    socket = socket_of(line)
    await socket.accept()
    with pytest.raises(Closing) as caught:
        async with asyncio.timeout(10):
            await Conversation(socket, door, Places()).run()
    return caught.value


def socket_of(line: Line) -> WebSocket:
    line.waiting.insert(0, {"type": "websocket.connect"})
    scope = {"type": "websocket", "headers": [], "subprotocols": [PROTOCOL]}
    return WebSocket(scope, receive=line.receive, send=line.send)


async def test_a_client_that_says_nothing(monkeypatch):
    """Is not waited for: 4408, also when it pings meanwhile."""
    monkeypatch.setattr(conversation, "INIT_S", 0.02)
    for said in ([], [{"type": "ping"}]):
        assert (await end_of(Line(*said), Nobody())).code == 4408


async def test_a_client_that_does_not_read(monkeypatch):
    """Is closed, and what it listened to ends."""
    monkeypatch.setattr(conversation, "SLOW_S", 0.02)
    line, door = Line({"type": "connection_init"}, subscribe("1"), takes=5), Nobody()
    assert (await end_of(line, door)).code == 1013
    assert (len(line.told), door.ended) == (5, True)


async def test_nobody_who_asks_nothing(monkeypatch):
    """Whoever neither signed in nor has asked for something lately goes, also when it pings; what it had asked for ends."""
    monkeypatch.setattr(conversation, "NOBODY_S", 0.05)
    init = {"type": "connection_init"}
    for said in ([init], [init, {"type": "ping"}]):
        assert (await end_of(Line(*said), Nobody())).code == 4408
    assert (await end_of(Line(init, subscribe("1"), takes=3), door := Nobody())).code == 4408
    assert door.ended


async def test_nobody_who_keeps_asking(monkeypatch):
    """Stays for as long as something is run within the time; neither pings nor what is refused is that."""
    monkeypatch.setattr(conversation, "NOBODY_S", 0.25)
    init, asks = {"type": "connection_init"}, [subscribe(f"{number}") for number in range(5)]
    answered, refused = Brief({}), Brief(None, GraphQLError("no"))
    left = []
    for said, door in ((asks, answered), ([{"type": "ping"}] * 5, answered), (asks, refused)):
        line = Line(init, *said, pause_s=0.1)
        assert (await end_of(line, door)).code == 4408
        left.append(len(line.waiting))
    assert (left[0], left[1] > 0, left[2] > 0) == (0, True, True)


async def test_a_process_has_so_many_places_and_no_more(monkeypatch):
    """The socket that comes too many is told to come again, and one that goes makes room for it."""
    monkeypatch.setattr(places, "MOST", 1)
    none = cast(Any, None)
    door = SocketDoor(none, none, none, Places(), none, False)
    first, second, third = Line(), Line(), Line()
    staying = asyncio.create_task(door.answer(socket_of(first)))
    while first.waiting:
        await asyncio.sleep(0)
    await door.answer(socket_of(second))
    assert (first.codes, second.codes) == ([], [1013])
    staying.cancel()
    await asyncio.wait({staying})
    monkeypatch.setattr(conversation, "INIT_S", 0.02)
    await door.answer(socket_of(third))
    assert third.codes == [4408]


async def test_no_keys_to_check_a_token_with():
    """Is no fault of the client's: it may try again."""
    init = {"type": "connection_init", "payload": {"authorization": "Bearer x"}}
    assert (await end_of(Line(init), Nobody())).code == 1013


@pytest.mark.usefixtures("patient")
async def test_long_work_rests_until_there_is_a_first_result():
    """As it does for a request over HTTP; and no longer, for what is live stays for as long as its client likes."""
    line, door = Line({"type": "connection_init"}, subscribe("1")), Live()
    await (socket := socket_of(line)).accept()
    talk = asyncio.create_task(Conversation(socket, cast(Any, door), Places()).run())
    await door.asked.wait()
    async with long_work():
        door.may.set()
    assert [one["type"] for one in line.told] == ["connection_ack", "next"]
    talk.cancel()
    await asyncio.wait({talk})
