"""Connections as uvicorn serves them, and what it leaves out: that a client has to come to an end, saying and reading."""

import asyncio
import json
from http import HTTPStatus
from time import monotonic
from typing import Any

import httptools
from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from api.asking import LARGEST_REQUEST
from api.body import LONGEST_S as SMALL_BODY_S
from api.event_stream import ENDLESS
from api.events import LARGEST_EVENT
from api.turned_away import PAUSE_S
from domain.turns import apart, rest

REFUSED = Counter("tongban_connections_refused_total", "Connections ended for how they were used", ["kind"])

HEAD_S = 10.0
"""How long the head of a request may take, and a new connection until it says something."""
BODY_S = 20.0
"""How long a large body may take, also where nobody reads it. Whoever reads one has a shorter limit: api/body.py."""
DRAIN_S, LEAST_DRAINED = 20.0, 8 * 1024
"""How many bytes a client has to take in how long, if there is something for it."""
MOST_HEAD, MOST_HEADERS = 64 * 1024, 100
MOST_BEHIND = 8
"""Requests that may wait behind another on a connection. Browsers and proxies send none."""
COMMON = 8 * 1024
"""Bytes that are read as they come: more than what a phone asks."""
PIECE, PIECE_S = 2 * 1024, 0.0005
"""Of more, how many bytes are read at once, and how long it may go on before others have a turn. A quarter of a megabyte may come
in one piece, and chunks of single bytes take a hundred times as long as a body."""
SMALL = 16 * 1024
"""Bytes of a body that nobody is woken for before it is whole."""
TOO_MUCH = max(LARGEST_REQUEST, LARGEST_EVENT)
"""Whoever says that he sends more hears at once that it is too much, from whoever would have read it."""
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
NOT_HTTP = 400, "not-http", "This is not a request of HTTP."
TOO_LARGE = 431, "head-too-large", "The head of this request is too large."
TOO_MANY = 400, "too-many", "Wait for an answer before you ask for so many others."
LINGER_S = 10.0
"""How long a socket that has ended may take to send what is left."""


