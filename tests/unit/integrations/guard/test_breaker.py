"""The breaker of one platform, on a clock of the test's own."""

import pytest

from domain.health import BreakerState
from integrations.guard.breaker import LEAST_CALLS, PROBE_EVERY_S, Breaker, Permit
from integrations.guard.hanging import Hanging
from integrations.guard.limit import Limit

NOW = 1000.0


def closed(timeout_s: float = 1.0, places: int = 32) -> Breaker:
    """Of a platform that, if nothing else is said, can fail ten calls in ten seconds by timeouts."""
    return Breaker(Hanging(timeout_s, Limit(places)))


def let(breaker: Breaker, now: float) -> Permit:
    permit = breaker.permit(now)
    assert permit is not None
    return permit


def opened(now: float = NOW) -> Breaker:
    breaker = closed()
    for _ in range(LEAST_CALLS):
        breaker.failed(let(breaker, now), now)
    assert breaker.is_open
    return breaker


@pytest.mark.parametrize(
    ("answered", "failed", "is_open"),
    [(0, 9, False), (0, 10, True), (5, 5, False), (4, 6, True), (50, 50, False), (50, 51, True)],
)
def test_it_opens_when_more_than_half_of_ten_or_more_calls_failed(answered: int, failed: int, is_open: bool) -> None:
    """And neither at half of them, nor after nine."""
    breaker = closed()
    for _ in range(answered):
        breaker.answered(let(breaker, NOW), NOW)
    opens = [breaker.failed(let(breaker, NOW), NOW) for _ in range(failed)]
    assert (breaker.is_open, opens.count(True), opens[-1]) == (is_open, is_open, is_open)


def test_what_failed_long_ago_does_not_count() -> None:
    """One failure in two seconds is a platform that is asked little, and not one that is down for everybody."""
    breaker = closed()
    for number in range(100):
        assert not breaker.failed(let(breaker, NOW + 2 * number), NOW + 2 * number)


def test_open_it_lets_one_call_through_every_half_minute() -> None:
    """The first half a minute after it opened; as long as that is not answered, others keep out."""
    breaker = opened()
    assert [breaker.permit(NOW + second) for second in (0, 1, PROBE_EVERY_S - 0.1)] == [None] * 3
    assert breaker.shut_for(NOW + 20) == PROBE_EVERY_S - 20
    assert breaker.state is BreakerState.OPEN
    assert let(breaker, NOW + PROBE_EVERY_S).probes
    assert breaker.state is BreakerState.PROBING
    assert breaker.permit(NOW + PROBE_EVERY_S) is None
    assert let(breaker, NOW + 2 * PROBE_EVERY_S).probes


def test_an_answer_to_the_probe_closes_it() -> None:
    """With nothing held against the platform."""
    breaker, later = opened(), NOW + PROBE_EVERY_S
    assert breaker.answered(let(breaker, later), later)
    assert (breaker.state, breaker.shut_for(later)) == (BreakerState.CLOSED, 0.0)
    assert not any(breaker.failed(let(breaker, later), later) for _ in range(LEAST_CALLS - 1))


def test_a_probe_that_fails_leaves_it_open() -> None:
    """And the next comes half a minute after it began."""
    breaker, later = opened(), NOW + PROBE_EVERY_S
    assert not breaker.failed(let(breaker, later), later + 8)
    assert (breaker.state, breaker.permit(later + PROBE_EVERY_S - 1)) == (BreakerState.OPEN, None)
    assert let(breaker, later + PROBE_EVERY_S).probes


def test_a_probe_that_nobody_waits_for_is_nothing() -> None:
    """The next call may probe at once: else a caller who hangs up would keep a platform shut."""
    breaker, later = opened(), NOW + PROBE_EVERY_S
    breaker.let_go(let(breaker, later), later + 1)
    assert breaker.state is BreakerState.OPEN
    assert let(breaker, later + 1).probes


def test_callers_who_hang_up_do_not_open_it() -> None:
    """However many."""
    breaker = closed()
    for _ in range(100):
        breaker.let_go(let(breaker, NOW), NOW)
    assert not breaker.is_open


@pytest.mark.parametrize("answers", [True, False])
def test_what_began_before_it_turned_is_of_another_time(answers: bool) -> None:
    """Calls that hung through an outage and fail after it must not open it anew, nor a late answer close it."""
    breaker = closed()
    old = [let(breaker, NOW) for _ in range(100)]
    for permit in old[:LEAST_CALLS]:
        breaker.failed(permit, NOW)
    later = NOW + PROBE_EVERY_S
    if answers:
        assert not any(breaker.answered(permit, later) for permit in old)
        assert breaker.is_open
    else:
        breaker.answered(let(breaker, later), later)
        assert not any(breaker.failed(permit, later) for permit in old)
        assert not breaker.is_open


def test_a_late_answer_to_an_earlier_probe_closes_it_too() -> None:
    """A platform whose time limit is a minute is probed twice before the first probe ends."""
    breaker = opened()
    first = let(breaker, NOW + PROBE_EVERY_S)
    let(breaker, NOW + 2 * PROBE_EVERY_S)
    assert breaker.answered(first, NOW + 2 * PROBE_EVERY_S + 1)
    assert breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize(
    ("timeout_s", "places", "needed"), [(8.0, 1, 3), (8.0, 2, 6), (8.0, 7, 10), (60.0, 1, 3), (2.0, 1, 3)]
)
def test_a_platform_that_can_only_hang_opens_it_with_fewer_calls(timeout_s: float, places: int, needed: int) -> None:
    """As many as its places let end within three time limits: in ten seconds there are never ten."""
    breaker = closed(timeout_s, places)
    ends = [NOW + timeout_s * (1 + number // places) for number in range(needed)]
    assert [breaker.failed(let(breaker, end), end, timed_out=True) for end in ends] == [False] * (needed - 1) + [True]


def test_what_fails_at_once_needs_ten_calls_also_there() -> None:
    """Such failures come as quickly as the calls."""
    breaker = closed(8.0, 1)
    assert not any(breaker.failed(let(breaker, NOW), NOW) for _ in range(LEAST_CALLS - 1))


def test_a_platform_that_can_fail_ten_calls_in_ten_seconds_needs_them() -> None:
    """By timeouts too."""
    breaker = closed(8.0, 8)
    for number in range(20):
        at = NOW + 2 * number
        assert not breaker.failed(let(breaker, at), at, timed_out=True)


def test_a_slow_platform_that_answers_most_calls_does_not_hang() -> None:
    """Nor does one that answers half of them."""
    breaker = closed(8.0, 1)
    for number in range(20):
        at = NOW + 4 * number
        breaker.answered(let(breaker, at), at)
        assert not breaker.failed(let(breaker, at), at, timed_out=True)


def test_closed_again_it_holds_no_timeout_against_the_platform() -> None:
    """Of those before it opened."""
    breaker = closed(8.0, 1)
    assert [breaker.failed(let(breaker, NOW), NOW, timed_out=True) for _ in range(3)][-1]
    later = NOW + PROBE_EVERY_S
    breaker.answered(let(breaker, later), later)
    assert not any(breaker.failed(let(breaker, later), later, timed_out=True) for _ in range(2))
