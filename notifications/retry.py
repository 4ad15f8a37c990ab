"""What follows from the outcome of an attempt: done, failed, or due again and when."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from domain.delivery import AttemptOutcome, Delivery, DeliveryState, Outcome
from domain.times import DAY, HOUR, SECOND, Micros, micros
from notifications.rules import MOST_ATTEMPTS, Reason

SHORTEST: Micros = 5 * SECOND
LONGEST: Micros = HOUR

MOST_UNKNOWN = 3
"""Attempts whose outcome nobody knows. Each may have reached the phone: its tag makes a repetition replace the first,
yet the phone may sound again, so there are few."""


@dataclass(frozen=True, slots=True)
class Next:
    """What becomes of a delivery. `due` matters while it is DUE; `reason` is a word for the operator."""

    state: DeliveryState
    due: Micros
    reason: str


def backoff(number: int, jitter: float) -> Micros:
    """The pause after attempt `number` (from 1): anything up to 5 s, 10 s, 20 s … 1 h, as `jitter` of [0, 1] falls."""
    longest = min(LONGEST, SHORTEST << min(number - 1, 20))
    return max(SECOND, int(longest * jitter))


def next_step(delivery: Delivery, number: int, outcome: Outcome, unknown: int, now: Micros, jitter: float) -> Next:
    """What follows from `outcome` of attempt `number`. `unknown`: how many attempts ended so, this one included."""
    match outcome.kind:
        case AttemptOutcome.ACCEPTED:
            return Next(DeliveryState.DONE, 0, outcome.code)
        case AttemptOutcome.DEAD_TOKEN | AttemptOutcome.REFUSED:
            return Next(DeliveryState.FAILED, 0, outcome.code)
    due = now + max(outcome.retry_after or 0, backoff(number, jitter))
    if given_up := _given_up(delivery, number, unknown, due):
        return Next(DeliveryState.FAILED, 0, given_up.value)
    return Next(DeliveryState.DUE, due, outcome.code)


def _given_up(delivery: Delivery, number: int, unknown: int, due: Micros) -> Reason | None:
    if due >= delivery.expires:
        return Reason.EXPIRED
    if unknown >= MOST_UNKNOWN:
        return Reason.UNKNOWN_TOO_OFTEN
    return Reason.ATTEMPTS_USED_UP if number >= MOST_ATTEMPTS else None


def named_pause(retry_after: str | None, now: Micros) -> Micros | None:
    """The pause that an HTTP Retry-After header names, a day at most; None if it names none.

    RFC 9110, 10.2.3: seconds or a date.
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return DAY if len(text) > 9 else min(int(text) * SECOND, DAY)
    try:
        at = parsedate_to_datetime(text)
        pause = micros(at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    except (ValueError, OverflowError):
        return None
    return max(0, min(pause, DAY))
