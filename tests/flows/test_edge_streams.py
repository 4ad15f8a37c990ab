"""Server-sent events, for clients without sockets: what they are told, how a stream ends, and that nothing is left of it."""

import contextlib
from typing import Any

import pytest

from mobile_contract.contract import operation
from tests.databases import KINDS
from tests.flows.event_streams import EVENTS, streamed
from tests.flows.outside import figure, home, only
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

NAME = "{ viewer { displayName } }"
LISTEN = "subscription { caseChanged { cursor } }"
EITHER = f"application/graphql-response+json, application/json, {EVENTS}"


@pytest.mark.parametrize(
    ("query", "data"),
    [(NAME, {"viewer": {"displayName": "林晓岚"}}), ("mutation { markNotificationsRead(input: {ids: []}) { marked } }",
     {"markNotificationsRead": {"marked": 0}})],
)  # fmt: skip
async def test_one_result(live: Live, query: str, data: Any) -> None:
    """An operation that is no subscription has one, and then the stream says that there are no more."""
    async with streamed(live, (await live.phone("lin")).bearer, query) as stream:
        assert (stream.answer.status, stream.answer.headers["content-type"]) == (200, f"{EVENTS}; charset=utf-8")
        assert stream.answer.headers["cache-control"] == "no-store"
        assert await stream.told() == {"data": data}
        await stream.completed()


@pytest.mark.parametrize("accept", [EVENTS, EITHER])
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_change_is_heard(live: Live, method: str, accept: str) -> None:
    """As over a socket; also by a client that would take JSON for whatever has one result."""
    phone = await live.phone("many")
    await home(phone)
    case = await live.case_at("many", "reception")
    async with streamed(live, phone.bearer, operation("CaseChanged"), None, method, accept) as stream:
        assert (await stream.told())["data"]["caseChanged"]["id"] is None
        await live.world.post("/advance", case=case)
        assert (await stream.told())["data"]["caseChanged"]["case"]["number"] == case


async def test_a_place_to_go_on_from(live: Live) -> None:
    """A client that comes back with its cursor misses nothing."""
    phone = await live.phone("many")
    await home(phone)
    case = await live.case_at("many", "reception")
    async with streamed(live, phone.bearer, operation("CaseChanged")) as stream:
        cursor = (await stream.told())["data"]["caseChanged"]["cursor"]
    await live.world.post("/advance", case=case)
    async with streamed(live, phone.bearer, operation("CaseChanged"), {"after": cursor}) as stream:
        await stream.told()
        assert (await stream.told())["data"]["caseChanged"]["case"]["number"] == case


NOT_RUN = {
    "row 7: a syntax error": "{",
    "row 7: nothing": "{ }",
    "row 8: an unknown field": "{ nothing }",
    "row 10: which of two": "query A { __typename } query B { __typename }",
    "row 11: two root fields": "subscription { caseChanged { cursor } notificationAdded { cursor } }",
    "row 11: two of one": "subscription { caseChanged { cursor } a: caseChanged { refetch } }",
    "row 11: by @include": "subscription ($yes: Boolean!) { caseChanged @include(if: $yes) { cursor } }",
    "row 11: by @skip in a fragment": "subscription { ... @skip(if: false) { caseChanged { cursor } } }",
    "row 11: introspection": "subscription { __typename }",
}


@pytest.mark.parametrize("query", NOT_RUN.values(), ids=NOT_RUN)
@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_document_that_is_not_valid(live: Live, method: str, query: str) -> None:
    """Is told as a result without data: a browser would not show its script the body of a 400."""
    async with streamed(live, (await live.phone("lin")).bearer, query, {"yes": True}, method) as stream:
        told = await stream.told()
        assert told.keys() == {"errors"}
        assert {error["extensions"]["code"] for error in told["errors"]} == {"BAD_REQUEST"}
        await stream.completed()


@pytest.mark.parametrize(("given", "status"), [({"query": 7}, 400), ([], 400), ({"query": NAME, "variables": []}, 400)])
async def test_what_is_no_request(live: Live, given: Any, status: int) -> None:
    """Begins no stream: an error in JSON with its status."""
    headers = {"accept": EVENTS}
    async with live.world.session.post(f"{live.service.url}/graphql", json=given, headers=headers) as answer:
        assert (answer.status, answer.content_type) == (status, "application/json")
        assert (await answer.json())["errors"][0]["extensions"] == {"code": "BAD_REQUEST"}


async def test_who_may_not_listen(live: Live) -> None:
    """The same codes as everywhere: in the stream for what a field says, and 401 for a token that is not believed."""
    async with streamed(live, "", LISTEN) as stream:
        told = await stream.told()
        assert (told["data"], told["errors"][0]["extensions"]["code"]) == (None, "UNAUTHENTICATED")
        await stream.completed()
    async with streamed(live, "x", LISTEN) as stream:
        assert stream.answer.status == 401


async def test_row_45_the_token_ends(live: Live) -> None:
    """The stream says so, and ends."""
    token = await live.world.token("lin", ttl_s=2)
    async with streamed(live, token, LISTEN) as stream:
        assert (await stream.told())["data"]["caseChanged"]["cursor"]
        (error,) = (await stream.told())["errors"]
        assert error["extensions"] == {"code": "UNAUTHENTICATED", "at": "token-expired"}
        await stream.completed()


@only(*KINDS, because="each process counts its own streams")
async def test_a_client_that_goes_frees_everything(live: Live) -> None:
    """And so does one that came to the end."""
    phone = await live.phone("lin")

    async def counted() -> tuple[float, float]:
        return await figure(live, "tongban_streams"), await figure(live, "tongban_subscriptions", noun="cases")

    assert await eventually(counted, lambda seen: seen == (0, 0)) == (0, 0)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(20):
            await (await stack.enter_async_context(streamed(live, phone.bearer, LISTEN))).told()
        assert await counted() == (20, 20)
    assert await eventually(counted, lambda seen: seen == (0, 0)) == (0, 0)


@only(*KINDS, because="each process bounds its own streams")
async def test_streams_of_one_party_are_bounded(live: Live) -> None:
    """The 51st is told to come again; once there is room it is served."""
    phone = await live.phone("lin")
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(50):
            await (await stack.enter_async_context(streamed(live, phone.bearer, LISTEN))).told()
        async with streamed(live, phone.bearer, LISTEN) as stream:
            assert (stream.answer.status, stream.answer.headers["retry-after"]) == (503, "5")
            assert (await stream.answer.json())["errors"][0]["extensions"]["code"] == "UNAVAILABLE"

    async def again() -> int:
        async with streamed(live, phone.bearer, LISTEN) as stream:
            return stream.answer.status

    assert await eventually(again, lambda status: status == 200) == 200
