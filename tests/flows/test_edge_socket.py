"""The protocol graphql-transport-ws as its text and our policy have it: what breaks it, and what does not.

Tests and cases that begin with "row" are those of the table that tests/guards/test_edge_rows.py holds.
"""

import asyncio
import contextlib
import json
from typing import Any

import aiohttp
import pytest

from api.conversation import INIT_S
from tests.databases import KINDS
from tests.flows.outside import figure, only
from tests.flows.sockets import PROTOCOL, Socket, connected, greeted
from tests.live import Live, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

INIT = {"type": "connection_init"}
NAME = {"query": "{ __typename }"}
LISTEN = {"query": "subscription { caseChanged { cursor } }"}


def subscribe(**changes: Any) -> dict[str, Any]:
    return {"type": "subscribe", "id": "1", "payload": NAME} | changes


def operation(**changes: Any) -> dict[str, Any]:
    return subscribe(payload=NAME | changes)


BROKEN = {
    "null": None,
    "an array": [],
    "a number": 7,
    "a text": "x",
    "no type": {"id": "1"},
    "an unknown type": {"type": "start"},
    "a type of a wrong type": {"type": 1},
    "a type that is a list": {"type": ["ping"]},
    "an id that is a number": subscribe(id=1),
    "an empty id": subscribe(id=""),
    "no id": {"type": "subscribe", "payload": NAME},
    "an id to complete that is a number": {"type": "complete", "id": 1},
    "no payload": {"type": "subscribe", "id": "1"},
    "a payload that is null": subscribe(payload=None),
    "a payload that is an array": subscribe(payload=[]),
    "a query that is a number": operation(query=7),
    "an empty query": operation(query=""),
    "variables that are an array": operation(variables=[]),
    "extensions that are a text": operation(extensions="x"),
    "a name that is a number": operation(operationName=7),
    "a ping with a text": {"type": "ping", "payload": "x"},
    "a pong with an array": {"type": "pong", "payload": []},
}


@pytest.mark.parametrize("message", BROKEN.values(), ids=[f"row 40: {name}" for name in BROKEN])
async def test_what_breaks_the_protocol_ends_the_socket(live: Live, message):
    """With 4400 and a reason for the developer, whatever else is live."""
    async with greeted(live) as socket:
        await socket.line.send_str(json.dumps(message))
        code, reason = await socket.ended()
        assert (code, bool(reason)) == (4400, True)


@pytest.mark.parametrize("text", ["{", "", "{} {}", '{"type": NaN}', "[" * 30_000], ids=range(5))
async def test_row_40_what_is_not_json_ends_the_socket(live: Live, text):
    async with greeted(live) as socket:
        await socket.line.send_str(text)
        assert (await socket.ended())[0] == 4400


async def test_row_40_a_binary_message_ends_the_socket(live: Live):
    async with greeted(live) as socket:
        await socket.line.send_bytes(json.dumps({"type": "ping"}).encode())
        assert (await socket.ended())[0] == 4400


@pytest.mark.parametrize(
    ("said", "code", "in_reason"),
    [
        pytest.param([subscribe()], 4401, "connection_init", id="row 41: subscribe before init"),
        pytest.param([INIT, INIT], 4429, "", id="row 41: a second init"),
        ([INIT, subscribe(id="a", payload=NAME), {"type": "ping"}, INIT], 4429, ""),
        ([{"type": "connection_init", "payload": []}], 4400, ""),
        ([{"type": "connection_init", "payload": {"authorization": 7}}], 4400, "authorization"),
        ([{"type": "connection_init", "payload": {"authorization": "Basic eDp5"}}], 4403, "token-"),
        pytest.param(
            [{"type": "connection_init", "payload": {"authorization": "Bearer x"}}],
            4403,
            "token-malformed",
            id="row 45: credentials that are turned away",
        ),
    ],
)
async def test_who_may_begin(live: Live, said, code, in_reason):
    """Before, twice, or with credentials that are not believed."""
    async with connected(live) as socket:
        for message in said:
            await socket.say(**message)
        while (end := await socket.line.receive()).type.name == "TEXT":
            continue
        assert end.data == code
        assert in_reason in end.extra


