"""Results as server-sent events, for clients without sockets.

After PROTOCOL.md of the graphql-sse project, "distinct connections mode": one request, one operation, one answer that goes on.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing, suppress

from prometheus_client import Gauge
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from api.media import EVENTS
from api.results import expired, text_of, told
from domain.caller import Locale

STREAMS = Gauge("tongban_streams", "Open streams of server-sent events")
ENDLESS = "endless"
"""Stands in the state of a request whose answer does not end by itself: whoever wants to stop serving need not wait for it."""
KEEP_ALIVE_S = 12.0
"""How often a stream shows that it is there. Proxies give up on silence after 30 s and more."""


class _Gone(Exception):
    """The client is."""


class EventStream(StreamingResponse):
    """Tells the results as they come, then that there are no more. `place` is left at its end, after `seconds` at the latest.

    Nothing is queued: the next result is asked for when the last one is on its way. A client that goes frees everything; one that
    does not read is let go of by the server (app/protocols.py).
    """

    media_type = EVENTS

    def __init__(
        self,
        results: AsyncGenerator[ExecutionResult, None],
        locale: Locale,
        seconds: float,
        place: ExitStack,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__((), headers=headers)
        self._results, self._locale, self._seconds, self._place = results, locale, seconds, place

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[ENDLESS] = True
        with self._place, STREAMS.track_inprogress(), suppress(_Gone):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            async with aclosing(self._results):
                await self._tell(receive, send)

    async def _tell(self, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                await self._beside(receive, send)
        except TimeoutError:
            await self._next(send, ExecutionResult(data=None, errors=[expired()]))
        await _say(send, b"event: complete\ndata:\n\n")
        await send({"type": "http.response.body"})

    async def _beside(self, receive: Receive, send: Send) -> None:
        """Tells everything, while it shows that it is there and watches whether the client is. Raises _Gone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                others = tasks.create_task(_until_gone(receive)), tasks.create_task(_keep_alive(send))
                async for result in self._results:
                    await self._next(send, result)
                for other in others:
                    other.cancel()
        except ExceptionGroup as several:
            raise several.exceptions[0] from None

    async def _next(self, send: Send, result: ExecutionResult) -> None:
        await _say(send, b"event: next\ndata: " + text_of(told(result, self._locale)) + b"\n\n")


async def _keep_alive(send: Send) -> None:
    while True:
        await asyncio.sleep(KEEP_ALIVE_S)
        await _say(send, b":\n\n")


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue
    raise _Gone


async def _say(send: Send, text: bytes) -> None:
    await send({"type": "http.response.body", "body": text, "more_body": True})
