"""What each of the library's errors means for a delivery, in one table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
from firebase_admin import exceptions, messaging
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError

from domain.delivery import AttemptOutcome, Outcome
from domain.times import MINUTE, Micros
from notifications.channel import CREDENTIALS, QUOTA
from notifications.retry import named_pause

_A_PERSON_MUST_ACT: Micros = 15 * MINUTE
_REPEATED = (AttemptOutcome.LATER, AttemptOutcome.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Verdict:
    """An outcome's kind and code; the pause where the answer names none; whether a person must be told."""

    kind: AttemptOutcome
    code: str
    pause: Micros | None = None
    alarm: bool = False


TABLE: dict[type[Exception], Verdict] = {
    # FCM's own words
    messaging.UnregisteredError: Verdict(AttemptOutcome.DEAD_TOKEN, "unregistered"),
    messaging.SenderIdMismatchError: Verdict(AttemptOutcome.DEAD_TOKEN, "sender-id-mismatch", alarm=True),
    messaging.ThirdPartyAuthError: Verdict(AttemptOutcome.LATER, "third-party-auth", _A_PERSON_MUST_ACT, alarm=True),
    messaging.QuotaExceededError: Verdict(AttemptOutcome.LATER, QUOTA, MINUTE),
    # Google's words
    exceptions.ResourceExhaustedError: Verdict(AttemptOutcome.LATER, QUOTA, MINUTE),
    exceptions.UnavailableError: Verdict(AttemptOutcome.LATER, "unavailable"),
    exceptions.InternalError: Verdict(AttemptOutcome.LATER, "internal"),
    exceptions.AbortedError: Verdict(AttemptOutcome.LATER, "aborted"),
    exceptions.ConflictError: Verdict(AttemptOutcome.LATER, "conflict"),
    exceptions.InvalidArgumentError: Verdict(AttemptOutcome.REFUSED, "invalid-argument", alarm=True),
    exceptions.OutOfRangeError: Verdict(AttemptOutcome.REFUSED, "out-of-range", alarm=True),
    exceptions.FailedPreconditionError: Verdict(AttemptOutcome.REFUSED, "failed-precondition", alarm=True),
    exceptions.AlreadyExistsError: Verdict(AttemptOutcome.REFUSED, "already-exists"),
    # The project or its account is wrong, not the token: only UnregisteredError says that of a token.
    exceptions.NotFoundError: Verdict(AttemptOutcome.LATER, CREDENTIALS, _A_PERSON_MUST_ACT, alarm=True),
    exceptions.PermissionDeniedError: Verdict(AttemptOutcome.LATER, CREDENTIALS, _A_PERSON_MUST_ACT, alarm=True),
    # The token ran out or was withdrawn: the next send gets a new one.
    exceptions.UnauthenticatedError: Verdict(AttemptOutcome.LATER, "unauthenticated"),
    # It may have been delivered.
    exceptions.DeadlineExceededError: Verdict(AttemptOutcome.UNKNOWN, "timeout"),
    exceptions.CancelledError: Verdict(AttemptOutcome.UNKNOWN, "cancelled"),
    exceptions.DataLossError: Verdict(AttemptOutcome.UNKNOWN, "data-loss"),
    exceptions.UnknownError: Verdict(AttemptOutcome.UNKNOWN, "unknown"),
    exceptions.FirebaseError: Verdict(AttemptOutcome.UNKNOWN, "unknown"),
    TimeoutError: Verdict(AttemptOutcome.UNKNOWN, "timeout"),
    # Nothing was sent.
    TransportError: Verdict(AttemptOutcome.LATER, "unreachable"),
    RefreshError: Verdict(AttemptOutcome.LATER, CREDENTIALS, _A_PERSON_MUST_ACT, alarm=True),
    GoogleAuthError: Verdict(AttemptOutcome.LATER, CREDENTIALS, _A_PERSON_MUST_ACT, alarm=True),
    ValueError: Verdict(AttemptOutcome.REFUSED, "malformed", alarm=True),
}
"""Every error class a send can end with; a class that is not here counts as its nearest parent."""

EXPECTED = (exceptions.FirebaseError, GoogleAuthError, TimeoutError, ValueError)
"""What `outcome_of` understands."""


def outcome_of(error: Exception, now: Micros) -> tuple[Outcome, bool]:
    """The outcome that an error of EXPECTED stands for, and whether a person must be told."""
    verdict = _closer(error) or next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    pause = _pause(error, verdict, now) if verdict.kind in _REPEATED else None
    return Outcome(verdict.kind, verdict.code, retry_after=pause), verdict.alarm


def _pause(error: Exception, verdict: Verdict, now: Micros) -> Micros | None:
    response = getattr(error, "http_response", None)
    named = named_pause(response.headers.get("Retry-After"), now) if response is not None else None
    return verdict.pause if named is None else named


def _closer(error: Exception) -> Verdict | None:
    """What the class alone does not say."""
    return next((verdict for holds, verdict in _CLOSER if holds(error)), None)


def _never_sent(error: Exception) -> bool:
    cause = getattr(error, "cause", None)
    return isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol)


def _token_endpoint_down(error: Exception) -> bool:
    return isinstance(error, RefreshError) and error.retryable


def _blames_the_token(error: Exception) -> bool:
    """Google names the fields it refuses. Only if the token is the only one is the token, not our message, at fault."""
    if not isinstance(error, exceptions.InvalidArgumentError):
        return False
    violations = [
        violation
        for detail in _objects((_google_error(error) or {}).get("details"))
        if str(detail.get("@type", "")).endswith("google.rpc.BadRequest")
        for violation in _objects(detail.get("fieldViolations"))
    ]
    return bool(violations) and all(violation.get("field") == "message.token" for violation in violations)


def _foreign_refusal(error: Exception) -> bool:
    return _is_foreign(error) and _status(error) < 500


def _foreign_failure(error: Exception) -> bool:
    return _is_foreign(error) and _status(error) >= 500


def _is_foreign(error: Exception) -> bool:
    """Something between us and FCM answered in its place: a proxy's page, not Google's error."""
    return getattr(error, "http_response", None) is not None and _google_error(error) is None


def _status(error: Exception) -> int:
    return int(error.http_response.status_code)  # type: ignore[attr-defined]


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _google_error(error: Exception) -> dict[str, Any] | None:
    response = getattr(error, "http_response", None)
    try:
        body = response.json() if response is not None else None
    except ValueError:
        return None
    found = body.get("error") if isinstance(body, dict) else None
    return found if isinstance(found, dict) else None


_CLOSER: tuple[tuple[Callable[[Exception], bool], Verdict], ...] = (
    (_never_sent, Verdict(AttemptOutcome.LATER, "unreachable")),
    (_token_endpoint_down, Verdict(AttemptOutcome.LATER, "token-unavailable")),
    (_blames_the_token, Verdict(AttemptOutcome.DEAD_TOKEN, "invalid-token")),
    (_foreign_refusal, Verdict(AttemptOutcome.LATER, "foreign-answer", MINUTE)),
    (_foreign_failure, Verdict(AttemptOutcome.UNKNOWN, "foreign-answer")),
)