@only("sqlite", because="it waits ten seconds, which are the same in every shape")
async def test_row_41_no_init_in_time(live: Live):
    """Whatever else is said meanwhile."""
    async with connected(live) as socket:
        await socket.say(type="ping")
        assert await socket.hears() == {"type": "pong"}
        assert (await socket.ended(INIT_S + 5))[0] == 4408


@pytest.mark.parametrize("protocol", ["graphql-ws", "graphql-transport-ws2", ""])
async def test_row_41_another_protocol_is_not_spoken(live: Live, protocol):
    """Least of all the old graphql-ws, which some clients offer first."""
    async with connected(live, protocol) as socket:
        assert (await socket.ended())[0] == 4406


async def test_a_client_that_offers_several_is_answered_in_ours(live: Live):
    url = f"{live.service.url}/graphql"
    async with live.world.session.ws_connect(url, protocols=["graphql-ws", "graphql-transport-ws"]) as line:
        assert line.protocol == "graphql-transport-ws"
        assert "x-request-id" in line._response.headers


@pytest.mark.parametrize("init", [INIT, INIT | {"payload": None}, INIT | {"payload": {}}, INIT | {"payload": {"x": 1}}])
async def test_a_greeting_needs_no_payload(live: Live, init):
    """Absent, null, empty, or with something that is none of our business."""
    async with connected(live) as socket:
        await socket.say(**init)
        assert await socket.hears() == {"type": "connection_ack"}


async def test_a_token_in_the_header_of_the_upgrade(live: Live):
    """As mini-programs may set it; one in the greeting goes before it."""
    phone = await live.phone("lin")
    query = {"query": "{ viewer { displayName } }"}
    for header, payload in [(phone.bearer, {}), ("x", {"AUTHORIZATION": f"bearer {phone.bearer}"})]:
        async with connected(live, authorization=f"Bearer {header}") as socket:
            await socket.say(type="connection_init", payload=payload)
            assert await socket.hears() == {"type": "connection_ack"}
            await socket.say(**subscribe(payload=query))
            assert (await socket.told("viewer"))["displayName"]


async def test_pings_are_answered_at_any_time(live: Live):
    """Before and after the greeting; and pongs are taken."""
    async with connected(live) as socket:
        for message in ({"type": "ping"}, {"type": "pong", "payload": {"x": 1}}, INIT, {"type": "ping", "payload": {}}):
            await socket.say(**message)
        assert [(await socket.hears())["type"] for _ in range(3)] == ["pong", "connection_ack", "pong"]


async def test_row_42_a_live_id_again(live: Live):
    """Is for nobody to guess which of the two is meant."""
    async with greeted(live, await live.phone("lin")) as socket:
        await socket.say(**subscribe(id="mine", payload=LISTEN))
        assert (await socket.hears())["type"] == "next"
        await socket.say(**subscribe(id="mine", payload=LISTEN))
        assert await socket.ended() == (4409, "Subscriber for mine already exists")


async def test_row_42_a_long_id_in_the_reason_is_cut(live: Live):
    """A close frame takes 123 bytes."""
    async with greeted(live, await live.phone("lin")) as socket:
        await socket.say(**subscribe(id="号" * 200, payload=LISTEN))
        assert (await socket.hears())["type"] == "next"
        await socket.say(**subscribe(id="号" * 200, payload=LISTEN))
        code, reason = await socket.ended()
        assert (code, reason) == (4409, "Subscriber for " + "号" * 36)


