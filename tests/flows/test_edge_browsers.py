"""What a page of somebody else can do in a citizen's browser: nothing. And what is logged of what callers send: as little."""

import json
from urllib.parse import quote

import aiohttp
import pytest

from tests.flows.event_streams import streamed
from tests.flows.outside import ask, home, only, send
from tests.flows.sockets import greeted
from tests.live import Live

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    only("sqlite", because="it is about what one door says"),
]

EVIL = "https://evil.example"
MARKS = "mutation { markNotificationsRead(input: {}) { marked } }"
ASKING = {"access_control_request_method": "POST", "access_control_request_headers": "authorization,content-type"}


async def test_row_37_a_foreign_page_may_not_ask(live: Live) -> None:
    """A preflight gets no grant, so that the browser sends nothing."""
    reply = await send(live, "OPTIONS", "/graphql", origin=EVIL, **ASKING)
    assert (reply.status, _grants(reply.headers)) == (204, [])


async def test_row_37_a_foreign_page_reads_nothing(live: Live) -> None:
    """What a browser sends without asking first is answered, to nobody in particular, without leave to read it."""
    for accept in ("application/json", "text/event-stream"):
        address = f"/graphql?query={quote('{ __typename }')}"
        reply = await send(live, "GET", address, origin=EVIL, accept=accept, cookie="session=x")
        assert (reply.status, _grants(reply.headers)) == (200, [])
        assert "Origin" in reply.headers["vary"]


FORMS = {
    "row 37: a multipart mutation": (
        "multipart/form-data; boundary=x",
        '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n'
        + json.dumps({"query": MARKS})
        + '\r\n--x\r\nContent-Disposition: form-data; name="map"\r\n\r\n{}\r\n--x--\r\n',
    ),
    "row 37: a form": ("application/x-www-form-urlencoded", f"query={quote(MARKS)}"),
    "row 37: plain text": ("text/plain", json.dumps({"query": MARKS})),
    "row 37: no type": ("", json.dumps({"query": MARKS})),
}


@pytest.mark.parametrize(("kind", "body"), FORMS.values(), ids=FORMS)
async def test_a_foreign_form_changes_nothing(live: Live, kind: str, body: str) -> None:
    """Whatever a page may send without asking first is not taken, with cookies or, as no page could, with a token."""
    phone = await live.phone("lin")
    unread = (await home(phone, "KNOWN"))["notifications"]["unreadCount"]
    for headers in ({"cookie": f"authorization={phone.bearer}"}, {"authorization": f"Bearer {phone.bearer}"}):
        reply = await send(live, "POST", "/graphql", body.encode(), content_type=kind, origin=EVIL, **headers)
        assert (reply.status, "data" in reply.json, _grants(reply.headers)) == (415, False, [])
    assert (await home(phone, "KNOWN"))["notifications"]["unreadCount"] == unread


async def test_a_cookie_is_nobody(live: Live) -> None:
    """Only the header of a request says who asks: a browser never adds it by itself."""
    phone = await live.phone("lin")
    reply = await ask(live, "{ viewer { displayName } }", cookie=f"authorization=Bearer {phone.bearer}; token=x")
    assert reply.codes == ["UNAUTHENTICATED"]


@pytest.mark.parametrize("path", ["/graphql", "/status", "/health/live", "/metrics", "/nothing", "/graphiql/start.js"])
async def test_what_browsers_are_told(live: Live, path: str) -> None:
    """Take nothing for something else, show it in no frame, and tell nobody where you were."""
    headers = (await send(live, "GET", path, accept="text/html")).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


MARK = "marker440106199203179941"


async def test_nothing_of_a_document_is_logged(live: Live) -> None:
    """Neither literals nor variables, nor what stands in an address or a header: whatever becomes of the request."""
    phone = await live.phone("lin")
    documents = [
        f'{{ case(id: "{MARK}") {{ id }} }}',
        f'{{ case(id: "{MARK}" ',
        f"{{ {MARK} }}",
        f'mutation {{ registerDevice(input: {{channel: FCM, token: "{MARK} "}}) {{ errors {{ message }} }} }}',
        f'query ($x: Int = "{MARK}") {{ viewer {{ displayName }} }}',
        f"query {MARK} {{ viewer {{ displayName }} }}",
    ]
    for document in documents:
        for bearer in ("", MARK, phone.bearer):
            variables = {"x": MARK, MARK: MARK}
            await ask(live, document, variables, bearer, user_agent=MARK, accept_language=MARK, x_request_id=f"{MARK}/")
            await send(live, "GET", f"/graphql?query={quote(document)}&{MARK}={MARK}", referer=MARK)
            async with streamed(live, bearer, document) as stream:
                await stream.answer.read()
        async with greeted(live, phone) as socket:
            await socket.say(type="subscribe", id=MARK, payload={"query": document, "operationName": MARK})
            await socket.hears()
            await socket.say(type=MARK)
    await send(live, "POST", "/graphql", MARK.encode(), content_type="application/json")
    await send(live, "GET", f"/{MARK}")
    log = live.service.log.read_text()
    assert '"message": "request"' in log or '"message":"request"' in log
    assert MARK not in log


def _grants(headers: aiohttp.typedefs.LooseHeaders) -> list[str]:
    return [name for name in dict(headers) if name.lower().startswith("access-control-")]
