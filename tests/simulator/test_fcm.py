"""The real firebase-admin, and requests made by hand, against the FCM double."""

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import firebase_admin
import google.oauth2.service_account
import pytest
from firebase_admin import credentials, exceptions, messaging
from google.auth.transport.requests import Request

from simulator.fcm.google import ServiceAccount

# firebase-admin 7.7 would rather have an installation id (fid); phones have tokens
pytestmark = pytest.mark.filterwarnings("ignore:Message.token is deprecated:DeprecationWarning")

Send = Callable[..., Any]


@pytest.fixture
def elsewhere() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own: firebase-admin blocks its loop while it renews its access token."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
async def send(
    world: Any, monkeypatch: pytest.MonkeyPatch, elsewhere: asyncio.AbstractEventLoop
) -> AsyncIterator[Send]:
    """Send one message with firebase-admin; its id, or the exception raised.

    By the async client, since the other sleeps as long as Retry-After says.
    """
    url = world.fcm.port.url + "/v1/projects/{0}/messages:send"
    monkeypatch.setattr(messaging._MessagingService, "FCM_URL", url)
    certificate = credentials.Certificate(world.addresses()["service_account"])
    app = firebase_admin.initialize_app(certificate, {"httpTimeout": 3}, name=world.fcm.port.url)

    async def send(token: str = "phone", **message: Any) -> str:
        sending = messaging.send_each_async([messaging.Message(token=token, **message)], app=app)
        batch = await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(sending, elsewhere))
        if batch.responses[0].exception:
            raise batch.responses[0].exception
        return str(batch.responses[0].message_id)

    yield send
    await asyncio.to_thread(firebase_admin.delete_app, app)


@pytest.fixture
async def bearer(world: Any) -> str:
    """An access token got by Google's own library."""
    path = world.addresses()["service_account"]
    account = google.oauth2.service_account.Credentials.from_service_account_file(
        path, scopes=["https://www.googleapis.com/auth/firebase.messaging"]
    )
    await asyncio.to_thread(account.refresh, Request())
    return str(account.token)


@pytest.fixture
def by_hand(world: Any, http: aiohttp.ClientSession, bearer: str) -> Send:
    """Post a body; status and answer."""

    async def by_hand(body: Any, project: str = "tongban-simulator", **changed: str) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {bearer}", "X-GOOG-API-FORMAT-VERSION": "2"} | changed
        url = f"{world.fcm.port.url}/v1/projects/{project}/messages:send"
        async with http.post(url, json=body, headers=headers) as answer:
            return answer.status, await answer.json()

    return by_hand


async def test_a_message_arrives(send: Send, tell: Any) -> None:
    """A full message by firebase-admin is accepted by name and found on its phone, with the time it came."""
    name = await send(
        data={"n": "1"},
        android=messaging.AndroidConfig(
            ttl=timedelta(hours=1), collapse_key="c", priority="high",
            notification=messaging.AndroidNotification(title_loc_key="t", body_loc_key="b", tag="x"),
        ),
        apns=messaging.APNSConfig(
            headers={"apns-collapse-id": "c"},
            payload=messaging.APNSPayload(aps=messaging.Aps(
                alert=messaging.ApsAlert(title_loc_key="t", loc_key="b"), badge=1, mutable_content=True,
            )),
        ),
        webpush=messaging.WebpushConfig(headers={"TTL": "3600", "Urgency": "high"}),
        fcm_options=messaging.FCMOptions(analytics_label="label"),
    )  # fmt: skip
    (received,) = await tell.get("/phones/phone")
    assert name == f"projects/tongban-simulator/messages/{received['id']}"
    assert abs(received["at"] - time.time()) < 5
    assert (received["message"]["data"], received["message"]["android"]["ttl"]) == ({"n": "1"}, "3600s")
    assert await tell.get("/phones") == {"phone": 1}
    counted = await tell.get("/fcm")
    assert (counted["sends"], counted["tokens_issued"]) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("UNREGISTERED", messaging.UnregisteredError),
        ("QUOTA_EXCEEDED", messaging.QuotaExceededError),
        ("SENDER_ID_MISMATCH", messaging.SenderIdMismatchError),
        ("THIRD_PARTY_AUTH_ERROR", messaging.ThirdPartyAuthError),
        ("BAD_GATEWAY", exceptions.UnknownError),
    ],
)
async def test_answers_on_demand(send: Send, tell: Any, answer: str, expected: type[Exception]) -> None:
    """Each answer is the exception that firebase-admin has for it, Retry-After can be read, nothing arrives."""
    await tell.post("/fcm", answer=answer, retry_after=77)
    with pytest.raises(expected) as raised:
        await send()
    assert raised.value.http_response.headers["retry-after"] == "77"  # type: ignore[attr-defined]
    assert await tell.get("/phones/phone") == []
    await tell.post("/fcm", answer=None)
    assert await send()


async def test_server_errors_have_google_s_shape(by_hand: Send, tell: Any) -> None:
    """UNAVAILABLE and INTERNAL carry status and FcmError as Google writes them (the library would retry for 7 s)."""
    for answer, status in (("UNAVAILABLE", 503), ("INTERNAL", 500)):
        await tell.post("/fcm", answer=answer, times=1)
        got, body = await by_hand({"message": {"token": "t"}})
        assert (got, body["error"]["status"]) == (status, answer)
        assert body["error"]["details"][0]["errorCode"] == answer


async def test_a_rule_for_one_phone_wears_out(by_hand: Send, tell: Any) -> None:
    """A rule with a token concerns that phone only, goes before the general one, and lasts `times`."""
    await tell.post("/fcm", answer="INTERNAL")
    await tell.post("/fcm", token="gone", answer="UNREGISTERED", times=2)
    statuses = [(await by_hand({"message": {"token": token}}))[0] for token in ("gone", "other", "gone", "gone")]
    assert statuses == [404, 500, 404, 500]