@pytest.mark.parametrize(
    "query",
    [
        "{",
        "{ }",
        "{ nothing }",
        "subscription { caseChanged { cursor } notificationAdded { cursor } }",
        "subscription { caseChanged { cursor } a: caseChanged { refetch } }",
        "subscription ($yes: Boolean!) { caseChanged @include(if: $yes) { cursor } }",
        "subscription { ... @skip(if: false) { caseChanged { cursor } } }",
        "subscription { __typename }",
        "query A { __typename } query B { __typename }",
        "subscription { caseChanged(after: 7) { cursor } }",
        "{ viewer { " + " ".join(f"a{n}: displayName" for n in range(16)) + " } }",
    ],
)
async def test_row_43_a_document_that_is_not_valid_leaves_the_socket_and_the_id(live: Live, query):
    """An error with a list, no complete, and the id is free again."""
    async with greeted(live, await live.phone("lin")) as socket:
        await socket.say(**subscribe(payload={"query": query}))
        told = await socket.hears()
        assert (told["type"], told["id"]) == ("error", "1")
        codes = {error["extensions"]["code"] for error in told["payload"]}
        assert codes and codes <= {"BAD_REQUEST", "LIMIT_EXCEEDED"}
        await socket.say(**subscribe())
        assert await socket.told("__typename") == "Query"
        assert await socket.hears() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "persona", "claims", "code"),
    [
        ("subscription { caseChanged { cursor } }", "", {}, "UNAUTHENTICATED"),
        ("subscription { notificationAdded { cursor } }", "lin", {"real_name_level": 1}, "ASSURANCE_TOO_LOW"),
        ('subscription { caseChanged(after: "x") { cursor } }', "lin", {}, "BAD_CURSOR"),
        ('subscription { caseChanged(after: "") { cursor } }', "lin", {}, "BAD_CURSOR"),
    ],
)
async def test_a_subscription_that_is_refused(live: Live, query, persona, claims, code):
    """By the same rules and codes as a query; nothing else on the socket ends."""
    phone = await live.phone(persona, **claims) if persona else None
    async with greeted(live, phone) as socket:
        await socket.say(**subscribe(payload={"query": query}))
        told = await socket.hears()
        (error,) = told["payload"]
        assert (told["type"], error["extensions"]["code"]) == ("error", code)
        assert error["path"] == [query.split()[2].partition("(")[0]]
        await socket.say(type="ping")
        assert await socket.hears() == {"type": "pong"}


async def test_queries_and_mutations_are_answered_too(live: Live):
    """With one result; errors and nulls are those of POST."""
    async with greeted(live, await live.phone("lin")) as socket:
        await socket.say(**subscribe(payload={"query": '{ case(id: "x") { id } }'}))
        told = (await socket.hears())["payload"]
        assert (told["data"], told["errors"][0]["extensions"]) == ({"case": None}, {"code": "BAD_ID", "at": "id"})
        assert (await socket.hears())["type"] == "complete"
        await socket.subscribe("MarkNotificationsRead", input={"ids": []})
        assert await socket.told("markNotificationsRead") == {"marked": 0, "unreadCount": 0, "errors": []}


async def test_row_44_completing_what_is_not_live_is_ignored(live: Live):
    """Unknown, finished, or completed already; and what was completed says nothing more."""
    async with greeted(live, await live.phone("lin")) as socket:
        await socket.say(type="complete", id="never")
        await socket.say(**subscribe(payload=LISTEN))
        assert (await socket.hears())["type"] == "next"
        for _ in range(2):
            await socket.say(type="complete", id="1")
        await socket.say(**subscribe(payload=LISTEN))
        assert (await socket.hears())["type"] == "next"
        await socket.say(type="ping")
        assert await socket.hears() == {"type": "pong"}


async def test_row_46_a_large_message_ends_the_socket(live: Live):
    """Before it is all read: 4 MiB get 1009."""
    async with greeted(live) as socket:
        with contextlib.suppress(ConnectionError):  # it may hang up on us while we talk
            await socket.say(**operation(variables={"x": "x" * 4 * 1024 * 1024}))
        async with asyncio.timeout(10):
            end = await socket.line.receive()
        assert end.data == 1009 or end.type.name in ("CLOSED", "ERROR")


