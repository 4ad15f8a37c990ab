"""Answers over HTTP as the client wants them: by method, by media type, and with the status that goes with it."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
import pytest_asyncio

from tests.flows.outside import Reply, ask, home, only, send
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", because="it is about what one door says"),
]

GRAPHQL, JSON, EVENTS = "application/graphql-response+json", "application/json", "text/event-stream"
NAME = "{ viewer { displayName } }"
MARK = "mutation M { markNotificationsRead(input: {ids: []}) { marked } }"
LISTEN = "subscription { caseChanged { cursor } }"


@pytest_asyncio.fixture(loop_scope="module")
async def bearer(live: Live) -> str:
    return (await live.phone("lin")).bearer


async def get(live: Live, bearer: str = "", method: str = "GET", accept: str = GRAPHQL, **asked: Any) -> Reply:
    """What an address answers; values that are no strings go as JSON."""
    pairs = {name: value if isinstance(value, str) else json.dumps(value) for name, value in asked.items()}
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    return await send(live, method, f"/graphql?{urlencode(pairs)}", accept=accept, **headers)


ACCEPTED = {
    "row 15: anything": ("*/*", JSON),
    "row 15: garbage": ("garbage;;", JSON),
    "row 15: nothing": ("", JSON),
    "row 15: what browsers' scripts send": ("application/json, text/plain, */*", JSON),
    "GraphQL": (GRAPHQL, GRAPHQL),
    "GraphQL before JSON": (f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL),
    "JSON by weight": (f"{GRAPHQL};q=0.5, {JSON}", JSON),
    "in other cases": ("APPLICATION/GraphQL-Response+JSON", GRAPHQL),
    "all but JSON": ("*/*, application/json;q=0", GRAPHQL),
    "either or a stream": (f"{GRAPHQL}, {JSON}, {EVENTS}", GRAPHQL),
}


@pytest.mark.parametrize(("accept", "media"), ACCEPTED.values(), ids=ACCEPTED)
async def test_accept(live: Live, bearer: str, accept: str, media: str) -> None:
    """The best of what the client names, or JSON; in UTF-8, and caches are told what it hangs on."""
    reply = await ask(live, NAME, None, bearer, accept=accept)
    assert (reply.status, reply.headers["content-type"]) == (200, f"{media}; charset=utf-8")
    assert "Accept" in reply.headers["vary"].split(", ")


@pytest.mark.parametrize("accept", ["text/plain", "image/*", f"{JSON};q=0", f"{JSON};charset=utf-16, text/plain"])
async def test_row_16_nothing_that_we_have(live: Live, bearer: str, accept: str) -> None:
    """406, in JSON all the same, and nothing is run."""
    reply = await ask(live, NAME, None, bearer, accept=accept)
    assert (reply.status, reply.headers["content-type"], reply.codes) == (
        406,
        f"{JSON}; charset=utf-8",
        ["BAD_REQUEST"],
    )
    assert "data" not in reply.json


async def test_row_12_one_field_fails(live: Live, bearer: str) -> None:
    """The rest is answered, with 200 and the path to what failed."""
    for accept in (GRAPHQL, JSON):
        reply = await ask(live, '{ case(id: "x") { id } viewer { displayName } }', None, bearer, accept=accept)
        assert (reply.status, reply.json["data"]) == (200, {"case": None, "viewer": {"displayName": "林晓岚"}})
        assert [error["path"] for error in reply.json["errors"]] == [["case"]]


async def test_everything_failed(live: Live) -> None:
    """Is still an answer to an operation that was run: 200, and data that say null."""
    reply = await ask(live, NAME, None, accept=GRAPHQL)
    assert (reply.status, reply.json["data"], reply.codes) == (200, {"viewer": None}, ["UNAUTHENTICATED"])


async def test_a_token_that_is_not_believed(live: Live) -> None:
    """401 in the client's own type, and nothing is run."""
    reply = await ask(live, NAME, None, "x", accept=GRAPHQL)
    assert (reply.status, reply.headers["content-type"]) == (401, f"{GRAPHQL}; charset=utf-8")
    assert (reply.codes, "data" in reply.json) == (["UNAUTHENTICATED"], False)


async def test_a_query_in_an_address(live: Live, bearer: str) -> None:
    """With variables and the name of the operation; extensions are passed over."""
    two = "query A { viewer { displayName } } query B($f: Int!) { viewer { cases(first: $f) { edges { cursor } } } }"
    reply = await get(live, bearer, query=two, operationName="B", variables={"f": 1}, extensions={"x": {}})
    assert (reply.status, len(reply.json["data"]["viewer"]["cases"]["edges"])) == (200, 1)
    assert reply.headers["cache-control"] == "no-store"
    reply = await get(live, bearer, query=NAME, operationName="", variables=None)
    assert (reply.status, reply.json["data"]["viewer"]["displayName"]) == (200, "林晓岚")


