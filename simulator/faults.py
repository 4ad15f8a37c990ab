"""The ways in which any platform can answer badly on the wire, whatever it would have said. Knob `error`."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Protocol

from aiohttp import web
from aiohttp.typedefs import Middleware

from simulator.knobs import Knobs
from simulator.traffic import Traffic

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TRAP = "/elsewhere"
"""Where redirects lead, under another name of the same host: whoever asks here is counted."""

EXPIRED = "expired-certificate"
"""Of platforms over HTTPS only."""

_PIECE = b" " * 65536
_HUGE = 200 * 1024 * 1024
_LOOK_S = 0.05


class Faulty(Protocol):
    """A platform whose answers can be spoilt. `media`: of its good answers."""

    media: str
    errors: tuple[str, ...]
    traffic: Traffic
    knobs: Knobs


def spoiling(platform: Faulty) -> Middleware:
    """A middleware that answers as the knob says, except where the platform has a way of its own by that name."""

    @web.middleware
    async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
        error = platform.knobs.error
        if request.path == TRAP:
            platform.traffic.asked[TRAP] += 1
            return web.json_response({})
        if error is None or error in platform.errors:
            return await handler(request)
        if error in _OF_GOOD:
            return await _OF_GOOD[error](request, await handler(request))
        async with platform.traffic.question(request.path):
            return await _INSTEAD[error](request, platform)

    return spoil


async def _hang(request: web.Request, platform: Faulty) -> web.StreamResponse:
    """Not a byte, until the knob is turned back; then the line is cut."""
    while platform.knobs.error == "hang":
        await asyncio.sleep(_LOOK_S)
    return _cut(request)


async def _trickle(request: web.Request, platform: Faulty) -> web.StreamResponse:
    """A byte now and then, until the knob is turned back."""

    async def bytes_now_and_then() -> AsyncIterator[bytes]:
        while platform.knobs.error == "trickle":
            yield b" "
            await asyncio.sleep(_LOOK_S)

    await _streamed(request, platform.media, bytes_now_and_then())
    return _cut(request)


async def _huge(request: web.Request, platform: Faulty) -> web.StreamResponse:
    """200 MB, as long as somebody takes them."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(_HUGE // len(_PIECE)):
            yield _PIECE

    return await _streamed(request, platform.media, pieces())


async def _reset(request: web.Request, platform: Faulty) -> web.StreamResponse:
    return _cut(request)


async def _redirect(request: web.Request, platform: Faulty) -> web.StreamResponse:
    """To another host name; the method and the body go along."""
    target = request.url.with_host("localhost").with_path(TRAP)
    return web.Response(status=307, headers={"Location": str(target)})


async def _garbage(request: web.Request, platform: Faulty) -> web.StreamResponse:
    return web.Response(body=b"\xff\xfe\x00{<\x80\x81" * 50, content_type=platform.media)


async def _html(request: web.Request, platform: Faulty) -> web.StreamResponse:
    return web.Response(text="<!doctype html><title>服务繁忙</title>", content_type="text/html")


async def _nested(request: web.Request, platform: Faulty) -> web.StreamResponse:
    deep = b"<a>" * 100_000 if platform.media == "text/xml" else b'{"data":' * 100_000
    return web.Response(body=deep, content_type=platform.media)


async def _bomb(request: web.Request, platform: Faulty) -> web.StreamResponse:
    """XML whose entities would fill the memory; as XML, whatever the platform speaks otherwise."""
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    text = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "ha">{lines}]><a>&a9;</a>'
    return web.Response(text=text, content_type="text/xml")


def _status(status: int, **headers: str) -> Callable[[web.Request, Faulty], Awaitable[web.StreamResponse]]:
    async def answer(request: web.Request, platform: Faulty) -> web.StreamResponse:
        return web.Response(status=status, text="upstream connect error", headers=headers)

    return answer


async def _mistyped(request: web.Request, good: web.StreamResponse) -> web.StreamResponse:
    """A good answer that says it is something else."""
    good.content_type = "application/octet-stream"
    return good


async def _truncated(request: web.Request, good: web.StreamResponse) -> web.StreamResponse:
    """A good answer that promises its whole length and breaks off in the middle."""
    body = good.body if isinstance(good, web.Response) and isinstance(good.body, bytes) else b""
    half = web.StreamResponse(status=good.status, headers={"Content-Type": good.headers["Content-Type"]})
    half.content_length = len(body)
    await half.prepare(request)
    await half.write(body[: len(body) // 2])
    _cut(request)
    return half


def _cut(request: web.Request) -> web.StreamResponse:
    """Ends the connection; what is given for an answer reaches nobody."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def _streamed(request: web.Request, media: str, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": media})
    try:
        await response.prepare(request)
        async for piece in pieces:
            await response.write(piece)
    except ConnectionError:
        pass  # The other end has had enough of it.
    return response


_INSTEAD = {
    "hang": _hang, "trickle": _trickle, "huge": _huge, "reset": _reset, "redirect": _redirect, "garbage": _garbage,
    "html": _html, "nested": _nested, "bomb": _bomb, "http500": _status(500), "http503": _status(503),
    "http429": _status(429, **{"Retry-After": "1"}),
}  # fmt: skip
_OF_GOOD = {"mistyped": _mistyped, "truncated": _truncated}

ERRORS = (*_INSTEAD, *_OF_GOOD)
