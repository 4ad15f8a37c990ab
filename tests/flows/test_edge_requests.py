"""Requests that are not as they should be: refused in words of ours, nothing run, and never a fault.

Tests and cases that begin with "row" are those of the table in tests/edge_rows.py; tests/guards/test_edge_rows.py holds
that none is missing.
"""

import asyncio
import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from zlib import compressobj

import pytest
import pytest_asyncio

from tests.flows.outside import Reply, ask, calm, document, home, nodes, only, pushes, register, send
from tests.flows.platform_hand import in_pieces
from tests.live import Live
from tests.python_clients.answers import INSIDES

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only(
        "sqlite", "postgres", because="what is refused never comes to a second process; both databases see what is not"
    ),
]

GRAPHQL, JSON = TYPES = "application/graphql-response+json", "application/json"
NAME = "{ viewer { displayName } }"
LISTS = """query ($first: Int! = 5, $after: String) { viewer {
  displayName cases(first: $first, after: $after) { edges { cursor } }
  notifications { unreadCount edges { cursor } } } }"""
READ = "query ($id: ID!) { case(id: $id) { number } viewer { displayName } }"


@pytest_asyncio.fixture(loop_scope="module")
async def bearer(live: Live) -> str:
    return (await live.phone("lin")).bearer


@pytest.mark.parametrize("first", [101, -1, 2**31 - 1])
async def test_row_30_page_size(live: Live, bearer: str, first: int) -> None:
    """A page size out of bounds leaves its own list out, with the code, and the rest of the screen answered."""
    reply = await ask(live, LISTS, {"first": first}, bearer)
    _left_out(reply, "PAGE_SIZE")


async def test_cursor_of_another_list(live: Live, bearer: str) -> None:
    """A cursor that is well made is a place in any list: it never shows what is not the caller's."""
    mine = (await ask(live, LISTS, {}, bearer)).json["data"]["viewer"]["cases"]["edges"][0]["cursor"]
    reply = await ask(live, LISTS, {"after": mine}, (await live.phone("new")).bearer)
    assert (reply.status, reply.json["data"]["viewer"]["cases"]) == (200, {"edges": []})


CURSORS = ["", "garbage", "A" * 31, "A" * 33, "/" * 32, "-" * 32, "办" * 32, "\x00", "\ud800", "A" * 100_000]


@pytest.mark.parametrize("after", CURSORS, ids=range(len(CURSORS)))
async def test_row_30_bad_cursor(live: Live, bearer: str, after: str) -> None:
    """What is no cursor of ours leaves its list out, with the code, and nothing of a decoder's words."""
    _left_out(await ask(live, LISTS, {"after": after}, bearer), "BAD_CURSOR")


IDS = ["", "case", "case_", "case_xyz", f"licence_{'0' * 32}", f"case_{'0' * 31}", f"case_{'0' * 33}", f"CASE_{'0' * 32}",
       f"case_{'A' * 32}", "case_\x00", "case_\ud800", "办件", f"device_{'0' * 32}", "' OR 1=1 --"]  # fmt: skip


@pytest.mark.parametrize("wrong", IDS, ids=range(len(IDS)))
async def test_row_30_bad_id(live: Live, bearer: str, wrong: str) -> None:
    """What is no id of a case is said to be none, and the rest of the screen is answered."""
    reply = await ask(live, READ, {"id": wrong}, bearer)
    assert (reply.status, reply.codes, reply.json["data"]["case"]) == (200, ["BAD_ID"], None)
    assert reply.json["data"]["viewer"]["displayName"] == "林晓岚"
    _nothing_foreign(reply)


