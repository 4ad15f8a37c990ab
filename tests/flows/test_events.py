"""Events from a platform: believed if signed, taken in once, never lost."""

import time
from uuid import uuid4

import pytest

from tests.databases import KINDS
from tests.flows.outside import case_of, figure, home, inbox_of, nodes, only, send, sql
from tests.flows.platform_hand import DOOR, altered, deliver, in_pieces, made, receipt, signed
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")

LARGEST = 256 * 1024
ANCIENT = {"EVENT_TIME": "20200101000000"}


@pytest.fixture(scope="module")
def settings() -> dict[str, str]:
    """While the platform changes its secret: both are live."""
    return {"TONGBAN_PLATFORMS__44__EVENT_SECRETS": "{event_secret},the-next"}


async def test_an_event_is_taken_in_once(live: Live) -> None:
    """A signed event moves the case and makes one notification; sent again it changes nothing, with another body it is
    a conflict."""
    phone, number = await live.phone("lin"), await live.case_at("lin", "approval")
    await home(phone)
    body = await made(live, number, "visit")
    assert receipt(await deliver(live, body)) == (202, "applied")
    (item,) = nodes(await inbox_of(phone, 1))
    case = await case_of(phone, item["caseId"])
    assert (case["number"], case["nextAction"]) == (number, "VISIT")
    assert receipt(await deliver(live, body)) == (202, "duplicate")
    assert receipt(await deliver(live, altered(body, EVENT_TIME="20300101000000"))) == (409, "event-conflict")
    assert await case_of(phone, item["caseId"]) == case
    assert len((await inbox_of(phone, 1))["edges"]) == 1


async def test_only_who_knows_a_secret_is_believed(live: Live) -> None:
    """No signature, a wrong one, and one over another body are refused and change nothing; either live secret is good."""
    phone, number = await live.phone("he"), (await live.world.get("/cases?persona=he"))[0]["case"]
    await home(phone)
    body = await made(live, number, "visit")
    refused = [
        await send(live, "POST", DOOR, body),
        await deliver(live, body, "nobody's"),
        await send(live, "POST", DOOR, body, **signed(live, body + b" ")),
        await send(live, "POST", DOOR, body, **signed(live, body) | {"x_event_time": str(int(time.time()) + 1)}),
        await send(live, "POST", DOOR, body, **signed(live, body) | {"x_event_sign": "é" * 64}),
    ]
    assert [receipt(reply) for reply in refused] == [(401, "signature-wrong")] * len(refused)
    assert (await home(phone, "KNOWN"))["notifications"]["edges"] == []
    assert receipt(await deliver(live, body, "the-next")) == (202, "applied")
    assert len((await inbox_of(phone, 1))["edges"]) == 1


@pytest.mark.parametrize("away", [-310, 310])
async def test_a_stale_signature_must_be_renewed(live: Live, away: int) -> None:
    """A right signature of another hour is refused with that word; the same event signed anew is taken."""
    body = altered(await _any_event(live), EVENT_ID=uuid4().hex)
    assert receipt(await deliver(live, body, at=int(time.time()) + away)) == (401, "signature-expired")
    assert (await deliver(live, body)).status == 202


async def test_not_json(live: Live) -> None:
    """What is signed and is not JSON is refused: it can never be read later."""
    for body in (b"", b"hello", b'{"EVENT_ID": "x"', b"\xff\xfe\x00", b"[" * 100_000):
        assert receipt(await deliver(live, body)) == (400, "not-parsable"), body[:20]


async def test_too_large(live: Live) -> None:
    """An event of more than 256 KiB is refused, whether its length is said or not; one of exactly that size is not."""
    body = b'{"EVENT_ID": "' + b"x" * LARGEST + b'"}'
    assert receipt(await deliver(live, body)) == (413, "too-large")
    assert receipt(await send(live, "POST", DOOR, in_pieces(body), **signed(live, body))) == (413, "too-large")
    fitting = b'{"EVENT_ID": "large"}'.ljust(LARGEST)
    assert receipt(await deliver(live, fitting)) == (202, "quarantined")


