"""Answers in parts: a slow list never holds the screen of a client that takes what is deferred when it is there."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiohttp
import pytest

from app.phone import Phone
from tests.flows.outside import ask, calm, only
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", "crew", because="the crew is on PostgreSQL too"),
]

NOW, OLD = "multipart/mixed", "multipart/mixed;deferSpec=20220824"
SCREEN = """query ($later: Boolean! = true) {
  viewer {
    displayName
    ... @defer(if: $later, label: "business") { cases(freshness: LIVE, first: 2) { total edges { node { id } } } }
  }
}"""


class Parts:
    """An answer in parts, as a client reads it."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer, self._read = answer, b""

    async def next(self) -> Any:
        """The next part, once it is whole; None behind the last one."""
        while self._read.count(b"\r\n---") < 2:
            if self._read.endswith(b"\r\n-----\r\n") and self._read.count(b"\r\n---") == 1:
                return None
            piece = await self.answer.content.readany()
            assert piece, "the answer ends with a part that is not whole"
            self._read += piece
        _, part, rest = self._read.split(b"\r\n---", 2)
        self._read = b"\r\n---" + rest
        head, _, body = part.partition(b"\r\n\r\n")
        assert head == b"\r\nContent-Type: application/json; charset=utf-8"
        return json.loads(body)


@asynccontextmanager
async def asked(phone: Phone, query: str, accept: str, **variables: Any) -> AsyncIterator[Parts]:
    headers = {"authorization": f"Bearer {phone.bearer}", "accept": accept, "tongban-deadline-ms": "10000"}
    body = {"query": query, "variables": variables}
    async with phone.session.post(f"{phone.service}/graphql", json=body, headers=headers) as answer:
        yield Parts(answer)


@asynccontextmanager
async def hanging(live: Live) -> AsyncIterator[None]:
    """The platform holds every question until the block ends."""
    await live.world.post("/knobs", error="hang")
    try:
        yield
    finally:
        await calm(live)


async def test_the_screen_is_there_before_the_list(live: Live) -> None:
    """The first part comes while the platform does not answer; the list when it does, and then no more."""
    phone = await live.phone("lin")
    async with hanging(live), asked(phone, SCREEN, NOW) as parts:
        assert parts.answer.headers["content-type"] == 'multipart/mixed; boundary="-"'
        pending = [{"id": "0", "path": ["viewer"], "label": "business"}]
        first = {"data": {"viewer": {"displayName": "林晓岚"}}, "pending": pending, "hasNext": True}
        assert await parts.next() == first
        await live.world.post("/knobs", error=None)
        later = await parts.next()
        (came,) = later["incremental"]
        assert (came["id"], len(came["data"]["cases"]["edges"])) == ("0", 2)
        assert (later["completed"], later["hasNext"], await parts.next()) == ([{"id": "0"}], False, None)


async def test_as_clients_of_august_2022_read_it(live: Live) -> None:
    """What comes says by itself where it belongs."""
    phone = await live.phone("lin")
    async with asked(phone, SCREEN, f"{OLD}, application/json") as parts:
        assert await parts.next() == {"data": {"viewer": {"displayName": "林晓岚"}}, "hasNext": True}
        assert parts.answer.headers["content-type"] == 'multipart/mixed; boundary="-";deferSpec=20220824'
        later = await parts.next()
        (came,) = later["incremental"]
        assert (came["path"], came["label"], later["hasNext"]) == (["viewer"], "business", False)
        assert came["data"]["cases"]["total"]
        assert later.keys() == {"incremental", "hasNext"}


@pytest.mark.parametrize(
    "accept", ["application/json", "application/graphql-response+json", "*/*", f"{NOW};deferSpec=x, application/json"]
)
async def test_who_takes_no_parts_gets_all_at_once(live: Live, accept: str) -> None:
    """The deferred too."""
    phone = await live.phone("lin")
    reply = await ask(live, SCREEN, None, phone.bearer, accept=accept)
    assert reply.headers["content-type"].startswith("application/")
    assert "data" in reply.json, reply.text
    assert reply.json["data"]["viewer"]["cases"]["total"]


@pytest.mark.parametrize("accept", [NOW, OLD, f"application/json, {NOW}"])
async def test_what_defers_nothing_comes_whole(live: Live, accept: str) -> None:
    """By its text, by its variables, or because it is refused: in JSON, with the status that it has."""
    phone = await live.phone("lin")
    for query, variables in (("{ viewer { displayName } }", {}), (SCREEN, {"later": False})):
        reply = await ask(live, query, variables, phone.bearer, accept=accept)
        assert (reply.status, reply.codes, reply.headers["content-type"]) == (
            200,
            [],
            "application/json; charset=utf-8",
        )
        assert reply.json["data"]["viewer"]["displayName"] == "林晓岚"
    assert (await ask(live, SCREEN, None, "nonsense", accept=accept)).status == 401
    assert (await ask(live, "{ viewer { nothing } }", None, phone.bearer, accept=accept)).codes == ["BAD_REQUEST"]


