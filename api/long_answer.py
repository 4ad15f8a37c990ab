"""Answers that go on: what comes is told as it comes, to a client that may go at any time."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing, suppress
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send


class _Gone(Exception):
    """The client is."""


class LongAnswer(StreamingResponse):
    """Tells each thing that comes. `place` is left at its end, after `seconds` at the latest.

    Nothing is queued: the next is asked for when the last one is on its way. A client that goes frees everything; one that does
    not read is let go of by the server (app/protocols.py).
    """

    start: bytes = b""
    end: bytes
    """What says that there is no more."""

    silence: tuple[float, bytes] | None = None
    """After how many seconds without a word which bytes show that it is still there."""

    def __init__(
        self, coming: AsyncGenerator[Any, None], seconds: float, place: ExitStack, headers: Mapping[str, str]
    ) -> None:
        super().__init__((), headers=headers)
        self._coming, self._seconds, self._place = coming, seconds, place

    def text(self, thing: Any) -> bytes:
        """One thing that came, as it is told."""
        raise NotImplementedError

    def cut(self) -> bytes:
        """What is told when the time is up."""
        return b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._place, suppress(_Gone):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._coming):
                await self._tell(receive, send)

    async def _tell(self, receive: Receive, send: Send) -> None:
        try:
            await _say(send, self.start)
            async with asyncio.timeout(self._seconds):
                await self._beside(receive, send)
        except TimeoutError:
            await _say(send, self.cut())
        await _say(send, self.end)
        await send({"type": "http.response.body"})

    async def _beside(self, receive: Receive, send: Send) -> None:
        """Tells everything, while it shows that it is there and watches whether the client is. Raises _Gone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                others = [tasks.create_task(_until_gone(receive))]
                if self.silence:
                    others.append(tasks.create_task(_keep_alive(send, *self.silence)))
                async for thing in self._coming:
                    await _say(send, self.text(thing))
                for other in others:
                    other.cancel()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None


async def _keep_alive(send: Send, seconds: float, text: bytes) -> None:
    while True:
        await asyncio.sleep(seconds)
        await _say(send, text)


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    raise _Gone


async def _say(send: Send, text: bytes) -> None:
    if text:
        await send({"type": "http.response.body", "body": text, "more_body": True})
