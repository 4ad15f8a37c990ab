"""A stream's own clocks, and its ends."""

import asyncio
import json
from contextlib import ExitStack
from typing import Any

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from api import results
from api.event_stream import ENDLESS, EventStream
from domain.caller import Locale
from tests.unit.api.asgi import HANG_UP, client, scope


class Results:
    """Some results, and then nothing for as long as it may last."""

    def __init__(self, *told: ExecutionResult, endless: bool = False) -> None:
        self.told, self.endless, self.ended = told, endless, False

    async def stream(self) -> Any:
        try:
            for one in self.told:
                yield one
            if self.endless:
                await asyncio.Event().wait()
        finally:
            self.ended = True


def told(value: str) -> ExecutionResult:
    return ExecutionResult(data={"x": value}, errors=None)


async def said(results: Results, *heard: dict[str, Any], seconds: float = 60) -> tuple[str, list[str]]:
    """The text of the whole stream, and what became of its place; `heard` is what its client says."""
    left, sent = list[str](), list[dict[str, Any]]()
    place = ExitStack()
    place.callback(left.append, "left")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    begun = scope("POST", "/graphql")
    stream = EventStream(results.stream(), Locale.EN, seconds, place, {"x-one": "1"})
    await asyncio.wait_for(stream(begun, client(*heard), send), 5)
    assert begun["state"] == {ENDLESS: True}
    assert sent[0]["status"] == 200
    assert dict(sent[0]["headers"])[b"content-type"] == b"text/event-stream; charset=utf-8"
    return b"".join(one.get("body", b"") for one in sent).decode(), left


async def test_all_of_it():
    """Each result, then the end; nothing is left."""
    results = Results(told("a"), told("行\n二"))
    text, left = await said(results)
    assert text == (
        'event: next\ndata: {"data":{"x":"a"}}\n\nevent: next\ndata: {"data":{"x":"行\\n二"}}\n\n'
        "event: complete\ndata:\n\n"
    )
    assert (left, results.ended) == (["left"], True)


async def test_a_document_that_was_not_run():
    """Is told without data."""
    text, _ = await said(Results(ExecutionResult(data=None, errors=[GraphQLError("no")])))
    assert json.loads(text.splitlines()[1].removeprefix("data: ")).keys() == {"errors"}


async def test_a_client_that_goes():
    """Frees everything, in the middle of waiting."""
    results = Results(told("a"), endless=True)
    text, left = await said(results, HANG_UP)
    assert ("complete" in text, left, results.ended) == (False, ["left"], True)


async def test_the_end_of_its_time():
    """Is told as every other end of a token, and then it is over."""
    results = Results(told("a"), endless=True)
    text, left = await said(results, seconds=0.05)
    error = json.loads(text.splitlines()[4].removeprefix("data: "))["errors"][0]
    assert error["extensions"] == {"code": "UNAUTHENTICATED", "at": "token-expired"}
    assert text.endswith("event: complete\ndata:\n\n")
    assert (left, results.ended) == (["left"], True)


async def test_signs_of_life(monkeypatch):
    """While nothing happens there are comments, which clients pass over."""
    monkeypatch.setattr(EventStream, "silence", (0.02, EventStream.silence[1]))
    text, _ = await said(Results(told("a"), endless=True), seconds=0.15)
    assert text.count(":\n\n") - text.count("data:\n\n") >= 3


async def test_what_is_too_large_is_an_error_and_not_cut(monkeypatch):
    """Whoever asked for it is told, and what comes after it comes."""
    monkeypatch.setattr(results, "LARGEST_ANSWER", 100)
    text, _ = await said(Results(told("x" * 200), told("a")))
    first, second = (json.loads(line.removeprefix("data: ")) for line in text.splitlines() if line.startswith("data: "))
    assert (first["data"], first["errors"][0]["extensions"]) == (None, {"code": "BAD_REQUEST"})
    assert second == {"data": {"x": "a"}}
