"""What becomes of a request's body that nobody reads."""

import asyncio

import pytest
from starlette.responses import PlainTextResponse

from api import hearing_out
from api.hearing_out import HeardOut
from api.middleware import Observed
from tests.unit.api.asgi import HANG_UP, ask, client, piece, scope

NO = HeardOut(PlainTextResponse("no", 413))
LONG = ("content-length", "9")


async def answered(*said, headers=(LONG,)) -> tuple[bytes, int, list]:
    """The whole answer; how many of its messages had been sent when its text was there; what the client had left to say."""
    left, sent = list(said), []
    talk = client(*left)

    async def receive():
        sent.append("heard")
        return await talk()

    async def send(message):
        sent.append(message)

    await NO(scope("POST", "/", headers), receive, send)
    bodies = [one for one in sent if one != "heard" and one["type"] == "http.response.body"]
    assert [one.get("more_body", False) for one in bodies] == [True] * (len(bodies) - 1) + [False]
    first = sent.index(bodies[0])
    return b"".join(one.get("body", b"") for one in bodies), first, sent[first + 1 :]


async def test_the_answer_comes_first():
    """And ends once the client has said everything."""
    text, before, after = await answered(piece(b"a", more=True), piece(b"b"))
    assert (text, before, after[:2]) == (b"no", 1, ["heard", "heard"])
    assert after[2:] == [{"type": "http.response.body"}]


async def test_a_client_that_hangs_up_is_not_waited_for():
    assert (await answered(piece(b"a", more=True), HANG_UP))[2].count("heard") == 2


async def test_a_client_that_says_nothing_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hearing_out, "LONGEST_S", 0.01)
    assert (await answered(piece(b"a", more=True)))[2].count("heard") == 2


async def test_a_client_that_says_much_is_not_heard_to_the_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hearing_out, "MOST", 3)
    endless = [piece(b"ab", more=True)] * 9
    assert (await answered(*endless))[2].count("heard") == 2


@pytest.mark.parametrize("headers", [(), (LONG, ("expect", "100-continue"))])
async def test_who_sends_no_body_is_not_listened_to(headers):
    """Nor one who asked first whether to send it."""
    assert (await answered(headers=headers))[2] == []


async def test_hearing_is_not_our_time(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture):
    """Or any client that stalls could move the figures by which we are watched."""
    monkeypatch.setattr(hearing_out, "LONGEST_S", 0.01)
    clock = iter([1.0, 1.5, 9.0])
    app = HeardOut(Observed(PlainTextResponse("no", 401), lambda: "0" * 16, lambda: next(clock)))
    with caplog.at_level("INFO", "api.middleware"):
        assert (await ask(app, "POST", "/", client(piece(b"a", more=True)), content_length="9"))[0] == 401
    assert [record.__dict__["duration_ms"] for record in caplog.records] == [500.0]


async def test_what_the_application_reads_itself():
    """Nothing is added to it."""
    sent = []

    async def reads(scope, receive, send):
        while (await receive())["more_body"]:
            pass
        await PlainTextResponse("yes")(scope, receive, send)

    async def send(message):
        sent.append(message)

    await asyncio.wait_for(
        HeardOut(reads)(scope("POST", "/", [LONG]), client(piece(b"a", more=True), piece(b"b")), send), 5
    )
    assert [one.get("body") for one in sent] == [None, b"yes"]
