"""What we change in uvicorn's connections, over connections."""

import asyncio
import gc
import socket
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
import uvicorn

from api.event_stream import ENDLESS
from app import protocols
from app.protocols import REFUSED, Requests, Sockets
from app.server import listener

AT_ONCE = 0.05
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


class Watched(Sockets):
    """Counts how often a connection is aborted."""

    aborted = 0

    def connection_made(self, transport: Any) -> None:
        abort = transport.abort

        def counted() -> None:
            type(self).aborted += 1
            abort()

        transport.abort = counted
        super().connection_made(transport)


@asynccontextmanager
async def served(app: Any, http: type[Requests] = Requests) -> AsyncIterator[tuple[uvicorn.Server, int]]:
    """A server of this application, and its port."""
    listening = listener("127.0.0.1", 0)
    config = uvicorn.Config(app, http=http, ws=Watched, log_config=None, lifespan="off", timeout_keep_alive=1)
    web = uvicorn.Server(config)
    serving = asyncio.create_task(web.serve(sockets=[listening]))
    while not web.started:
        await asyncio.sleep(0)
    try:
        yield web, listening.getsockname()[1]
    finally:
        web.should_exit = True
        async with asyncio.timeout(5):
            await serving


async def all_gone(web: uvicorn.Server) -> None:
    async with asyncio.timeout(5):
        while web.server_state.connections or web.server_state.tasks:
            await asyncio.sleep(0.01)


