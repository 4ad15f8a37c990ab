"""Whether, and when, a call that failed is made again."""

import pytest

from integrations.guard.retry import FIRST_S, MOST_RETRIES, SAVED, Retry
from integrations.port import (
    BreakerOpen,
    Drifted,
    Overloaded,
    PlatformTrouble,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unreachable,
)

WORTH_IT = {Unreachable, Overloaded}
TROUBLES = [BreakerOpen, Drifted, Overloaded, RateLimited, Refused, ServerFailed, TimedOut, Unreachable]


@pytest.mark.parametrize("trouble", TROUBLES)
def test_what_is_tried_again(trouble: type[PlatformTrouble]) -> None:
    """What may be over in a moment; not what used the time up, and not what would come again."""
    pause = Retry(lambda: 0.5).pause(trouble("x"), 0, 60)
    assert (pause is not None) == (trouble in WORTH_IT)


def test_the_pause_is_a_matter_of_chance() -> None:
    """Between nothing and twice as much each time, so that those who failed together do not come back together."""
    for chance in (0.0, 0.25, 0.999):
        retry = Retry(lambda chance=chance: chance)  # type: ignore[misc]
        assert [retry.pause(Overloaded("x"), number, 60) for number in range(MOST_RETRIES)] == [
            FIRST_S * chance,
            2 * FIRST_S * chance,
        ]


def test_two_retries_and_no_more() -> None:
    """Whoever waits has other sources to see."""
    assert Retry(lambda: 0.0).pause(Unreachable("x"), MOST_RETRIES, 60) is None


def test_no_pause_into_the_time_limit() -> None:
    """A call that cannot be answered any more costs the platform something and brings nothing, nor is it paid for."""
    retry = Retry(lambda: 0.5)
    assert [retry.pause(Unreachable("x"), 0, left) for left in (0.0, FIRST_S / 2)] == [None, None]
    assert retry.pause(Unreachable("x"), 0, FIRST_S) is not None


def test_a_platform_that_fails_every_call_is_spared() -> None:
    """What was saved up is used, and then every tenth call is made again."""
    retry, made = Retry(lambda: 0.0), 0
    for _ in range(1000):
        retry.budget.earn()
        made += retry.pause(Unreachable("x"), 0, 60) is not None
    assert made == SAVED + 1000 // 10 - 1
