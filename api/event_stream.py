"""Results as server-sent events, for clients without sockets.

After PROTOCOL.md of the graphql-sse project, "distinct connections mode": one request, one operation, one answer that goes on.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack

from prometheus_client import Gauge
from starlette.types import Receive, Scope, Send
from strawberry.types import ExecutionResult

from api.long_answer import LongAnswer
from api.media import EVENTS
from api.results import expired, text_of, told
from domain.caller import Locale

STREAMS = Gauge("tongban_streams", "Open streams of server-sent events")
ENDLESS = "endless"
"""Stands in the state of a request whose answer does not end by itself: whoever wants to stop serving need not wait for it."""
KEEP_ALIVE_S = 12.0
"""How often a stream shows that it is there. Proxies give up on silence after 30 s and more."""


class EventStream(LongAnswer):
    """Tells the results as they come, then that there are no more; after `seconds` that the token has ended."""

    media_type = EVENTS
    end = b"event: complete\ndata:\n\n"
    silence = KEEP_ALIVE_S, b":\n\n"

    def __init__(
        self,
        results: AsyncGenerator[ExecutionResult, None],
        locale: Locale,
        seconds: float,
        place: ExitStack,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(results, seconds, place, headers)
        self._locale = locale

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})[ENDLESS] = True
        with STREAMS.track_inprogress():
            await super().__call__(scope, receive, send)

    def text(self, thing: ExecutionResult) -> bytes:
        return b"event: next\ndata: " + text_of(told(thing, self._locale)) + b"\n\n"

    def cut(self) -> bytes:
        return self.text(ExecutionResult(data=None, errors=[expired()]))
