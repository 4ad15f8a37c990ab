"""Calls to platforms: every failure that the HTTP library knows is one of ours, and nothing of it is quoted."""

import asyncio
import inspect

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from domain import turns
from domain.turns import rest
from integrations.http import SHORT, Request, Response, merged, pause_of, raise_for_status, send, trouble_of, url_of
from integrations.port import (
    Drifted,
    Overloaded,
    PlatformTrouble,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unreachable,
)
from tests.resting import comes_to_rest

NOT_OURS = {
    "BadContentDispositionHeader",
    "BadContentDispositionParam",
    "EofStream",
    "WSMessageTypeError",
    "WebSocketError",
}
"""Public in aiohttp and never raised by a request: warnings and ends of multipart readers, and web sockets."""

PUBLIC = {
    name: found
    for name in aiohttp.__all__
    if inspect.isclass(found := getattr(aiohttp, name)) and issubclass(found, BaseException)
}


@pytest.mark.parametrize("name", sorted(PUBLIC.keys() - NOT_OURS))
def test_every_public_failure_of_the_library_is_translated(name: str):
    """By introspection, so that an upgrade that adds one fails here first."""
    failure = PUBLIC[name].__new__(PUBLIC[name])
    found = trouble_of(failure)
    assert isinstance(found, PlatformTrouble)
    assert found.detail == name
    assert isinstance(found, TimedOut) == isinstance(failure, TimeoutError)


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (TimeoutError(), TimedOut),
        (ConnectionResetError("secret"), Unreachable),
        (OSError("secret"), Unreachable),
        (aiohttp.ServerTimeoutError(), TimedOut),
        (aiohttp.ClientPayloadError("secret"), Unreachable),
        (aiohttp.ServerDisconnectedError(), Unreachable),
    ],
)
def test_the_table(error: BaseException, trouble: type[PlatformTrouble]):
    """Time limits are timeouts, broken connections are unreachable; texts of others are left behind."""
    found = trouble_of(error)
    assert type(found) is trouble
    assert "secret" not in str(found)


@pytest.mark.parametrize("error", [ValueError("a bug"), KeyError("a bug"), asyncio.CancelledError()])
def test_what_is_no_failure_of_a_call_is_not_translated(error: BaseException):
    """A fault of ours must not pass for a platform's trouble, nor a cancellation."""
    assert trouble_of(error) is None


STATUSES: list[tuple[int, type[PlatformTrouble]]] = [
    (429, RateLimited),
    (302, Refused),
    (204, Refused),
    (401, Refused),
    (500, ServerFailed),
    (501, ServerFailed),
    (502, Overloaded),
    (503, Overloaded),
    (504, Overloaded),
]


def answered(status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(status, None, b"", pause_of(headers or {}))


@pytest.mark.parametrize(("status", "trouble"), STATUSES)
def test_statuses(status: int, trouble: type[PlatformTrouble]):
    """429 asks us to slow down, a 5xx failed, and three of these perhaps only for a moment; anything else but 200 declines."""
    with pytest.raises(trouble) as caught:
        raise_for_status(answered(status))
    assert (type(caught.value), caught.value.pause_s) == (trouble, 0.0)
    raise_for_status(answered(200))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "120"}, 120.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "9" * 5000}, 999_999_999.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:29 GMT"}, 30.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Sat, 01 Jan 2000 00:00:29 GMT"}, 0.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"}, 0.0),
        ({"Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT", "Date": "Fri, 31 Dec 1999 23:59:29 -0000"}, 0.0),
        ({"Retry-After": "-5"}, 0.0),
        ({"Retry-After": "1.5"}, 0.0),
        ({"Retry-After": "１２"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_pause_that_is_asked_for(headers: dict[str, str], seconds: float):
    """In seconds, or until a date of the sender's clock; what is neither asks for nothing."""
    with pytest.raises(Overloaded) as caught:
        raise_for_status(answered(503, headers))
    assert caught.value.pause_s == seconds
    with pytest.raises(Refused) as refused:
        raise_for_status(answered(302, headers))
    assert refused.value.pause_s == 0.0


@pytest.fixture
async def server():
    async def answer(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        match request.path:
            case "/echo":
                return web.json_response({"body": body, "key": request.headers["X-Key"]})
            case "/elsewhere":
                return web.Response(status=302, headers={"Location": "/echo"})
            case "/big":
                return web.Response(body=b"x" * 1001)
            case "/long":
                return web.Response(body=b"x" * int(request.query["bytes"]))
            case "/cut":
                response = web.StreamResponse(headers={"Content-Length": "100"})
                await response.prepare(request)
                await response.write(b"half")
                assert request.transport
                request.transport.close()
                return response
            case "/lies":
                assert request.transport
                request.transport.write(b"HTTP/1.1 2OO what?\r\n\r\n")
                request.transport.close()
        return web.Response(status=429)

    app = web.Application()
    app.router.add_post("/{path:.*}", answer)
    async with TestServer(app) as running:
        yield running


async def ask(server: TestServer, path: str, most: int = 1000) -> bytes:
    async with aiohttp.ClientSession() as session:
        request = Request("POST", server.make_url(path), {"X-Key": "k"}, '{"q": "何"}'.encode())
        answer = await send(session, request, most)
        raise_for_status(answer)
        return answer.body


async def test_an_answer_comes_as_bytes(server: TestServer):
    """With our headers and body sent."""
    assert b'"k"' in await ask(server, "/echo")


@pytest.mark.parametrize(
    ("path", "trouble"),
    [("/elsewhere", Refused), ("/big", Drifted), ("/cut", Unreachable), ("/lies", Drifted), ("/limited", RateLimited)],
)
async def test_bad_answers(server: TestServer, path: str, trouble: type[PlatformTrouble]):
    """Redirects are not followed; too many bytes, a cut and a lying status line are named."""
    with pytest.raises(trouble):
        await ask(server, path)


@pytest.mark.parametrize(("size", "rests"), [(SHORT, False), (SHORT + 1, True)])
async def test_a_long_answer_is_read_after_a_rest(server: TestServer, size: int, rests: bool):
    """A short one at once."""
    asking = asyncio.create_task(ask(server, f"/long?bytes={size}", size))
    assert await comes_to_rest(asking) is rests
    assert len(await asking) == size


async def test_its_turn_is_not_waited_for_longer_than_a_rest(monkeypatch, server: TestServer):
    """The platform's time limit runs meanwhile."""
    monkeypatch.setattr(turns, "HOLD_S", 60.0)
    has_it = asyncio.Event()

    async def another() -> None:
        await rest()
        has_it.set()
        await asyncio.Event().wait()

    at_work = asyncio.create_task(another())
    await has_it.wait()
    assert await asyncio.wait_for(ask(server, f"/long?bytes={SHORT + 1}", SHORT + 1), 5)
    at_work.cancel()


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "not a url", "http://[bad", "ftp://127.0.0.1/"])
async def test_nobody_there(url: str):
    """Addresses that are none are as unreachable as those where nobody listens."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(Unreachable):
            await send(session, Request("POST", url_of(url), {}), 1000)


def test_the_later_header_replaces_the_earlier():
    """However its name is written; or both would be sent."""
    assert merged({"Accept": "a", "X-One": "1"}, {"accept": "b"}, {}) == {"accept": "b", "X-One": "1"}


def test_nothing_personal_shows_in_a_repr():
    """Neither where it goes, nor with which key, nor what it says."""
    assert "secret" not in repr(Request("GET", url_of("http://secret/secret"), {"X-Key": "secret"}, b"secret"))