ASKED = b'{"query": "{ viewer { displayName } }", '
BODIES: dict[str, bytes] = {
    "row 1: nothing": b"",
    "row 1: an empty object": b"{}",
    "row 1: null": b"null",
    "row 1: a number": b"5",
    "row 1: a string": b'"x"',
    "row 1: an empty array": b"[]",
    "row 2: cut off": b'{"query": "{ viewer',
    "row 2: a trailing comma": ASKED + b"}",
    "row 2: two values": b'{"query": "x"}{}',
    "row 2: NaN": ASKED + b'"variables": {"x": NaN}}',
    "row 2: Infinity": ASKED + b'"variables": {"x": -Infinity}}',
    "row 2: a raw newline in a string": b'{"query": "{\n}"}',
    "row 3: invalid UTF-8": b'{"query": "{ viewer \xff }"}',
    "row 3: overlong UTF-8": b'{"query": "{ viewer \xc0\xaf }"}',
    "row 3: a surrogate in UTF-8": b'{"query": "{ viewer \xed\xa0\x80 }"}',
    "row 3: UTF-16": json.dumps({"query": NAME}).encode("utf-16"),
    "row 4: query is null": b'{"query": null}',
    "row 4: query is a number": b'{"query": 7}',
    "row 4: query is an array": b'{"query": []}',
    "row 4: query is an object": b'{"query": {}}',
    "row 4: query is empty": b'{"query": ""}',
    "row 4: query is misspelt": b'{"qeury": "{ viewer { displayName } }"}',
    "row 5: variables are a string": ASKED + b'"variables": "x"}',
    "row 5: variables are an array": ASKED + b'"variables": []}',
    "row 5: variables are a number": ASKED + b'"variables": 0}',
    "row 5: variables are false": ASKED + b'"variables": false}',
    "row 6: extensions are an array": ASKED + b'"extensions": []}',
    "row 6: extensions are a string": ASKED + b'"extensions": "x"}',
    "row 6: operationName is a number": ASKED + b'"operationName": 5}',
    "row 6: operationName is an object": ASKED + b'"operationName": {}}',
    "row 20: two requests": json.dumps([{"query": NAME}] * 2).encode(),
    "row 20: a thousand requests": json.dumps([{"query": NAME}] * 1000).encode(),
    "row 23: arrays nested 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "row 23: arrays that do not end": b"[" * 100_000,
    "row 23: objects that do not end": b'{"a":' * 50_000,
    "row 23: variables nested 50,000 deep": ASKED + b'"variables": {"x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}}",
    "row 24: a variable of 5,000 digits": ASKED + b'"variables": {"first": ' + b"1" * 5000 + b"}}",
}


@pytest.mark.parametrize("accept", TYPES)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
async def test_bodies(live: Live, bearer: str, body: bytes, accept: str) -> None:
    """What is not a GraphQL request in JSON is refused as a whole, with errors and without data, whatever the client accepts."""
    headers = _by(bearer) | {"accept": accept}
    reply = await send(live, "POST", "/graphql", body, content_type="application/json", **headers)
    _refused(reply, 400)
    assert reply.headers["content-type"] == f"{accept}; charset=utf-8"


ODD_QUERIES = {"blank": b" \\n ", "NUL": b"{ \\u0000 }", "a lone surrogate": b"{ \\ud800 }"}


@pytest.mark.parametrize("query", ODD_QUERIES.values(), ids=[f"row 7: {name}" for name in ODD_QUERIES])
async def test_odd_queries(live: Live, bearer: str, query: bytes) -> None:
    """A query that is a string is a document, and a document that cannot be parsed is refused as one."""
    body = b'{"query": "' + query + b'"}'
    _refused(await send(live, "POST", "/graphql", body, content_type="application/json", **_by(bearer)), 400)


@pytest.mark.parametrize("more", [{}, {"variables": None}, {"extensions": None, "operationName": None}, {"x": 1}])
async def test_row_5_and_6_null_is_absent(live: Live, bearer: str, more: dict[str, Any]) -> None:
    """What is null was not given, and what nobody knows is passed over."""
    body = json.dumps({"query": NAME} | more)
    reply = await send(live, "POST", "/graphql", body, content_type="application/json", **_by(bearer))
    assert (reply.status, reply.json["data"]["viewer"]["displayName"]) == (200, "林晓岚")


DOCUMENTS: dict[str, tuple[str, Any]] = {
    "row 7: a syntax error": ("{ viewer", None),
    "row 7: nothing": ("{ }", None),
    "row 7: nothing inside": ("{ viewer { } }", None),
    "row 7: nothing in a fragment": ("{ viewer { ...f } } fragment f on Viewer { }", None),
    "row 7: type definitions": ("type A { b: Int }", None),
    "row 7: only a fragment": ("fragment f on Viewer { displayName }", None),
    "row 8: an unknown field": ("{ viewer { dispalyName } }", None),
    "row 8: an unused variable": ("query ($x: Int) { viewer { displayName } }", None),
    "row 8: an unused fragment": ("{ viewer { displayName } } fragment f on Viewer { displayName }", None),
    "row 8: a cycle of fragments": (
        "{ viewer { ...a } } fragment a on Viewer { ...b } fragment b on Viewer { ...a }",
        None,
    ),
    "row 8: an unknown directive": ("{ viewer { displayName @nothing } }", None),
    "row 24: a literal of 5,000 digits": ("{ viewer { cases(first: " + "1" * 5000 + ") { isComplete } } }", None),
    "row 9: a literal of 2^31": ("{ viewer { cases(first: 2147483648) { isComplete } } }", None),
    "row 9: a float for Int": (LISTS, {"first": 1.5}),
    "row 9: true for Int": (LISTS, {"first": True}),
    "row 9: null for what must not be": (LISTS, {"first": None}),
    "row 9: 2^31 for Int": (LISTS, {"first": 2**31}),
    "row 24: 1e300 for Int": (LISTS, {"first": 1e300}),
    "row 9: a number for a string": (LISTS, {"after": 5}),
    "row 9: an object for a string": (LISTS, {"after": {}}),
    "row 9: a variable is missing": (READ, {}),
    "row 9: an unknown value of an enum": (
        "query ($f: Freshness!) { viewer { cases(freshness: $f) { isComplete } } }",
        {"f": "SOON"},
    ),
    "row 26: nested selections": ("{ a " * 10_000 + "}" * 10_000, None),
    "row 26: nested lists": ("{ viewer { cases(first: " + "[" * 5_000 + "]" * 5_000 + ") { isComplete } } }", None),
    "row 26: nested objects": (
        "{ viewer { cases(first: " + "{a: " * 5_000 + "1" + "}" * 5_000 + ") { isComplete } } }",
        None,
    ),
    "row 26: a nested type": (
        "query ($x: " + "[" * 5_000 + "Int" + "]" * 5_000 + ") { viewer { cases(first: $x) { isComplete } } }",
        None,
    ),
}


@pytest.mark.parametrize(("query", "variables"), DOCUMENTS.values(), ids=DOCUMENTS)
async def test_documents(live: Live, bearer: str, query: str, variables: Any) -> None:
    """A document or variables that do not fit the schema are refused before anything is run."""
    _refused(await ask(live, query, variables, bearer, accept=GRAPHQL), 400)
    legacy = await ask(live, query, variables, bearer)
    assert (legacy.status, "data" in legacy.json, bool(legacy.codes)) == (200, False, True)


IMMODEST = {
    "row 28: many aliases": "{ viewer { " + " ".join(f"a{n}: displayName" for n in range(16)) + " } }",
    "row 28: 10,000 aliases": "{ viewer { " + " ".join(f"a{n}: displayName" for n in range(10_000)) + " } }",
    "row 28: many directives": "{ viewer { displayName " + "@include(if: true) " * 60 + "} }",
    "row 29: a costly document": "{ viewer { cases(first: 100) { edges { node { events { at } a: events { at } b: events { at } "
    "c: events { at } } } } } }",
    "row 27: fragments that double": "{ viewer { ...f0 } } "
    + " ".join(f"fragment f{n} on Viewer {{ ...f{n + 1} ...f{n + 1} }}" for n in range(25))
    + " fragment f25 on Viewer { displayName }",
    "row 28: 5,000 fields": "{ " + "a " * 5000 + "}",
    "row 29: depth": "{ viewer " + "{ cases { edges { node " * 10 + "{ id" + " }" * 32,
    "row 28: a large document": "{ viewer { displayName } } #" + "x" * 20_000,
}


@pytest.mark.parametrize("query", IMMODEST.values(), ids=IMMODEST)
async def test_immodest_documents(live: Live, bearer: str, query: str) -> None:
    """What is larger, deeper or dearer than is answered is told which limit it passed."""
    answer = await ask(live, query, None, bearer, accept=GRAPHQL)
    assert (answer.status, "data" in answer.json, set(answer.codes)) == (400, False, {"LIMIT_EXCEEDED"})
    assert len(answer.text) < 60_000


MARKS = "markNotificationsRead(input: {}) { marked }"


async def test_row_31_aliases_of_a_mutation(live: Live) -> None:
    """Each is a try: so many cost so many times as much, and a hundred are refused, so that none of them is run."""
    phone = await live.phone("chen")
    unread = (await home(phone))["notifications"]["unreadCount"]
    costs = []
    for tries in (1, 10):
        tried = "mutation { " + " ".join(f"a{n}: {MARKS.replace('{}', '{ids: []}')}" for n in range(tries)) + " }"
        # Each of two processes reads it once, which costs besides.
        said = [(await ask(live, tried, None, phone.bearer)).headers["tongban-cost"] for _ in range(4)]
        costs.append(min(map(int, said)))
    assert costs[1] == 10 * costs[0]
    guessed = await ask(live, "mutation { " + " ".join(f"a{n}: {MARKS}" for n in range(100)) + " }", None, phone.bearer)
    assert (guessed.codes, "data" in guessed.json) == (["LIMIT_EXCEEDED"], False)
    assert (await home(phone, "KNOWN"))["notifications"]["unreadCount"] == unread


TWO = (
    'mutation A { registerDevice(input: {channel: FCM, token: "two-phone"}) { id } } query B { viewer { displayName } }'
)


async def test_row_10_which_operation(live: Live, bearer: str) -> None:
    """Of several operations none is run unless one is named; a name that is not there runs none either."""
    for named in ({}, {"operationName": "C"}, {"operationName": ""}, {"operationName": "\ud800"}):
        body = json.dumps({"query": TWO} | named)
        _refused(await send(live, "POST", "/graphql", body, content_type="application/json", **_by(bearer)), 400)
    body = json.dumps({"query": TWO, "operationName": "B"})
    reply = await send(live, "POST", "/graphql", body, content_type="application/json", **_by(bearer))
    assert (reply.status, reply.json["data"]["viewer"]["displayName"]) == (200, "林晓岚")
    await _rings_nowhere(live, "two-phone")


FORM = "application/x-www-form-urlencoded"
KINDS = [
    "",
    "text/plain",
    "application/graphql",
    "application/jsonx",
    FORM,
    "json",
    "application/json, application/json",
]


@pytest.mark.parametrize("kind", KINDS, ids=[f"row 13: {kind or 'none'}" for kind in KINDS])
async def test_content_type(live: Live, bearer: str, kind: str) -> None:
    """Only JSON is taken."""
    reply = await send(live, "POST", "/graphql", json.dumps({"query": NAME}).encode(), content_type=kind, **_by(bearer))
    _refused(reply, 415)


async def test_row_14_content_type_as_http_writes_it(live: Live, bearer: str) -> None:
    """The media type in any case and with parameters is JSON all the same."""
    for kind in ("Application/JSON", "application/json ; foo=bar", 'application/json;charset="UTF-8"'):
        reply = await send(live, "POST", "/graphql", json.dumps({"query": NAME}), content_type=kind, **_by(bearer))
        assert (reply.status, "errors" in reply.json) == (200, False)


async def test_row_3_another_charset(live: Live, bearer: str) -> None:
    """Is refused by its name, before anything is read of it."""
    body = json.dumps({"query": NAME}).encode("utf-16")
    kind = "application/json; charset=utf-16"
    _refused(await send(live, "POST", "/graphql", body, content_type=kind, **_by(bearer)), 415)


@pytest.mark.parametrize("mib", [0, 200])
async def test_row_22_encoded(live: Live, bearer: str, mib: int) -> None:
    """A compressed body is refused, and never unfolded: 200 MiB may be inside."""
    squeezing = compressobj(1, wbits=31)  # gzip
    packed = [squeezing.compress(bytes(1024 * 1024)) for _ in range(mib)]
    body = b"".join((*packed, squeezing.compress(json.dumps({"query": NAME}).encode()), squeezing.flush()))
    headers = {"content_type": "application/json", "content_encoding": "gzip"}
    _refused(await send(live, "POST", "/graphql", body, **headers, **_by(bearer)), 415)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_row_17_method(live: Live, bearer: str, method: str) -> None:
    """Whatever stands in the address."""
    reply = await send(live, method, "/graphql?query={viewer{displayName}}", **_by(bearer))
    _refused(reply, 405)
    assert reply.headers["allow"] == "GET, HEAD, POST, OPTIONS"


async def test_row_21_too_large(live: Live, bearer: str) -> None:
    """A body of more than 256 KiB is refused, whether its length is said or not."""
    body = json.dumps({"query": NAME, "variables": {"x": "x" * 256 * 1024}}).encode()
    for data in (BytesIO(body), in_pieces(body)):
        _refused(await send(live, "POST", "/graphql", data, content_type="application/json", **_by(bearer)), 413)


async def test_row_21_an_answer_before_the_end_of_the_request_arrives(live: Live, bearer: str) -> None:
    """Also at a client that reads nothing before it has sent everything, and wants the connection closed then."""
    address, size = urlsplit(live.service.url), 4 * 1024 * 1024
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    json_by = "Content-Type: application/json", f"Authorization: Bearer {bearer}"
    lines = "POST /graphql HTTP/1.1", "Host: x", f"Content-Length: {size}", "Connection: close", *json_by, "", ""
    writer.write("\r\n".join(lines).encode())
    for _ in range(8):
        writer.write(b"x" * (size // 8))
        await writer.drain()
        await asyncio.sleep(0.01)
    status, _, rest = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n")
    assert status.startswith(b"HTTP/1.1 413 ") and rest.endswith(b'"extensions":{"code":"BAD_REQUEST"}}]}')
    writer.close()


@pytest.mark.parametrize("given", ["soon", "-5", "1.5", "1e3", "", "1 2"])
async def test_deadline_that_is_no_number(live: Live, bearer: str, given: str) -> None:
    """A deadline that is not in milliseconds is refused and not guessed at."""
    _refused(await ask(live, NAME, None, bearer, tongban_deadline_ms=given), 400)


@pytest.mark.parametrize("given", ["0", "1", "000000000001", "999999999", "9" * 5000])
async def test_deadline_out_of_bounds(live: Live, bearer: str, given: str) -> None:
    """A deadline shorter or longer than we allow is brought within bounds."""
    assert (await ask(live, NAME, None, bearer, tongban_deadline_ms=given)).status == 200


TOKENS = ["", " ", "with space", "\x00", "a\x00b", "\ud800", "办", "x" * 4097, "line\n"]


@pytest.mark.parametrize("token", TOKENS, ids=range(len(TOKENS)))
async def test_row_25_a_bad_input_is_told_as_data(live: Live, bearer: str, token: str) -> None:
    """An input that cannot be is answered by the mutation itself, with code, field and a sentence."""
    given = {"input": {"channel": "FCM", "token": token}}
    reply = await ask(live, document("RegisterDevice"), given, bearer, accept_language="zh")
    payload = reply.json["data"]["registerDevice"]
    assert (reply.status, payload["id"]) == (200, None)
    assert payload["errors"] == [{"code": "BAD_INPUT", "field": "token", "message": "提交的内容不符合要求。"}]


async def test_headers_of_all_kinds(live: Live, bearer: str) -> None:
    """Languages and request ids that nobody could mean do no harm."""
    for odd in ("", ";q=", "zh;q=x,en;q=nan", "," * 300, "x" * 5000):
        reply = await ask(live, NAME, None, bearer, accept_language=odd, x_request_id=odd)
        assert (reply.status, len(reply.headers["x-request-id"])) == (200, 16)


async def _rings_nowhere(live: Live, token: str) -> None:
    """No phone of lin's rings but the one that is registered here."""
    await calm(live)
    phone = await live.phone("lin")
    case = next(one for one in nodes((await home(phone))["cases"]) if one["stage"] == "RECEPTION")
    await register(phone, f"{token}-witness")
    await live.world.post("/advance", case=case["number"], to="withdrawn")
    await pushes(live, f"{token}-witness")
    assert await live.world.get(f"/phones/{token}") == []


def _by(bearer: str) -> dict[str, str]:
    return {"authorization": f"Bearer {bearer}", "accept": GRAPHQL}


def _left_out(reply: Reply, code: str) -> None:
    """One list is null with this code, and the rest is there."""
    viewer = reply.json["data"]["viewer"]
    assert (reply.status, viewer["displayName"], viewer["notifications"]["unreadCount"] >= 0) == (200, "林晓岚", True)
    assert viewer["cases"] is None
    assert [(error["path"], error["extensions"]["code"]) for error in reply.json["errors"]] == [
        (["viewer", "cases"], code)
    ]
    _nothing_foreign(reply)


def _refused(reply: Reply, status: int) -> None:
    """Errors in JSON with our code, no data, and none of the insides."""
    assert (reply.status, reply.json is not None and "data" not in reply.json) == (status, True), reply.text[:300]
    assert reply.codes and set(reply.codes) <= {"BAD_REQUEST", "LIMIT_EXCEEDED"}, reply.text[:300]
    assert reply.headers["content-type"] in (f"{GRAPHQL}; charset=utf-8", "application/json; charset=utf-8")
    _nothing_foreign(reply)


def _nothing_foreign(reply: Reply) -> None:
    assert not [word for word in INSIDES if word in reply.text], reply.text[:500]
    assert len(reply.text) < 60_000
