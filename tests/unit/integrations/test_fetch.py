"""What a fetch of a public document takes, and what it does not."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from integrations import fetch
from integrations.fetch import MOST_BYTES, FetchFailed, json_fetcher

ANSWERS = {
    "/fine": web.json_response,
    "/list": lambda _: web.json_response([]),
    "/text": lambda _: web.Response(text="<html>"),
    "/deep": lambda _: web.Response(text="[" * 60_000),
    "/huge": lambda _: web.json_response({"pad": "x" * MOST_BYTES}),
    "/missing": lambda _: web.json_response({}, status=404),
    "/elsewhere": lambda _: web.Response(status=302, headers={"Location": "/fine"}),
}


@pytest.fixture
async def server():
    async def answer(request: web.Request) -> web.Response:
        return ANSWERS[request.path]({"path": request.path})

    app = web.Application()
    app.add_routes([web.get("/{path:.*}", answer)])
    async with TestServer(app) as running:
        yield running


async def test_an_object_is_given(server):
    """A JSON object comes back as it is."""
    async with aiohttp.ClientSession() as session:
        assert await json_fetcher(session)(str(server.make_url("/fine"))) == {"path": "/fine"}


@pytest.mark.parametrize("path", [path for path in ANSWERS if path != "/fine"])
async def test_anything_else_fails(server, path):
    """Other shapes, other statuses, redirects and answers past 64 KiB are one named failure."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(FetchFailed):
            await json_fetcher(session)(str(server.make_url(path)))


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "not a url", "file:///etc/passwd", "http://[bad"])
async def test_no_answer_fails_by_the_same_name(url):
    """Nobody there, and addresses that are none."""
    async with aiohttp.ClientSession() as session:
        with pytest.raises(FetchFailed):
            await json_fetcher(session)(url)


async def test_a_closed_session_fails_by_the_same_name():
    """While the house shuts down."""
    async with aiohttp.ClientSession() as session:
        pass
    with pytest.raises(FetchFailed):
        await json_fetcher(session)("http://127.0.0.1:9/")


async def test_an_answer_that_does_not_come_is_not_waited_for(monkeypatch):
    """The time limit covers an answer that trickles."""

    async def trickle(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(100):
            await response.write(b" ")
            await asyncio.sleep(0.05)
        return response

    monkeypatch.setattr(fetch, "_TIMEOUT", aiohttp.ClientTimeout(total=0.2))
    app = web.Application()
    app.add_routes([web.get("/", trickle)])
    async with TestServer(app) as running, aiohttp.ClientSession() as session:
        with pytest.raises(FetchFailed):
            await json_fetcher(session)(str(running.make_url("/")))
