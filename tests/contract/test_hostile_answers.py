"""Answers that would fill the memory, last for ever, lead elsewhere or say nothing: each is a trouble with a name."""

import asyncio
import gzip
import json
import time
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from integrations.port import Drifted, Platform, PlatformTrouble, Refused, TimedOut, Unreachable
from tests.contract.variant_world import LIN, desk, named_by, platform_at, variant

MANY = 200 * 1024 * 1024
MOST_HELD = 16 * 1024 * 1024
"""Bytes that one answer may cost at its worst, both ends counted: the cap is 2 MiB."""

KEYS = {"username": "u", "password": "p", "token": "t", "token_address": "http://127.0.0.1:9/", "client_id": "c"}
PIECE = b" " * 65536


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def at(address: str, session: aiohttp.ClientSession, **limits: Any) -> Platform:
    return platform_at(address, variant("desk", **limits), session, KEYS)


async def streamed(request: web.Request, pieces: Any, **headers: str) -> web.StreamResponse:
    """An answer in pieces, until the other end has enough of it."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"} | headers)
    await response.prepare(request)
    try:
        for piece in pieces:
            await response.write(piece)
        await response.write_eof()
    except (ConnectionError, asyncio.CancelledError):
        pass
    return response


def large(length: str | None) -> Any:
    said = {"Content-Length": length} if length else {}
    return lambda request, body: streamed(request, (PIECE for _ in range(MANY // len(PIECE))), **said)


def packed(packer: Any, encoding: str) -> Any:
    """Some 200 kB that unpack to 200 MB."""
    pieces = [packer.compress(PIECE) for _ in range(MANY // len(PIECE))]
    whole = b"".join([*pieces, packer.flush()])
    return lambda request, body: web.Response(
        body=whole, headers={"Content-Type": "application/json", "Content-Encoding": encoding}
    )


BOMBS: dict[str, Callable[[], Any]] = {
    "200 MB with their length": lambda: large(str(MANY)),
    "200 MB in chunks": lambda: large(None),
    "gzip": lambda: packed(zlib.compressobj(9, zlib.DEFLATED, 31), "gzip"),
    "deflate": lambda: packed(zlib.compressobj(9), "deflate"),
}


@pytest.mark.parametrize("name", BOMBS)
async def test_no_answer_fills_the_memory(session: aiohttp.ClientSession, name: str):
    """What is beyond the cap is never taken off the wire nor unpacked."""
    async with desk(BOMBS[name]()) as running:
        platform = at(running.address, session)
        tracemalloc.start()
        try:
            with pytest.raises(Drifted, match="more than 2097152 bytes"):
                await platform.cases(LIN)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < MOST_HELD


async def test_an_answer_may_be_compressed(session: aiohttp.ClientSession):
    """Most are, between provinces."""
    whole = gzip.compress(json.dumps({"next": None, "results": []}).encode())
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    async with desk(lambda request, body: web.Response(body=whole, headers=headers)) as running:
        assert (await at(running.address, session).cases(LIN)).observations == ()


def typed(body: bytes, media_type: str = "application/json", **more: Any) -> Any:
    return lambda request, asked: web.Response(body=body, content_type=media_type, **more)


GOOD = b'{"next": null, "results": []}'
ROW = {"id": 1, "title": "t", "submitter": f"{LIN.number}@citizens.example", "created": "2026-11-20T08:00:00Z",
       "status": 1, "status_changed": "2026-11-20T08:00:00Z"}  # fmt: skip

WAYS: dict[str, tuple[Any, type[PlatformTrouble], str]] = {
    "html with 200": (typed(b"<html>busy</html>", "text/html"), Drifted, "media type"),
    "html that says it is JSON": (typed(b"<html>busy</html>"), Drifted, "not JSON"),
    "JSON that says it is html": (typed(GOOD, "text/html"), Drifted, "media type"),
    "a download": (typed(GOOD, "application/octet-stream"), Drifted, "media type"),
    "XML": (typed(b"<rows/>", "application/xml"), Drifted, "media type"),
    "deep arrays": (typed(b'{"next": null, "results":' + b"[" * 500_000), Drifted, "not JSON"),
    "deep objects": (typed(b'{"results":' * 100_000), Drifted, "not JSON"),
    "deep and closed": (typed(b"[" * 400_000 + b"]" * 400_000), Drifted, "not JSON"),
    "a long number": (typed(b'{"next": null, "results": ' + b"9" * 100_000 + b"}"), Drifted, "not JSON"),
    "random bytes": (typed(bytes(range(256)) * 40), Drifted, "not JSON"),
    "nothing": (typed(b""), Drifted, "not JSON"),
    "no rows but a text": (typed(b'{"results": "none"}'), Drifted, "results is not a table"),
    "null": (typed(b"null"), Drifted, "results is not there"),
    "an error of its own": (typed(b'{"detail": "busy"}'), Drifted, "results is not there"),
    "more rows than two pages": (typed(json.dumps({"results": [ROW] * 5}).encode()), Drifted, "more rows"),
    "an object as a link": (typed(b'{"next": {}, "results": []}'), Drifted, "next is not a text"),
    "an unknown status": (typed(json.dumps({"results": [ROW | {"status": 77}]}).encode()), Drifted, "status is a word"),
    "a time that is none": (typed(json.dumps({"results": [ROW | {"created": "soon"}]}).encode()), Drifted, "created"),
    "a broken gzip": (typed(b"\x1f\x8bnothing", headers={"Content-Encoding": "gzip"}), Unreachable, ""),
    "no content": (typed(b"", status=204), Refused, "HTTP 204"),
    "not found": (typed(GOOD, status=404), Refused, "HTTP 404"),
    "an error": (typed(GOOD, status=503), Refused, "HTTP 503"),
    "a part": (typed(GOOD, status=206), Refused, "HTTP 206"),
    "a header without end": (typed(GOOD, headers={"X-Long": "x" * 20_000}), Drifted, ""),
}


@pytest.mark.parametrize("name", WAYS)
async def test_what_is_no_answer_has_its_name(session: aiohttp.ClientSession, name: str):
    """At once, and without a word of what came or of whom it is about."""
    answer, trouble, said = WAYS[name]
    async with desk(answer) as running:
        begun = time.perf_counter()
        with pytest.raises(trouble, match=said or None) as caught:
            await at(running.address, session).cases(LIN)
        assert time.perf_counter() - begun < 3
    assert LIN.number not in str(caught.value) and "busy" not in str(caught.value)


async def test_no_redirect_is_followed(session: aiohttp.ClientSession):
    """Neither to another host nor on the same: our key and whom we ask about would go along."""
    async with desk(lambda request, body: web.json_response(json.loads(GOOD))) as elsewhere:
        for status in (301, 302, 303, 307, 308):
            for target in (f"{elsewhere.address}/", "/other"):
                answer = web.Response(status=status, headers={"Location": target})
                async with desk(lambda request, body, given=answer: given) as running:
                    with pytest.raises(Refused, match=f"HTTP {status}"):
                        await at(running.address, session).cases(LIN)
                    assert len(running.asked) == 1
        assert elsewhere.asked == []


async def trickle(request: web.Request, body: bytes) -> web.StreamResponse:
    """A byte now and then, for ever."""
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    while request.transport and not request.transport.is_closing():
        await response.write(b" ")
        await asyncio.sleep(0.01)
    return response


async def hang(request: web.Request, body: bytes) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


@pytest.mark.parametrize("answer", [trickle, hang])
async def test_no_answer_lasts_for_ever(session: aiohttp.ClientSession, answer: Any):
    """The platform's own limit ends it, whatever still comes."""
    async with desk(answer) as running:
        begun = time.perf_counter()
        with pytest.raises(TimedOut):
            await at(running.address, session, timeout_s=0.3).cases(LIN)
        assert time.perf_counter() - begun < 2


async def test_a_cut_connection_is_unreachable(session: aiohttp.ClientSession):
    """Whether before the answer or within it."""

    async def cut(request: web.Request, body: bytes) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "100"})
        await response.prepare(request)
        await response.write(b"{")
        assert request.transport
        request.transport.close()
        return response

    async with desk(cut) as running:
        with pytest.raises(Unreachable):
            await at(running.address, session).cases(LIN)
    with pytest.raises(Unreachable):
        await at(running.address, session).cases(LIN)


async def test_a_declared_media_type_is_taken(session: aiohttp.ClientSession):
    """Where a platform names its JSON wrongly, and is known to; JSON's own are taken besides."""
    for media_type in ("text/html", "application/json", "application/vnd.city+json"):
        async with desk(typed(GOOD, media_type)) as running:
            known = variant("desk")
            description = named_by(known, known.connection.authentication, media_type="text/html")
            answer = await platform_at(running.address, description, session, KEYS).cases(LIN)
            assert answer.observations == ()
