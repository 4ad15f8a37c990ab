"""When a delivery is due again, and when it is given up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.delivery import AttemptOutcome, DeliveryState, Outcome
from domain.times import DAY, HOUR, MINUTE, SECOND, Micros
from notifications.retry import LONGEST, MOST_UNKNOWN, SHORTEST, backoff, named_pause, next_step
from notifications.rules import MOST_ATTEMPTS, Reason
from tests.unit.notifications.samples import NOW, delivery

jitters = st.floats(0, 1)
pauses = st.none() | st.integers(0, 2 * DAY)
again = st.sampled_from([AttemptOutcome.LATER, AttemptOutcome.UNKNOWN])


@given(number=st.integers(1, 10_000), jitter=jitters)
def test_backoff_grows_to_an_hour_and_no_further(number: int, jitter: float) -> None:
    """The pause after attempt n is at most min(1 h, 5 s · 2ⁿ⁻¹), scaled by chance, and never under a second."""
    assert SECOND <= backoff(number, jitter) <= min(LONGEST, SHORTEST * 2 ** (number - 1))


@given(
    kind=again,
    number=st.integers(1, 60),
    pause=pauses,
    unknown=st.integers(0, 4),
    left=st.integers(0, 8 * DAY),
    jitter=jitters,
)
def test_due_again_after_the_named_pause_and_before_expiry(
    kind: AttemptOutcome, number: int, pause: Micros | None, unknown: int, left: Micros, jitter: float
) -> None:
    """Not before Retry-After, never at or after expiry, and within an hour unless told otherwise."""
    one = delivery(expires=NOW + left)
    step = next_step(one, number, Outcome(kind, "x", retry_after=pause), unknown, NOW, jitter)
    if step.state is DeliveryState.DUE:
        assert NOW + max(pause or 0, SECOND) <= step.due < one.expires
        assert step.due <= NOW + max(pause or 0, LONGEST)
        assert number < MOST_ATTEMPTS
        assert unknown < MOST_UNKNOWN
    else:
        assert step.state is DeliveryState.FAILED
        assert step.reason in set(Reason)


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        (AttemptOutcome.ACCEPTED, DeliveryState.DONE),
        (AttemptOutcome.DEAD_TOKEN, DeliveryState.FAILED),
        (AttemptOutcome.REFUSED, DeliveryState.FAILED),
        (AttemptOutcome.LATER, DeliveryState.DUE),
        (AttemptOutcome.UNKNOWN, DeliveryState.DUE),
    ],
)
def test_each_outcome_has_one_consequence(kind: AttemptOutcome, state: DeliveryState) -> None:
    """The closed list of outcomes, each with what it does to a young delivery."""
    step = next_step(delivery(), 1, Outcome(kind, "word"), 1, NOW, 0.5)
    assert (step.state, step.reason) == (state, "word")


def test_expiry_wins_over_every_other_reason() -> None:
    """What is to be tried again only after its end has expired, whatever else could be said of it."""
    one = delivery(expires=NOW + MINUTE)
    step = next_step(one, MOST_ATTEMPTS, Outcome(AttemptOutcome.LATER, "quota", retry_after=HOUR), 9, NOW, 1)
    assert (step.state, step.reason) == (DeliveryState.FAILED, Reason.EXPIRED)


def test_unknown_outcomes_are_few() -> None:
    """What may have arrived is repeated a few times and not until it expires."""
    steps = [
        next_step(delivery(), number, Outcome(AttemptOutcome.UNKNOWN), number, NOW, 0.5)
        for number in range(1, MOST_UNKNOWN + 1)
    ]
    assert [step.state for step in steps] == [DeliveryState.DUE] * (MOST_UNKNOWN - 1) + [DeliveryState.FAILED]
    assert steps[-1].reason == Reason.UNKNOWN_TOO_OFTEN


def test_an_outage_of_a_day_is_outlasted() -> None:
    """With chance at its mean, the attempts allowed reach over more than a day."""
    assert sum(backoff(number, 0.5) for number in range(1, MOST_ATTEMPTS)) > 20 * HOUR


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("0", 0),
        (" 7 ", 7 * SECOND),
        ("86401", DAY),
        ("9" * 5000, DAY),
        ("Mon, 21 Sep 2026 14:14:20 GMT", MINUTE),
        ("Mon, 21 Sep 2026 14:14:20 -0000", MINUTE),
        ("Mon, 21 Sep 2026 14:00:00 GMT", 0),
        ("Mon, 21 Sep 2099 14:00:00 GMT", DAY),
    ],
)
def test_retry_after_in_both_forms(header: str, pause: Micros) -> None:
    """Seconds and HTTP dates are read; a past date is no pause and none is longer than a day."""
    assert named_pause(header, 1_790_000_000 * SECOND) == pause


@pytest.mark.parametrize("header", [None, "", "soon", "-5", "1.5", "１２", "Mon, 99 Sep 2026", "\x00"])
def test_no_retry_after(header: str | None) -> None:
    """What names no pause is None, and is never an error."""
    assert named_pause(header, NOW) is None


@given(st.text(max_size=60))
def test_any_header_is_survived(header: str) -> None:
    """A provider may write anything."""
    pause = named_pause(header, NOW)
    assert pause is None or 0 <= pause <= DAY