def answering(*pieces: bytes, waits: float = 0) -> Any:
    """An application that says this to everybody, and hears nothing."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(waits)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    return app


async def endless(scope: Any, receive: Any, send: Any) -> None:
    """An application that streams until the client goes."""
    scope["state"][ENDLESS] = True
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"first", "more_body": True})
    while (await receive())["type"] != "http.disconnect":
        continue


async def talking(scope: Any, receive: Any, send: Any) -> None:
    """An application that says back what comes over a socket."""
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        await send({"type": "websocket.send", "text": message["text"]})


async def farewell(scope: Any, receive: Any, send: Any) -> None:
    """An application that ends each socket at once."""
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.close", "code": 1000})


async def test_a_socket_that_has_ended_is_not_aborted(monkeypatch):
    """Its client took the end and hung up: nothing is kept of it for as long as one that does not might take."""
    monkeypatch.setattr(protocols, "LINGER_S", AT_ONCE)
    async with served(farewell) as (web, port), aiohttp.ClientSession() as session:
        async with session.ws_connect(f"http://127.0.0.1:{port}") as line:
            assert (await line.receive()).type is aiohttp.WSMsgType.CLOSE
        await all_gone(web)
        await asyncio.sleep(2 * AT_ONCE)
        assert Watched.aborted == 0


async def test_a_socket_has_no_deadline_of_a_request(monkeypatch):
    """It stays, however long it says nothing."""
    for limit in ("HEAD_S", "BODY_S"):
        monkeypatch.setattr(protocols, limit, AT_ONCE)
    async with (
        served(talking) as (_, port),
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}") as line,
    ):
        for word in ("one", "two", "three"):
            await asyncio.sleep(2 * AT_ONCE)
            await line.send_str(word)
            assert (await line.receive()).data == word


async def test_our_time_is_not_the_clients(monkeypatch):
    """An answer may take longer than a request; and a connection that is kept is not cut off for it."""
    for limit in ("HEAD_S", "BODY_S"):
        monkeypatch.setattr(protocols, limit, AT_ONCE)
    async with served(answering(b"yes", waits=3 * AT_ONCE)) as (_, port), aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.get(f"http://127.0.0.1:{port}") as answer:
                assert await answer.text() == "yes"
        async with session.post(f"http://127.0.0.1:{port}", data=b"x") as answer:
            assert await answer.text() == "yes"


BODY = b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n"
LARGE = b"POST / HTTP/1.1\r\nContent-Length: 999999\r\n\r\n"


@pytest.mark.parametrize("said", [b"", b"\r\n", b"GE", GET[:20], GET + b"\r\n", GET + b"GET", BODY, LARGE])
async def test_who_does_not_come_to_an_end(monkeypatch, said: bytes):
    """Is cut off: before a request, within a head, within a body that nobody reads, and after an answer."""
    for limit in ("HEAD_S", "BODY_S", "SMALL_BODY_S"):
        monkeypatch.setattr(protocols, limit, AT_ONCE)
    async with served(answering(b"yes")) as (web, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        while not web.server_state.connections:
            await asyncio.sleep(0)
        await all_gone(web)
        writer.close()


async def test_a_large_body_that_has_begun_has_more_time(monkeypatch):
    """Also where nobody reads it: it is cut off when that is over."""
    monkeypatch.setattr(protocols, "BODY_S", AT_ONCE)
    monkeypatch.setattr(protocols, "SMALL_BODY_S", 60.0)
    silent = REFUSED.labels("silent")._value.get
    before = silent()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        monkeypatch.setattr(protocols, "HEAD_S", AT_ONCE)  # for which it is our turn, should that not be over
        await answering(b"yes")(scope, receive, send)

    async with served(app) as (web, port):
        web.config.timeout_keep_alive = 60
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: 99999\r\n\r\n" + b"x" * (protocols.SMALL + 1))
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 200 ")
        writer.close()
        await all_gone(web)
    assert silent() == before + 1


async def test_what_is_no_http_waits_for_its_answer(monkeypatch):
    """Whoever sends it in a loop is held up by that, and what else he says meanwhile changes nothing."""
    monkeypatch.setattr(protocols, "PAUSE_S", 4 * AT_ONCE)
    async with served(answering(b"yes")) as (web, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01\r\n\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(AT_ONCE):
                await reader.read(1)
        writer.write(GET + b"\x16\r\n\r\n")
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()
        await all_gone(web)


LONG = b"GET / HTTP/1.1\r\nX: %s\r\nY: %s\r\n" % (b"x" * 40_000, b"y" * 40_000)


@pytest.mark.parametrize("end", [b"\r\n", b"", b"Z: " + b"z" * 300_000], ids=["whole", "begun", "much more"])
@pytest.mark.parametrize("pieces", [1, 20])
async def test_a_head_that_is_too_large(monkeypatch, end: bytes, pieces: int):
    """Hears so, in however many pieces it comes, and whatever is still to come."""
    monkeypatch.setattr(protocols, "PAUSE_S", AT_ONCE)
    said = LONG + end
    size = -(-len(said) // pieces)
    async with served(answering(b"yes")) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for place in range(0, len(said), size):
            writer.write(said[place : place + size])
            await writer.drain()
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 431 ")
        writer.close()


async def test_junk_within_a_body_waits_for_its_answer(monkeypatch):
    """As junk instead of a request does; and nothing of it is in the log, which a stranger could fill."""
    monkeypatch.setattr(protocols, "PAUSE_S", 4 * AT_ONCE)
    async with served(answering(b"yes")) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(AT_ONCE):
                await reader.read(1)
        async with asyncio.timeout(5):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
        writer.close()


async def test_nothing_is_kept_of_who_does_not_wait(monkeypatch):
    """Who sends what is no HTTP and hangs up is gone at once, or when he would have been answered."""
    monkeypatch.setattr(protocols, "PAUSE_S", AT_ONCE)
    async with served(answering(b"yes")) as (web, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"\x16\x03\x01\r\n\r\n")
        while not web.server_state.connections:
            await asyncio.sleep(0)
        writer.transport.abort()
        await all_gone(web)


@pytest.mark.parametrize(("size", "pieces"), [(100, 1), (3 * protocols.SMALL, 2)])
async def test_a_body_of_single_bytes_wakes_nobody_for_each(size: int, pieces: int):
    """It is read once it is whole, or once there is much of it; and nothing is lost."""
    heard: list[bytes] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        while True:
            said = await receive()
            heard.append(said["body"])
            if not said["more_body"]:
                break
        await answering(b"yes")(scope, receive, send)

    body = bytes(number % 251 for number in range(size))
    async with served(app) as (_, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size)
        for place in range(0, size, size // 100):
            writer.write(body[place : place + size // 100])
            await asyncio.sleep(0.001)
        async with asyncio.timeout(5):
            while len(b"".join(heard)) < size:
                await asyncio.sleep(0.01)
        writer.close()
    assert b"".join(heard) == body
    assert pieces <= len(heard) < 100


HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        (b"Content-Length: 3\r\n\r\nab", False),
        (b"Content-Length: 3\r\n\r\nabc", True),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", False),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", True),
        (b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (protocols.SMALL + 1, b"x" * (protocols.SMALL + 1)), True),
        (b"Content-Length: %d\r\n\r\nx" % protocols.TOO_MUCH, False),
        (b"Content-Length: 99999\r\n\r\n%s" % (b"x" * (protocols.SMALL + 1)), True),
        (b"Content-Length: %d\r\n\r\n" % (protocols.TOO_MUCH + 1), True),
    ],
    ids=["small", "small, whole", "in parts", "in parts, whole", "in parts, much", "large", "large, much", "too large"],
)
async def test_a_body_is_answered_once_there_is_enough_of_it(monkeypatch, said: bytes, begins: bool):
    """Until then it is a connection and nothing else, and in the end hears that it took too long, which is counted."""
    monkeypatch.setattr(protocols, "SMALL_BODY_S", AT_ONCE)
    slow = REFUSED.labels("too-slow")._value.get
    before = slow()
    async with served(answering(b"yes")) as (web, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + said)
        async with asyncio.timeout(5):
            head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await all_gone(web)
    assert head.split()[1] == (b"200" if begins else b"408")
    assert slow() - before == (0 if begins else 1)


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
        b"POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\nx",
    ],
    ids=["who has no body", "who speaks an older HTTP"],
)
async def test_is_told_nothing_else(said: bytes):
    """RFC 9110, section 10.1.1."""
    async with served(answering(b"yes")) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(said)
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        writer.close()


async def test_who_waits_to_be_told_to_go_on_is_told(monkeypatch):
    """Once, and before anything begins to answer."""
    begun: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        begun.append((await receive())["body"].decode())
        await answering(b"yes")(scope, receive, send)

    async with served(app) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        async with asyncio.timeout(5):
            assert await reader.readuntil(b"\r\n\r\n") == protocols.CONTINUE
            assert not begun
            writer.write(b"abc")
            assert (await reader.readuntil(b"yes")).startswith(b"HTTP/1.1 200 ")
        writer.close()
    assert begun == ["abc"]


async def test_a_body_behind_another_request_is_waited_for(monkeypatch):
    """Its time runs from when it is its turn to be heard, and it is answered when it is whole."""
    monkeypatch.setattr(protocols, "SMALL_BODY_S", 4 * AT_ONCE)
    async with served(answering(b"yes", waits=6 * AT_ONCE)) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET + HEAD + b"Content-Length: 3\r\n\r\na")
        first = await reader.readuntil(b"yes")
        writer.write(b"bc" + GET)
        async with asyncio.timeout(5):
            rest = [await reader.readuntil(b"yes") for _ in range(2)]
        writer.write(HEAD + b"Content-Length: 3\r\n\r\na")
        async with asyncio.timeout(5):
            assert b"HTTP/1.1 408" in await reader.read()
        writer.close()
    assert [b"HTTP/1.1 200" in one for one in (first, *rest)] == [True] * 3


async def test_of_many_in_a_row_none_fails_when_their_client_leaves(caplog):
    """Whoever answers the first of them learns of it, too."""
    async with served(answering(b"yes", waits=2 * AT_ONCE)) as (web, port):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET * 3)
        while not web.server_state.tasks:
            await asyncio.sleep(0)
        writer.transport.abort()
        await all_gone(web)
    assert [record.getMessage() for record in caplog.records if record.levelname in ("WARNING", "ERROR")] == []


@pytest.mark.parametrize("many", [2, 200])
async def test_so_many_in_a_row_and_no_more(many: int):
    """Two are answered in their order; of hundreds at once none need be, and none is read any more."""
    async with served(answering(b"yes", waits=AT_ONCE)) as (web, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET * many)
        async with asyncio.timeout(5):
            said = await reader.read()
        writer.close()
        await all_gone(web)
        assert web.server_state.total_requests <= 2
    assert said.count(b"HTTP/1.1 200") == (2 if many == 2 else 0)


async def test_what_stands_behind_a_body_in_chunks_is_not_kept():
    """As many trailers as anybody likes would fill the memory."""
    kept: list[int] = []

    class Looking(Requests):
        def on_message_complete(self) -> None:
            kept.append(len(self.headers))
            super().on_message_complete()

    async with served(answering(b"yes"), Looking) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n" + b"a: b\r\n" * 1000 + b"\r\n")
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"yes")).startswith(b"HTTP/1.1 200 ")
        writer.close()
    assert kept == [2]


async def test_much_at_once_is_read_in_pieces(monkeypatch):
    """Others have a turn in between; and it is read to its end, and in its order."""
    monkeypatch.setattr(protocols, "PIECE_S", 0.0)
    rests: list[int] = []

    async def rest() -> None:
        rests.append(1)
        await asyncio.sleep(0)

    monkeypatch.setattr(protocols, "rest", rest)
    heard = bytearray()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        more = True
        while more:
            said = await receive()
            heard.extend(said["body"])
            more = said["more_body"]
        await answering(b"yes")(scope, receive, send)

    body = bytes(number % 251 for number in range(200_000))
    async with served(app) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body + GET)
        async with asyncio.timeout(5):
            await reader.readuntil(b"yes")
        writer.close()
    assert bytes(heard[: len(body)]) == body
    assert len(rests) >= len(body) // protocols.PIECE - 1


async def test_nothing_is_kept_of_who_leaves_within_a_body():
    """Nobody runs for it, so that nothing else would let go of it before the collector comes."""
    seen: list[weakref.ref[Requests]] = []

    class Seen(Requests):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            seen.append(weakref.ref(self))
            super().connection_made(transport)

    gc.collect()
    gc.disable()
    try:
        async with served(answering(b"yes"), Seen) as (web, port):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(HEAD + b"Content-Length: 3\r\n\r\na")
            while not web.server_state.connections:
                await asyncio.sleep(0)
            writer.transport.abort()
            await all_gone(web)
            await asyncio.sleep(AT_ONCE)
            assert [one() for one in seen] == [None]
    finally:
        gc.enable()


@asynccontextmanager
async def narrow(port: int) -> AsyncIterator[socket.socket]:
    """A connection that takes little before somebody reads."""
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.setblocking(False)
        await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
        yield line


MUCH = b"x" * 1024 * 1024


@pytest.mark.parametrize("pieces", [[MUCH] * 8, [MUCH * 8]], ids=["in pieces", "at once"])
@pytest.mark.parametrize("close", [b"", b"Connection: close\r\n"], ids=["kept", "to be closed"])
async def test_who_does_not_read_is_let_go_of(monkeypatch, pieces, close):
    """Whether the answer waits for it or is finished, and the connection is to be closed or kept."""
    monkeypatch.setattr(protocols, "DRAIN_S", AT_ONCE)
    async with served(answering(*pieces)) as (web, port), narrow(port) as line:
        await asyncio.get_running_loop().sock_sendall(line, b"GET / HTTP/1.1\r\nHost: x\r\n" + close + b"\r\n")
        while not web.server_state.connections:
            await asyncio.sleep(0)
        await all_gone(web)


async def test_who_reads_slowly_is_not(monkeypatch):
    """As long as it takes enough in each while."""
    monkeypatch.setattr(protocols, "DRAIN_S", AT_ONCE)
    monkeypatch.setattr(protocols, "LEAST_DRAINED", 1024)
    loop, got, total = asyncio.get_running_loop(), 0, 2 * len(MUCH)
    async with served(answering(MUCH, MUCH)) as (_, port), narrow(port) as line:
        await loop.sock_sendall(line, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while part := await loop.sock_recv(line, 64 * 1024):
            got += len(part)
            await asyncio.sleep(AT_ONCE / 4 if got < total / 2 else 0)
    assert got > total


async def test_a_stream_does_not_keep_a_server_from_ending():
    """Its client is let go of when the server is to stop, and knows by the missing end to come back."""
    async with served(endless) as (web, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        await reader.readuntil(b"first")
        web.should_exit = True
        async with asyncio.timeout(5):
            assert b"0\r\n\r\n" not in await reader.read()
        writer.close()


async def test_an_answer_under_way_is_finished_before_a_server_ends():
    async with served(answering(b"yes", waits=0.3)) as (web, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        while not web.server_state.tasks:
            await asyncio.sleep(0)
        web.should_exit = True
        async with asyncio.timeout(5):
            assert b"yes" in await reader.read()
        writer.close()