async def test_row_46_a_message_over_the_limit(live: Live):
    """Is told so by its own code, while the socket can still say it; one below is taken."""
    async with greeted(live) as socket:
        await socket.say(**operation(variables={"x": "x" * 50_000}))
        assert await socket.told("__typename") == "Query"
        assert (await socket.hears())["type"] == "complete"
        await socket.say(**operation(variables={"x": "x" * 70_000}))
        assert (await socket.ended())[0] == 1009


async def test_row_46_operations_on_one_socket_are_bounded(live: Live):
    """Of 2,000 a hundred are live, and each of the others is told why not."""
    async with greeted(live, await live.phone("lin")) as socket:
        for number in range(2000):
            await socket.say(**subscribe(id=f"{number}", payload=LISTEN))
        answers = [await socket.hears() for _ in range(2000)]
        refused = [one for one in answers if one["type"] == "error"]
        assert len(refused) == 1900
        assert refused[0]["payload"][0]["extensions"] == {"code": "BAD_REQUEST"}
        await socket.say(type="complete", id=next(one["id"] for one in answers if one["type"] == "next"))
        await socket.say(**subscribe(id="one more", payload=LISTEN))
        assert (await socket.hears())["type"] == "next"


@only(*KINDS, because="each process counts its own sockets")
async def test_row_46_dropped_sockets_free_everything(live: Live):
    """150 that go without a word."""
    phones, url = [await live.phone(name) for name in ("lin", "chen", "he")], f"{live.service.url}/graphql"

    async def counted() -> tuple[float, float]:
        return await figure(live, "tongban_sockets"), await figure(live, "tongban_subscriptions", noun="cases")

    await eventually(counted, lambda seen: seen == (0, 0))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        held = []  # what nobody holds would be dropped at once
        for phone in phones * 50:
            held.append(socket := Socket(await session.ws_connect(url, protocols=[PROTOCOL])))
            await socket.say(type="connection_init", payload={"authorization": f"Bearer {phone.bearer}"})
            await socket.say(**subscribe(payload=LISTEN))
            assert [(await socket.hears())["type"] for _ in range(2)] == ["connection_ack", "next"]
        assert await counted() == (150, 150)
    assert await eventually(counted, lambda seen: seen == (0, 0)) == (0, 0)


@only(*KINDS, because="each process bounds its own sockets")
async def test_sockets_of_one_party_are_bounded(live: Live):
    """The 51st is told to come again and never that it was believed; another party's is served, and so is the next of this one
    once there is room."""
    lin, chen = await live.phone("lin"), await live.phone("chen")
    async with contextlib.AsyncExitStack() as stack:
        first, *_ = [await stack.enter_async_context(greeted(live, lin)) for _ in range(50)]

        async def another() -> Any:
            async with connected(live, authorization=f"Bearer {lin.bearer}") as socket:
                await socket.say(**INIT)
                message = await socket.line.receive()
                return message.data if message.type is aiohttp.WSMsgType.CLOSE else message.json()

        assert await another() == 1013
        async with greeted(live, chen):
            pass
        await first.line.close()
        assert await eventually(another, lambda told: told != 1013) == {"type": "connection_ack"}


async def test_nothing_of_it_was_an_error_of_ours(live: Live):
    """The log of all the above holds no exception, and no token."""
    lines = [json.loads(line) for line in live.service.log.read_text().splitlines()]
    assert [line for line in lines if "exception" in line or line["level"] == "ERROR"] == []
    assert {line["status"] for line in lines if line["message"] == "socket"} >= {0, 4400, 4401, 4403, 4406, 4409, 4429}
    assert "Bearer" not in live.service.log.read_text()
