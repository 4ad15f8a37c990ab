"""What each error of Google's client means for a delivery."""

import inspect
import json
from typing import Any

import httpx
import pytest
from firebase_admin import exceptions, messaging
from google.auth.exceptions import RefreshError, TransportError

from domain.delivery import AttemptOutcome, Outcome
from domain.times import DAY, MINUTE, SECOND
from notifications.channel import CREDENTIALS, QUOTA, STOPPING
from notifications.channels.fcm.errors import EXPECTED, TABLE, outcome_of
from tests.unit.notifications.samples import NOW

ERRORS = [
    kind
    for module in (exceptions, messaging)
    for _, kind in inspect.getmembers(module, inspect.isclass)
    if issubclass(kind, exceptions.FirebaseError)
]

FCM = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


def answer(status: int, *details: dict[str, Any], **headers: str) -> httpx.Response:
    """Google's error answer."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json={"error": {"code": status, "details": list(details)}}, headers=names)


def refusing(*fields: str) -> exceptions.FirebaseError:
    """400, naming the fields at fault."""
    violations = {"@type": BAD_REQUEST, "fieldViolations": [{"field": field} for field in fields]}
    response = answer(400, {"@type": FCM, "errorCode": "INVALID_ARGUMENT"}, violations)
    return exceptions.InvalidArgumentError("no", http_response=response)


def outcome(error: Exception) -> Outcome:
    return outcome_of(error, NOW)[0]


def test_the_table_is_complete() -> None:
    """Every error class of firebase_admin, those of later versions too, has its line in the table."""
    assert len(ERRORS) > 20
    assert {kind.__name__ for kind in ERRORS if kind not in TABLE} == set()


def test_the_table_holds_nothing_else() -> None:
    """Every line of the table is about an error that is caught."""
    assert all(issubclass(kind, EXPECTED) for kind in TABLE)


def test_codes_fit_their_column() -> None:
    """Every code can be written as a delivery's reason."""
    assert all(verdict.code and len(verdict.code) <= 32 for verdict in TABLE.values())


def test_only_two_errors_kill_a_token() -> None:
    """A phone is forgotten only where FCM says of the token itself that it is dead."""
    dead = {kind for kind, verdict in TABLE.items() if verdict.kind is AttemptOutcome.DEAD_TOKEN}
    assert dead == {messaging.UnregisteredError, messaging.SenderIdMismatchError}


def test_a_404_without_fcms_word_kills_no_token() -> None:
    """A wrong project or address answers 404 to everything; every phone would be lost."""
    found = outcome(exceptions.NotFoundError("no such project", http_response=answer(404)))
    assert (found.kind, found.code) == (AttemptOutcome.LATER, CREDENTIALS)


def test_a_refused_token_is_dead_only_if_it_alone_is_at_fault() -> None:
    """400 means that our message is wrong, unless the one field named is the token."""
    assert outcome(refusing("message.token")).kind is AttemptOutcome.DEAD_TOKEN
    assert outcome(refusing()).kind is AttemptOutcome.REFUSED
    assert outcome(refusing("message.android.ttl")).kind is AttemptOutcome.REFUSED
    assert outcome(refusing("message.token", "message.android.ttl")).kind is AttemptOutcome.REFUSED


def test_a_wrong_message_is_refused_before_it_is_sent() -> None:
    """What the library's own check refuses is our defect: no phone is lost for it, and a person is told."""
    assert outcome_of(ValueError("bad"), NOW) == (Outcome(AttemptOutcome.REFUSED, "malformed"), True)


@pytest.mark.parametrize("cause", [httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout])
@pytest.mark.parametrize("kind", [exceptions.UnavailableError, exceptions.DeadlineExceededError])
def test_what_never_left_is_tried_again_later(cause: type[Exception], kind: type[Exception]) -> None:
    """A connection that was never made delivered nothing: it does not count as unknown."""
    found = outcome(kind("x", cause=cause("x")))  # type: ignore[call-arg]
    assert (found.kind, found.code) == (AttemptOutcome.LATER, "unreachable")