async def test_head(live: Live, bearer: str) -> None:
    """Is GET without the body: status, type and length are those of the answer."""
    got = await get(live, bearer, query=NAME)
    head = await get(live, bearer, "HEAD", query=NAME)
    assert (head.status, head.text, head.headers["content-length"]) == (200, "", got.headers["content-length"])
    assert (await get(live, bearer, "HEAD", query="{")).status == 400
    assert (await get(live, bearer, "HEAD", EVENTS, query=LISTEN)).status == 406, "a stream that nobody reads"


async def test_options(live: Live) -> None:
    """Says what may be done."""
    reply = await send(live, "OPTIONS", "/graphql")
    assert (reply.status, reply.headers["allow"], reply.text) == (204, "GET, HEAD, POST, OPTIONS", "")


@pytest.mark.parametrize(
    ("method", "accept"), [("GET", GRAPHQL), ("GET", JSON), ("GET", EVENTS), ("HEAD", GRAPHQL), ("HEAD", JSON)]
)
async def test_row_18_a_mutation_in_an_address(live: Live, method: str, accept: str) -> None:
    """Also one that operationName picks: 405, and not run."""
    phone = await live.phone("chen")
    unread = (await home(phone, "KNOWN"))["notifications"]["unreadCount"]
    marks = "mutation M { markNotificationsRead(input: {}) { marked } }"
    for asked in ({"query": marks}, {"query": f"{marks} query Q {{ __typename }}", "operationName": "M"}):
        reply = await get(live, phone.bearer, method, accept, **asked)
        assert (reply.status, reply.headers["allow"]) == (405, "POST")
        assert method == "HEAD" or (reply.codes, "data" in reply.json) == (["BAD_REQUEST"], False)
    assert (await home(phone, "KNOWN"))["notifications"]["unreadCount"] == unread
    reply = await get(live, phone.bearer, query=f"{marks} query Q {{ __typename }}", operationName="Q")
    assert reply.json == {"data": {"__typename": "Query"}}


QUERY = f"query={quote(NAME)}"
ADDRESSES = {
    "row 19: variables that are not JSON": f"{QUERY}&variables=x",
    "row 19: variables that are empty": f"{QUERY}&variables=",
    "row 19: variables that are NaN": f"{QUERY}&variables=NaN",
    "row 19: variables nested deep": f"{QUERY}&variables={'[' * 20_000}",
    "row 19: a variable of 5,000 digits": f"{QUERY}&variables=%7B%22x%22:{'1' * 5000}%7D",
    "row 5: variables that are an array": f"{QUERY}&variables=[]",
    "row 6: extensions that are not JSON": f"{QUERY}&extensions=%7B",
    "row 6: extensions that are a number": f"{QUERY}&extensions=1",
    "row 3: invalid UTF-8": "query=%7B%20%FF%20%7D",
    "row 3: overlong UTF-8": "query=%C0%AF",
    "row 4: nothing": "",
    "row 4: an empty query": "query=",
    "row 4: another name": "qeury=x",
    "twice": f"{QUERY}&{QUERY}",
    "many": "&".join(f"a{number}=" for number in range(1000)),
    "row 7: a syntax error": "query=%7B",
    "row 8: an unknown field": "query=%7Bx%7D",
    "row 10: which": f"query={quote('query A { __typename } query B { __typename }')}",
    "a subscription": f"query={quote(LISTEN)}",
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
async def test_addresses(live: Live, bearer: str, address: str) -> None:
    """What is wrong in an address is refused as in a body."""
    reply = await send(live, "GET", f"/graphql?{address}", accept=GRAPHQL, authorization=f"Bearer {bearer}")
    assert (reply.status, set(reply.codes), "data" in reply.json) == (400, {"BAD_REQUEST"}, False), reply.text[:300]


MULTIPART = {
    "row 36: without a boundary": ("multipart/form-data", b"x"),
    "row 36: a map to a path that is missing": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query": "{ __typename }"}\r\n'
        b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{"0": ["variables.a.b"]}\r\n--x--\r\n',
    ),
    "row 36: a map that is an array": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query": "{ __typename }"}\r\n'
        b'--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n[]\r\n--x--\r\n',
    ),
}


@pytest.mark.parametrize(("kind", "body"), MULTIPART.values(), ids=MULTIPART)
async def test_multipart(live: Live, bearer: str, kind: str, body: bytes) -> None:
    """Files go another way: 415, whatever it says."""
    reply = await send(live, "POST", "/graphql", body, content_type=kind, authorization=f"Bearer {bearer}")
    assert (reply.status, reply.codes, "data" in reply.json) == (415, ["BAD_REQUEST"], False)


async def test_a_subscription_without_a_stream(live: Live, bearer: str) -> None:
    """In words that say where to go."""
    reply = await ask(live, LISTEN, None, bearer, accept=GRAPHQL)
    assert (reply.status, reply.codes, "data" in reply.json) == (400, ["BAD_REQUEST"], False)
    assert "graphql-transport-ws" in reply.text
    assert EVENTS in reply.text


async def test_a_mutation_by_post(live: Live, bearer: str) -> None:
    reply = await ask(live, MARK, None, bearer, accept=GRAPHQL)
    assert reply.json == {"data": {"markNotificationsRead": {"marked": 0}}}
