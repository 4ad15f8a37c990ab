"""One conversation over graphql-transport-ws: the greeting, the operations that are live, and its end."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from graphql import GraphQLError
from starlette.websockets import WebSocket, WebSocketDisconnect
from strawberry.types import ExecutionResult

from api.address import address_of
from api.door import NOBODY_S, Door
from api.json_text import encoded
from api.language import locale_of
from api.messages import Closing, Complete, Init, Message, Ping, Pong, Subscribe, read
from api.places import Full, Places
from api.results import EXPIRED, LARGEST_ANSWER, TOO_LARGE, expired, told
from domain.caller import Locale, SignIn
from domain.errors import ErrorCode, Refusal
from domain.turns import answering, give_way
from schema.errors import presented

INIT_S = 10.0
"""How long a client may take until it is believed."""
SLOW_S = 20.0
"""How long one message may wait for a client that does not read."""
MOST_LIVE = 100


class Conversation:
    """With one client. Every operation is a task of it, and ends with it."""

    def __init__(self, socket: WebSocket, door: Door, places: Places) -> None:
        self._socket, self._door, self._places = socket, door, places
        self._tasks = asyncio.TaskGroup()
        self._live: dict[str, asyncio.Task[None]] = {}
        self._locale = Locale.ZH_HANS
        self._signed_in: SignIn | None = None
        self._end = asyncio.timeout(None)

    async def run(self) -> None:
        """Until it ends, which is told by what is raised: Closing, or WebSocketDisconnect if the client went."""
        try:
            async with self._tasks:
                await self._introduce()
                with self._places.among_its_party(self._signed_in):
                    await self._say(type="connection_ack")
                    await self._listen()
        except ExceptionGroup as several:
            raise min(several.exceptions, key=lambda error: not isinstance(error, Closing | Full)) from None

    async def _introduce(self) -> None:
        try:
            async with asyncio.timeout(INIT_S):
                while not isinstance(message := await self._next(), Init):
                    if isinstance(message, Subscribe):
                        raise Closing(4401, "Say connection_init first.")
                    await self._answer(message)
                await self._welcome(message)
        except TimeoutError:
            raise Closing(4408, f"Say connection_init within {INIT_S:g} seconds.") from None

    async def _welcome(self, init: Init) -> None:
        """What the first message does not say, the headers of the upgrade may: browsers cannot set those."""
        said = {**self._socket.headers, **init.payload}
        self._locale = locale_of(said.get("accept-language", ""))
        try:
            self._signed_in = await self._door.signed_in(said.get("authorization"))
        except Refusal as refusal:
            if refusal.code is ErrorCode.UNAVAILABLE:
                raise Closing(1013, "unavailable") from None
            raise Closing(4403, f"token-{refusal.at or 'malformed'}") from None

    async def _listen(self) -> None:
        try:
            async with asyncio.timeout(self._door.seconds_left(self._signed_in)) as self._end:
                while True:
                    await self._answer(await self._next())
        except TimeoutError:
            if self._signed_in is None:
                raise Closing(4408, f"Nobody signed in, and nothing was run for {NOBODY_S:g} seconds.") from None
            await self._expire()

    async def _answer(self, message: Message) -> None:
        match message:
            case Init():
                raise Closing(4429, "connection_init was said.")
            case Ping():
                await self._say(type="pong")
            case Subscribe():
                await self._start(message)
            case Complete():
                if task := self._live.pop(message.id, None):
                    task.cancel()
            case Pong():
                pass

    async def _start(self, message: Subscribe) -> None:
        if message.id in self._live:
            raise Closing(4409, f"Subscriber for {message.id} already exists")
        if len(self._live) >= MOST_LIVE:
            await self._refuse(message.id, GraphQLError(f"At most {MOST_LIVE} operations may be live on a socket."))
            return
        self._live[message.id] = self._tasks.create_task(self._operate(message))

    async def _operate(self, message: Subscribe) -> None:
        """Runs an operation to its end. Its id is free again before the client learns of the end."""
        context = self._door.context(self._signed_in, self._locale, address_of(self._socket))
        try:
            with answering():
                refused = await self._results(message.id, self._door.stream(message.asked, context))
        finally:
            if self._live.get(message.id) is asyncio.current_task():
                del self._live[message.id]
        if refused:
            await self._refuse(message.id, *refused)
        else:
            await self._say(id=message.id, type="complete")

    async def _results(self, name: str, results: AsyncGenerator[ExecutionResult, None]) -> list[GraphQLError] | None:
        """Tells what comes; the errors if there is no more because of them."""
        waited_for = False
        async with aclosing(results):
            async for result in results:
                if result.data is None:
                    return list(result.errors or ())
                if not waited_for:
                    waited_for = True
                    self._wait_on()
                    give_way()
                await self._say(id=name, type="next", payload=told(result, self._locale))
        return None

    def _wait_on(self) -> None:
        """Begins the patience with somebody who has no token anew. What was refused does not: it costs next to nothing."""
        if self._signed_in is None and not self._end.expired():
            self._end.reschedule(asyncio.get_running_loop().time() + NOBODY_S)

    async def _expire(self) -> None:
        """Ends what is live, says why, and closes."""
        live = dict(self._live)
        for task in live.values():
            task.cancel()
        if live:
            await asyncio.wait(live.values())
        for name in live:
            await self._refuse(name, expired())
        raise Closing(4403, EXPIRED)

    async def _refuse(self, name: str, *errors: GraphQLError) -> None:
        await self._say(id=name, type="error", payload=[presented(error, self._locale) for error in errors])

    async def _next(self) -> Message:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code") or 1005)
        return read(message.get("text"))

    async def _say(self, **message: Any) -> None:
        """Waits until the client takes it. Raises Closing for one that is too slow."""
        text = encoded(message)
        if len(text) > LARGEST_ANSWER:
            text = encoded(message | {"payload": TOO_LARGE})
        try:
            async with asyncio.timeout(SLOW_S):
                await self._socket.send_text(text.decode())
        except TimeoutError:
            raise Closing(1013, "This client does not read.") from None