class Requests(HttpToolsProtocol):
    """HTTP/1.1 with deadlines for reading and writing, and a bound to the head of a request."""

    _deadline: asyncio.TimerHandle | None = None
    _drain: asyncio.TimerHandle | None = None
    _ending: asyncio.TimerHandle | None = None
    _reading: asyncio.Task[None] | None = None
    _held: tuple[RequestResponseCycle, Any] | None = None
    _current: RequestResponseCycle | None = None
    _in_head = _upgraded = False
    _head = 0
    _answered = 0
    _why = NOT_HTTP

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._unread = bytearray()
        self._expect(HEAD_S)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        self._watch_no_more()
        if self._ending is not None:
            self._ending.cancel()
        self._hang_up()
        super().connection_lost(exc)
        if self._held:
            # Nobody runs it, and it would keep us as we keep it.
            self._held = self._current = self.cycle = None  # type: ignore[assignment]

    def handle_websocket_upgrade(self) -> None:
        """The connection is another's from now on."""
        self._expect_nothing()
        self._upgraded = True
        super().handle_websocket_upgrade()

    # What the client says

    def data_received(self, data: bytes) -> None:
        if self._reading is None and len(data) <= COMMON:
            self._read(data)
        else:
            self._unread += data
            self.transport.pause_reading()
            self._reading = self._reading or self.loop.create_task(self._read_later())

    async def _read_later(self) -> None:
        with apart():
            while self._unread:
                await rest()
                self._read_on()
        self._reading = None
        if not self.flow.read_paused and not self.transport.is_closing():
            self.transport.resume_reading()

    def _read_on(self) -> None:
        """What came, for as long as a piece may take."""
        until = monotonic() + PIECE_S  # the loop's clock stands still meanwhile
        while self._unread:
            piece = bytes(self._unread[:PIECE])
            del self._unread[:PIECE]
            self._read(piece)
            if monotonic() > until:
                break

    def _read(self, data: bytes) -> None:
        if self._ending or self._upgraded or self.transport.is_closing():
            return  # taken all the same: what is left unread when we close would take the answer away from the client
        self._unset_keepalive_if_required()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
        except httptools.HttpParserError:
            self._refuse(*self._why)
        if not (self._ending or self._upgraded or self.transport.is_closing()):
            self._bound(len(data))

    def _bound(self, size: int) -> None:
        """Whoever has not come to the end of a head may not go on for ever."""
        if self._in_head:
            self._head += size
            if self._head > MOST_HEAD:
                self._refuse(*TOO_LARGE)
        elif self._deadline is None and not self._answering() and self.timeout_keep_alive_task is None:
            self._expect(HEAD_S)  # blank lines are no request, but they end the patience that was kept for one

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head = True, 0
        self._expect(HEAD_S)

    def on_header(self, name: bytes, value: bytes) -> None:
        """What stands behind a body in chunks is nobody's, and there is no end to it."""
        if self._in_head:
            super().on_header(name, value)
            if len(self.headers) > MOST_HEADERS:
                self._stop(TOO_LARGE)

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > MOST_HEAD:
            self._stop(TOO_LARGE)
        if len(self.pipeline) >= MOST_BEHIND:
            self._stop(TOO_MANY)
        self._in_head = False
        self._expect(BODY_S)
        super().on_headers_complete()

    def _stop(self, why: tuple[int, str, str]) -> None:
        """Has the parser end. Raises."""
        self._why = why
        raise OverflowError(why)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """Once its body is whole or there is much of it: of those who send heads and no bodies, or bodies byte by byte, there
        may be many."""
        headers = dict(cycle.scope["headers"])
        stated = int(headers.get(b"content-length", 0))
        self._current = cycle
        if not cycle.more_body or len(cycle.body) > SMALL or stated > TOO_MUCH:
            super()._start_asgi_task(cycle, app)
            return
        self._held = cycle, app
        self._expect(SMALL_BODY_S)
        if cycle.waiting_for_100_continue:
            cycle.waiting_for_100_continue = False
            if cycle.scope["http_version"] == "1.1" and (stated or b"transfer-encoding" in headers):
                self.transport.write(CONTINUE)

    def _begin(self) -> None:
        if self._held:
            (cycle, app), self._held = self._held, None
            if cycle.more_body:
                self._expect(BODY_S)
            super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        """Wakes whoever reads it for much at once and for the end, and not for each byte of those who send them one by one."""
        ended = self.parser.should_upgrade() or self.cycle.response_complete
        if ended or len(self.cycle.body) + len(body) > SMALL:
            super().on_body(body)
            self._begin()
        else:
            self.cycle.body += body

    def on_message_complete(self) -> None:
        self._expect_nothing()
        super().on_message_complete()
        self._begin()

    def _expect(self, seconds: float) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(seconds, self._overdue)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _overdue(self) -> None:
        self._deadline = None
        if self._held:
            self._refuse(408, "too-slow", f"A body has to come within {SMALL_BODY_S:g} seconds.")
        elif self._answering():
            self._expect(HEAD_S)  # it is our turn; whatever answers has limits of its own
        elif self._in_head:
            self._refuse(408, "too-slow", "This request did not come in time.")
        else:
            REFUSED.labels("silent").inc()
            self._close()

    def _refuse(self, status: int, kind: str, title: str) -> None:
        """Ends the connection, with an answer unless that would be taken for a part, or the whole, of another one.

        Whoever is turned away waits to hear it: ten thousand times a second is a core's whole work.
        """
        if self._ending is None:
            REFUSED.labels(kind).inc()
            self._expect_nothing()
            is_another = self._answering() and (self.pipeline or self._in_head or self.cycle.response_started)
            said = b"" if is_another else _problem(status, kind, title)
            self._hang_up()
            self._ending = self.loop.call_later(PAUSE_S, self._end, said)

    def _hang_up(self) -> None:
        """To whoever answers, the client is gone. The library tells the last of several requests alone."""
        self.pipeline.clear()
        for cycle in (self._current, self.cycle):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()

    def _end(self, said: bytes) -> None:
        self.transport.write(said)
        self._close()

    def _answering(self) -> bool:
        return bool(self.pipeline) or (self.cycle is not None and not self.cycle.response_complete)

    # What the client reads

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch_no_more()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._answered += 1
        self._watch()

    def shutdown(self) -> None:
        """Streams do not end by themselves, and their clients know how to come back."""
        if self.cycle is not None and self.cycle.scope["state"].get(ENDLESS):
            self._close()
        else:
            super().shutdown()

    def _close(self) -> None:
        self.transport.close()
        self._watch()

    def _watch(self) -> None:
        left = self.transport.get_write_buffer_size()
        if self._drain is None and left:
            self._drain = self.loop.call_later(DRAIN_S, self._look, left, self._answered)

    def _watch_no_more(self) -> None:
        if self._drain is not None:
            self._drain.cancel()
            self._drain = None

    def _look(self, before: int, answered: int) -> None:
        """Lets go of a client that takes next to nothing: closing would wait for it for ever."""
        self._drain = None
        taken = before - self.transport.get_write_buffer_size()
        if answered == self._answered and taken < min(before, LEAST_DRAINED):
            REFUSED.labels("takes-nothing").inc()
            self.transport.abort()
        else:
            self._watch()


class Sockets(WebSocketsSansIOProtocol):
    """Lets go of who would stay for ever: who begins no socket, and who does not take what was sent last."""

    _linger: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        # The head comes whole, out of another parser: what this one could not read of it now it never will.
        if not self.handshake_initiated:
            REFUSED.labels("no-socket").inc()
            self.transport.write(_problem(400, "no-socket", "This request does not begin a socket."))
            self.transport.close()

    async def run_asgi(self) -> None:
        await super().run_asgi()
        if self in self.connections:
            self._linger = self.loop.call_later(LINGER_S, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        # The timer holds the whole conversation: of clients that come and go it would keep ten seconds' worth.
        if self._linger is not None:
            self._linger.cancel()


def _problem(status: int, kind: str, title: str) -> bytes:
    """An answer from below the application: a problem document, as api/problem.py makes them."""
    body = json.dumps({"type": f"urn:tongban:problem:{kind}", "title": title, "status": status}).encode()
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "content-type: application/problem+json",
        f"content-length: {len(body)}",
        "x-content-type-options: nosniff",
        "connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body
