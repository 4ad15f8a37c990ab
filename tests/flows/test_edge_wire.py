"""Clients that do not speak HTTP as they should, or never finish: refused and cut off, and nobody else notices."""

import asyncio
import contextlib
import json

import pytest

from app.protocols import BODY_S, HEAD_S, MOST_HEAD, MOST_HEADERS
from tests.flows.outside import ask, only
from tests.flows.wire import wired
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", because="it is about one process and its sockets"),
]

NAME = "{ viewer { displayName } }"
HEAD = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"query": NAME}).encode()

NOT_HTTP = {
    "row 38: length and transfer-encoding": HEAD
    + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
    "row 38: transfer-encoding and length": HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "row 38: a negative length": HEAD + b"Content-Length: -1\r\n\r\n",
    "row 38: a length that is no number": HEAD + b"Content-Length: 0x10\r\n\r\n",
    "row 38: two lengths": HEAD + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
    "row 38: a length beyond any": HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
    "row 38: a bad chunk size": HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "row 38: a negative chunk size": HEAD + b"Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n",
    "row 38: a chunk size beyond any": HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    "row 38: a chunk that is longer than it says": HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nhello\r\n",
    "row 38: a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "row 38: a NUL in a header": b"GET / HTTP/1.1\r\nHost: \x00\r\n\r\n",
    "row 38: a method that nobody knows": b"BREW /graphql HTTP/1.1\r\n\r\n",
    "row 38: another protocol": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "row 38: a version that nobody speaks": b"GET / HTTP/9.9\r\n\r\n",
    "row 38: an address that is none": b"GET http:// HTTP/1.1\r\nHost: x\r\n\r\n",
}


@pytest.mark.parametrize("said", NOT_HTTP.values(), ids=NOT_HTTP)
async def test_what_is_not_http(live: Live, said: bytes) -> None:
    """400 as a problem document, once, and the connection is closed: what follows could be anybody's request."""
    async with wired(live, said) as wire:
        head, _, body = (await wire.rest()).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in head
    assert json.loads(body)["type"] == "urn:tongban:problem:not-http"


UPGRADE = (
    b"Host: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
)
NO_SOCKETS = {
    "by POST": b"POST /graphql HTTP/1.1\r\nContent-Length: 2\r\n" + UPGRADE + b"\r\n{}",
    "with a long header": b"GET /graphql HTTP/1.1\r\nX: " + b"y" * 20_000 + b"\r\n" + UPGRADE + b"\r\n",
    "without a key": b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
}


@pytest.mark.parametrize("said", NO_SOCKETS.values(), ids=NO_SOCKETS)
async def test_what_begins_no_socket(live: Live, said: bytes) -> None:
    """Is told so, and the connection is not kept."""
    async with wired(live, said) as wire:
        assert (await wire.rest()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("more", [b"X-Y: " + b"z" * MOST_HEAD, b"X: y\r\n" * (MOST_HEADERS + 1)], ids=["long", "many"])
@pytest.mark.parametrize("kind", [b"", UPGRADE], ids=["a request", "a socket"])
async def test_a_head_that_is_too_large(live: Live, kind: bytes, more: bytes) -> None:
    """431, before it is all read."""
    said = b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + kind + more
    async with wired(live, said) as wire:
        assert (await wire.rest()).startswith(b"HTTP/1.1 431 ")


async def test_an_answer_is_not_mixed_with_a_refusal(live: Live) -> None:
    """What comes after a request on its connection and is not HTTP never gets between the request and its answer."""
    good = HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    async with wired(live, good + b"garbage\r\n\r\n") as wire:
        answer = await wire.rest()
    assert answer.count(b"HTTP/1.1 ") <= 1
    assert not answer or answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("size", [0, 1, 5])
async def test_requests_in_a_row(live: Live, size: int) -> None:
    """Are answered in their order on one connection, however they are cut."""
    one = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    said = one * 3 + last
    async with wired(live) as wire:
        for place in range(0, len(said), size or len(said)):
            wire.writer.write(said[place : place + (size or len(said))])
            await wire.writer.drain()
        answers = (await wire.rest()).split(b"HTTP/1.1 ")[1:]
    assert [answer[:3] for answer in answers] == [b"200", b"200", b"200", b"404"]


async def test_row_39_half_open_connections(live: Live) -> None:
    """Three hundred that never finish keep nobody waiting for two seconds, and are cut off when their time is over.

    They say nothing, or a byte a second of a head or of a body, or send blank lines for ever.
    """
    phone = await live.phone("lin")

    async def trickling(said: bytes, drop: bytes) -> bytes:
        async with wired(live, said) as wire:
            rest = asyncio.create_task(wire.rest(2 * HEAD_S + BODY_S))
            while not rest.done():
                with contextlib.suppress(ConnectionError):
                    wire.writer.write(drop)
                await asyncio.wait({rest}, timeout=1)
            return await rest

    kinds = [
        (b"", b""),
        (b"GET /graphql HTTP/1.1\r\nX: ", b"y"),
        (HEAD + b"Content-Length: 1000\r\n\r\n", b" "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        (b"", b"\r\n"),
    ]
    slow = [asyncio.create_task(trickling(*kind)) for kind in kinds * 60]
    for _ in range(5):
        await asyncio.sleep(0.2)
        async with asyncio.timeout(2):
            assert (await ask(live, NAME, None, phone.bearer)).status == 200
    ends = await asyncio.gather(*slow)
    told = [end[9:12] for end in ends]
    # A byte that is on its way when the other end closes makes TCP throw away the answer before it is read.
    wanted = [b"", b"408", b"408", b"408", b""] * 60
    assert all(said in (b"", want) for said, want in zip(told, wanted, strict=True))
    assert all(b"408" in told[kind::5] for kind in (1, 2, 3))


async def test_nothing_of_it_was_an_error_of_ours(live: Live) -> None:
    """The log of all the above holds no exception."""
    lines = [json.loads(line) for line in live.service.log.read_text().splitlines()]
    assert [line for line in lines if "exception" in line or line["level"] == "ERROR"] == []