SHARED = """{ viewer { ... @defer(label: "a") { cases(freshness: KNOWN) { total } } cases(freshness: KNOWN) { isComplete }
  ... @defer(label: "b") { cases(freshness: KNOWN) { total } } } }"""


async def test_each_fragment_is_named_to_clients_of_august_2022(live: Live) -> None:
    """They wait for each by its path and its label, whatever else brought what is in it."""
    phone = await live.phone("lin")
    async with asked(phone, SHARED, OLD) as parts:
        came, part = [], await parts.next()
        while part is not None:
            came, part = [*came, *part.get("incremental", [])], await parts.next()
    named = {one["label"] for one in came if one["path"] == ["viewer"]}
    assert named == {"a", "b"}
    assert sum("total" in str(one["data"]) for one in came) == 1


async def test_parts_below_a_list_cost_as_many_times(live: Live) -> None:
    """Each is put together by itself."""
    phone = await live.phone("lin")
    many = " ".join("... @defer { __typename }" for _ in range(20))
    dear = "{ viewer { cases(first: 100, freshness: KNOWN) { edges { node { events { " + many + " } } } } } }"
    assert (await ask(live, dear, None, phone.bearer, accept=NOW)).codes == ["LIMIT_EXCEEDED"]


FAILING = """{ viewer { displayName ... @defer(label: "a") { cases(first: 101) { total } }
  ... @defer { notifications(first: 1) { unreadCount } } } }"""


@pytest.mark.parametrize("accept", [NOW, OLD])
async def test_a_later_part_that_fails(live: Live, accept: str) -> None:
    """Has its error with its code and its path, in the caller's language; the other parts come."""
    phone = await live.phone("lin")
    async with asked(phone, FAILING, accept) as parts:
        told, part = [], await parts.next()
        while part is not None:
            told, part = [*told, part], await parts.next()
    came = [one for part in told[1:] for one in part.get("incremental", [])]
    (failed,) = [one["errors"] for one in came if "errors" in one]
    assert [(one["path"], one["extensions"]["code"]) for one in failed] == [(["viewer", "cases"], "PAGE_SIZE")]
    assert "first" not in failed[0]["message"]
    assert any("notifications" in (one["data"] or {}) for one in came)
    assert [part["hasNext"] for part in told] == [True] * (len(told) - 1) + [False]


async def test_nothing_of_a_mutation_or_of_what_is_live_is_deferred(live: Live) -> None:
    """And there is no @stream."""
    phone = await live.phone("lin")
    for query in (
        "mutation { ... @defer { markNotificationsRead(input: {}) { marked } } }",
        "subscription { caseChanged { ... @defer { cursor } } }",
        "{ platforms @stream { state } }",
    ):
        assert set((await ask(live, query, None, phone.bearer, accept=NOW)).codes) == {"BAD_REQUEST"}


async def test_a_mutation_comes_whole(live: Live) -> None:
    """Also what it defers further down: what was changed is told, whoever has places left."""
    phone = await live.phone("lin")
    reads = "mutation { markNotificationsRead(input: {ids: []}) { ... @defer { marked } } }"
    reply = await ask(live, reads, None, phone.bearer, accept=NOW)
    assert reply.headers["content-type"].startswith("application/json")
    assert reply.json["data"]["markNotificationsRead"] == {"marked": 0}


async def test_no_more_than_there_are_places(live: Live) -> None:
    """Whoever is turned away for that reason had nothing run."""
    phone = await live.phone("lin")
    async with hanging(live), AsyncExitStack() as held:
        for _ in range(50):
            await (await held.enter_async_context(asked(phone, SCREEN, NOW))).next()
        if live.crew is None:
            refused = await ask(live, SCREEN, None, phone.bearer, accept=NOW)
            assert (refused.status, refused.codes) == (503, ["UNAVAILABLE"])
        assert (await ask(live, "{ viewer { displayName } }", None, phone.bearer, accept=NOW)).status == 200


async def test_a_client_that_goes_frees_its_place(live: Live) -> None:
    """However many go before the second part: the next one is served."""
    phone = await live.phone("lin")
    async with hanging(live):
        for _ in range(60):
            async with asked(phone, SCREEN, NOW) as parts:
                assert (await parts.next())["hasNext"]
                parts.answer.close()
    async with asked(phone, SCREEN, NOW) as parts:
        assert (await parts.next())["hasNext"]
        assert (await parts.next())["incremental"]