@pytest.mark.parametrize("cause", [httpx.ReadTimeout, httpx.WriteError, httpx.ReadError, httpx.RemoteProtocolError])
def test_what_broke_on_the_way_is_unknown(cause: type[Exception]) -> None:
    """After the first byte left, the message may have been taken."""
    assert outcome(exceptions.UnknownError("x", cause=cause("x"))).kind is AttemptOutcome.UNKNOWN


def test_a_proxys_failure_is_unknown() -> None:
    """HTML with 5xx comes from something in between, and what stood behind it may have taken the message."""
    page = httpx.Response(503, html="<h1>503</h1>")
    found = outcome(exceptions.UnavailableError("x", http_response=page))
    assert (found.kind, found.code) == (AttemptOutcome.UNKNOWN, "foreign-answer")


@pytest.mark.parametrize("kind", [exceptions.InvalidArgumentError, exceptions.NotFoundError])
def test_a_proxys_refusal_loses_nothing(kind: type[Exception]) -> None:
    """HTML with 4xx did not reach FCM: it neither fails the delivery nor kills the token."""
    page = httpx.Response(404, html="<h1>404</h1>")
    found = outcome(kind("x", http_response=page))  # type: ignore[call-arg]
    assert (found.kind, found.code) == (AttemptOutcome.LATER, "foreign-answer")


@pytest.mark.parametrize("body", [b"[]", b"null", b'{"error": "no"}', b"\xff", b"", b'{"error": {"details": null}}'])
def test_any_body_is_survived(body: bytes) -> None:
    """Whatever an error answer holds, it becomes an outcome."""
    response = httpx.Response(400, content=body)
    assert outcome(exceptions.InvalidArgumentError("x", http_response=response)).kind in set(AttemptOutcome)


@pytest.mark.parametrize("details", [[None], ["x"], [{"@type": BAD_REQUEST, "fieldViolations": [1]}], {"a": 1}, "x"])
def test_any_details_are_survived(details: Any) -> None:
    """Details of a shape that Google does not document are no details."""
    body = json.dumps({"error": {"details": details}})
    response = httpx.Response(400, content=body)
    assert outcome(exceptions.InvalidArgumentError("x", http_response=response)).kind is AttemptOutcome.REFUSED


def test_quota_waits_a_minute_unless_told() -> None:
    """429 without Retry-After waits the minute that FCM counts by; with it, as long as it says, a day at most."""
    assert outcome(messaging.QuotaExceededError("x", http_response=answer(429))).retry_after == MINUTE
    told = messaging.QuotaExceededError("x", http_response=answer(429, retry_after="7"))
    assert outcome(told) == Outcome(AttemptOutcome.LATER, QUOTA, retry_after=7 * SECOND)
    absurd = messaging.QuotaExceededError("x", http_response=answer(429, retry_after="99999999"))
    assert outcome(absurd).retry_after == DAY


def test_what_needs_a_person_is_told() -> None:
    """A wrong project, a bad APNs key and refused credentials raise an alarm, and are not tried again at once."""
    mismatch = outcome_of(messaging.SenderIdMismatchError("x", http_response=answer(403)), NOW)
    assert mismatch == (Outcome(AttemptOutcome.DEAD_TOKEN, "sender-id-mismatch"), True)
    for error in (messaging.ThirdPartyAuthError("x", http_response=answer(401)), RefreshError("x")):
        found, alarm = outcome_of(error, NOW)
        assert alarm
        assert found.kind is AttemptOutcome.LATER
        assert (found.retry_after or 0) >= 10 * MINUTE


def test_a_bad_apns_key_stops_no_android_phone() -> None:
    """THIRD_PARTY_AUTH_ERROR is about one phone's kind; only quota and credentials stop a whole client."""
    assert outcome(messaging.ThirdPartyAuthError("x", http_response=answer(401))).code not in STOPPING
    assert outcome(RefreshError("x")).code in STOPPING


def test_a_token_endpoint_in_trouble_is_no_refusal() -> None:
    """Where no token can be had for now, nothing was sent, nobody is woken, and it is tried again soon."""
    for error in (TransportError("x"), RefreshError("x", retryable=True)):
        found, alarm = outcome_of(error, NOW)
        assert (found.kind, found.retry_after, alarm) == (AttemptOutcome.LATER, None, False)
        assert found.code not in STOPPING