async def test_drop_keeps_the_message_and_hangs_up(by_hand: Send, tell: Any) -> None:
    """DROP is an unknown outcome: no answer, and yet the phone has it."""
    await tell.post("/fcm", answer="DROP", times=1)
    with pytest.raises(aiohttp.ClientError):
        await by_hand({"message": {"token": "phone"}})
    assert len(await tell.get("/phones/phone")) == 1


async def test_hang_keeps_nothing(by_hand: Send, tell: Any) -> None:
    """HANG answers nothing for so many seconds, then hangs up, and nothing arrived."""
    await tell.post("/fcm", answer="HANG", seconds=0.2, times=1)
    started = time.monotonic()
    with pytest.raises(aiohttp.ClientError):
        await by_hand({"message": {"token": "phone"}})
    assert time.monotonic() - started >= 0.2
    assert await tell.get("/phones") == {}


async def test_strangers_are_refused(by_hand: Send) -> None:
    """A bad bearer is 401, another project 403, a missing format version 400, in Google's shape."""
    message = {"message": {"token": "t"}}
    status, body = await by_hand(message, Authorization="Bearer no")
    assert (status, body["error"]["status"], "details" in body["error"]) == (401, "UNAUTHENTICATED", False)
    status, body = await by_hand(message, project="another")
    assert (status, body["error"]["status"]) == (403, "PERMISSION_DENIED")
    for header in ({"X-GOOG-API-FORMAT-VERSION": "1"}, {"Content-Type": "text/plain"}):
        assert (await by_hand(message, **header))[0] == 400


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ({"token": "t", "data": {"n": 1}}, "message.data.n"),
        ({"token": "t", "data": {"google.x": "1"}}, "message.data.google.x"),
        ({"token": "t", "android": {"ttl": "1h"}}, "message.android.ttl"),
        ({"token": "t", "android": {"notification": {"tittle": "x"}}}, "message.android.notification.tittle"),
        ({"token": "t", "android": {"priority": "urgent"}}, "message.android.priority"),
        ({"token": "t", "apns": {"headers": {"apns-priority": 10}}}, "message.apns.headers.apns-priority"),
        ({"token": "t", "to": "x"}, "message.to"),
        ({"data": {}}, "message.token"),
        ({"token": "t", "fid": "f"}, "message.token"),
        ({"token": "t", "data": {"x": "长" * 1400}}, "message"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_a_wrong_message_is_refused(by_hand: Send, tell: Any, message: Any, field: str) -> None:
    """What is no Message is 400 INVALID_ARGUMENT with FcmError and the field it is about."""
    status, body = await by_hand({"message": message})
    assert (status, body["error"]["status"]) == (400, "INVALID_ARGUMENT")
    fcm, violation = body["error"]["details"]
    assert (fcm["@type"], fcm["errorCode"]) == (
        "type.googleapis.com/google.firebase.fcm.v1.FcmError", "INVALID_ARGUMENT")  # fmt: skip
    assert violation["fieldViolations"][0]["field"] == field
    assert await tell.get("/phones") == {}


async def test_a_trial_is_not_kept(by_hand: Send, tell: Any) -> None:
    """With validate_only a message is checked, accepted and not delivered; both spellings of a name will do."""
    assert (await by_hand({"message": {"token": "t", "android": {"collapseKey": "c"}}, "validateOnly": True}))[0] == 200
    assert (await by_hand({"message": {"token": "t", "x": 1}, "validate_only": True}))[0] == 400
    assert await tell.get("/phones") == {}


async def test_an_installation_id_names_a_phone_too(by_hand: Send, tell: Any) -> None:
    """A message to a `fid`, as firebase-admin 7.7 prefers, arrives like one to a token."""
    assert (await by_hand({"message": {"fid": "installation"}}))[0] == 200
    assert await tell.get("/phones") == {"installation": 1}


async def test_the_token_endpoint_checks_its_assertion(world: Any, http: aiohttp.ClientSession, bearer: str) -> None:
    """Without a soundly signed assertion there is no access token."""
    for form in ({}, {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a.b.c"}):
        async with http.post(world.fcm.port.url + "/token", data=form) as answer:
            assert answer.status == 400
            assert "error" in await answer.json()


async def test_the_scope_must_be_messaging(world: Any) -> None:
    """An assertion for another scope is refused."""
    account = google.oauth2.service_account.Credentials.from_service_account_file(
        world.addresses()["service_account"], scopes=["https://www.googleapis.com/auth/drive"]
    )
    with pytest.raises(google.auth.exceptions.RefreshError, match="scope"):
        await asyncio.to_thread(account.refresh, Request())


async def test_a_slow_or_failing_token_endpoint(send: Send, tell: Any) -> None:
    """token_delay_s delays the access token; token_error refuses it, and firebase-admin cannot send."""
    await tell.post("/fcm", token_error="invalid_grant")
    with pytest.raises((exceptions.FirebaseError, google.auth.exceptions.RefreshError)):
        await send()
    await tell.post("/fcm", token_error=None, token_delay_s=0.3)
    started = time.monotonic()
    await send()
    assert time.monotonic() - started >= 0.3


def test_the_account_is_for_its_owner_only(tmp_path: Path) -> None:
    """The service account file has mode 600 and names the token endpoint it was written for."""
    path = ServiceAccount().write(tmp_path / "new", "http://127.0.0.1:1/token")
    assert path.stat().st_mode & 0o777 == 0o600
    assert json.loads(path.read_text())["token_uri"] == "http://127.0.0.1:1/token"