async def test_nobody_there(live: Live) -> None:
    """Events for a platform that is not connected find nothing, and only POST is a way to send them."""
    body = await _any_event(live)
    reply = await send(live, "POST", "/platforms/45/events", body, **signed(live, body))
    assert receipt(reply) == (404, "unknown-platform")
    reply = await send(live, "GET", DOOR)
    assert (receipt(reply), reply.headers["allow"]) == ((405, "method-not-allowed"), "POST")


@pytest.mark.parametrize(
    "change",
    [
        {"CASE": {"ACCEPT": {}}},
        {"CASE": None},
        {"APPLYER_ID": "440106199203179999"},
        {"APPLYER_ID_TYPE": "112"},
        {"EVENT_TIME": "yesterday"},
        {"EVENT_TIME": None},
        {"CASE": {"ACCEPT": "none", "RESULT": [{"ROW_ID": "R1", "RESULT_TYPE": "7", "RESULT_DATE": "20260101"}]}},
    ],
    ids=["empty-case", "no-case", "bad-number", "bad-type", "bad-time", "no-time", "unknown-word"],
)
async def test_what_cannot_be_read_is_kept(live: Live, change: dict[str, object]) -> None:
    """A signed event that does not fit the description is accepted and kept: it is known when it comes again."""
    body = altered(await _any_event(live), EVENT_ID=uuid4().hex, **change)
    assert receipt(await deliver(live, body)) == (202, "quarantined")
    assert receipt(await deliver(live, body)) == (202, "duplicate")
    assert receipt(await deliver(live, body + b" ")) == (409, "event-conflict")


@pytest.mark.parametrize("body", [b"null", b"7", b"[]", b"{}", b'{"EVENT_ID": ""}', b'{"EVENT_ID": "\\ud800"}'])
async def test_without_an_id_its_content_is_its_id(live: Live, body: bytes) -> None:
    """JSON without a usable event id is kept too, once for each content."""
    assert receipt(await deliver(live, body)) == (202, "quarantined")
    assert receipt(await deliver(live, body)) == (202, "duplicate")


@only(*KINDS, because="each process counts for itself")
async def test_the_operator_counts_what_is_kept(live: Live) -> None:
    """As many as there are in the database, once each."""
    for _ in range(2):
        await deliver(live, altered(await _any_event(live), EVENT_ID="counted", EVENT_TIME="yesterday"))
    ((kept,),) = await sql(live, "SELECT count(*) FROM platform_event WHERE state = 'quarantined'")
    assert kept > 0
    assert await figure(live, "tongban_events_total", platform="44", receipt="quarantined") == kept


async def test_an_event_waits_for_who_never_signed_in(live: Live) -> None:
    """News of somebody unknown is kept, and is there, once, when they first sign in; the inbox holds no older history."""
    number = await live.case_at("liang", "completion")
    body = await made(live, number, "collected")
    assert receipt(await deliver(live, body)) == (202, "unlinked")
    assert receipt(await deliver(live, body)) == (202, "duplicate")
    phone = await live.phone("liang")
    (item,) = nodes((await home(phone))["notifications"])
    assert item["kind"] == "COLLECTED"
    viewer = await home(phone)
    assert [one["id"] for one in nodes(viewer["notifications"])] == [item["id"]]
    assert [case["number"] for case in nodes(viewer["cases"])] == [number]


async def test_an_old_event_is_a_baseline(live: Live) -> None:
    """What happened more than three days before the first sign-in is seen in the list and told to nobody."""
    number = await live.case_at("chen", "completion")
    body = altered(await made(live, number, "reopened"), **ANCIENT)
    assert receipt(await deliver(live, body)) == (202, "unlinked")
    viewer = await home(await live.phone("chen"))
    assert viewer["notifications"]["edges"] == []
    assert [case["number"] for case in nodes(viewer["cases"])] == [number]


async def _any_event(live: Live) -> bytes:
    """An event about somebody who never signs in."""
    log = await live.world.get("/events")
    found = [event["body"] for event in log if event["persona"] == "many"]
    return found[0].encode() if found else await made(live, await live.case_at("many", "reception"), "withdrawn")
