"""How platforms are doing: what several processes saw, put together, and the word that people are told."""

import math
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.caller import Locale
from domain.health import (
    SHORTEST_S,
    SLOW_S,
    BreakerState,
    Figures,
    PlatformState,
    Pushed,
    bucket_of,
    health_of,
    state_of,
    status_of,
)
from domain.platform import Absence, PlatformCard

CLOSED, OPEN, PROBING = BreakerState.CLOSED, BreakerState.OPEN, BreakerState.PROBING
TIMES = st.lists(st.floats(0.0, 60.0), max_size=60)
UP_TO = 2**0.25 * 1.0001


def saw(*seconds: float, **more: object) -> Figures:
    """A process that had answers after so many seconds each."""
    return Figures(**{"answers": Counter(map(bucket_of, seconds)), "answered": 100 if seconds else None, **more})  # type: ignore[arg-type]


def shut(opened: int = 200, **more: object) -> Figures:
    """A process whose breaker opened then, after ten calls."""
    return saw(**{"failed": 10, "breaker": OPEN, "opened": opened, **more})


@given(st.lists(TIMES, min_size=1, max_size=5), st.integers(0, 20))
def test_processes_are_one_sample(seen: list[list[float]], failed: int) -> None:
    """p50 and p95 are those of all calls together, as a sorted list of them has them: not of one process, nor a mean."""
    health = health_of([*(saw(*times) for times in seen), saw(failed=failed)])
    together = sorted(seconds for times in seen for seconds in times)
    assert (health.calls, health.failed) == (len(together) + failed, failed)
    for found, share in ((health.p50_s, 0.5), (health.p95_s, 0.95)):
        if not together:
            assert found is None
            continue
        exact = together[math.ceil(share * len(together)) - 1]
        assert found is not None and exact <= found * 1.0001 and found <= max(exact, SHORTEST_S) * UP_TO


def test_a_quick_process_does_not_hide_a_slow_one() -> None:
    """Ninety answers in a tenth of a second and ten in three: the mean of both p95 would be half of the truth."""
    assert health_of([saw(*[0.1] * 90), saw(*[3.0] * 10)]).p95_s == pytest.approx(3.0, rel=0.2)


@pytest.mark.parametrize(
    ("figures", "state"),
    [
        ([], PlatformState.UNKNOWN),
        ([saw(answered=100)], PlatformState.UNKNOWN),
        ([saw(breaker=OPEN, opened=1)], PlatformState.UNKNOWN),
        ([saw(0.1)], PlatformState.OPERATIONAL),
        ([saw(*[0.1] * 9, failed=1)], PlatformState.OPERATIONAL),
        ([saw(*[0.1] * 18, failed=1), saw(failed=1)], PlatformState.FAILING),
        ([saw(*[0.1] * 19, failed=1), saw(failed=1)], PlatformState.OPERATIONAL),
        ([saw(failed=1)], PlatformState.FAILING),
        ([saw(*[0.1] * 10, drifted=2)], PlatformState.FAILING),
        ([saw(0.1, drifted=1)], PlatformState.FAILING),
        ([saw(*[0.1] * 30, drifted=1, declined=2)], PlatformState.FAILING),
        ([saw(*[0.1] * 30, declined=2)], PlatformState.OPERATIONAL),
        ([saw(*[0.1] * 3, declined=3)], PlatformState.FAILING),
        ([saw(*[SLOW_S * 1.3] * 6, *[0.1] * 5)], PlatformState.SLOW),
        ([saw(*[SLOW_S * 1.3] * 5, *[0.1] * 6)], PlatformState.OPERATIONAL),
        ([shut()], PlatformState.DOWN),
        ([shut(breaker=PROBING)], PlatformState.DOWN),
        ([shut(), saw(failed=3), saw(*[0.1] * 99, answered=199)], PlatformState.DOWN),
        ([shut(), saw(*[0.1] * 99, answered=201)], PlatformState.OPERATIONAL),
        ([shut(), saw(*[0.1] * 9, answered=201)], PlatformState.FAILING),
    ],
)
def test_the_word(figures: list[Figures], state: PlatformState) -> None:
    """Each rule at its edge. Down: nobody has had an answer since a breaker opened, however many calls went well before."""
    assert state_of(health_of(figures)) is state


def test_the_breaker_of_all() -> None:
    """The most guarded one counts, of those who called it lately; and how many have it."""
    old = saw(breaker=OPEN, opened=1)
    for figures, breaker, by in (
        ([saw(0.1), old], CLOSED, 0),
        ([saw(0.1), shut(breaker=PROBING)], PROBING, 1),
        ([shut(), shut(breaker=PROBING), saw(0.1)], OPEN, 2),
    ):
        health = health_of(figures)
        assert (health.breaker, health.left_alone_by) == (breaker, by)


def test_drift_is_answers_and_events() -> None:
    """What could not be read, whichever way it came; waiting events do not make a word for today."""
    health = health_of([saw(*[0.1] * 50, drifted=1), saw(0.1, drifted=1)], Pushed(5, 30))
    assert (health.drift_count, health.pushed.last, state_of(health)) == (32, 5, PlatformState.OPERATIONAL)


def test_why_a_platform_has_no_word() -> None:
    """One that is not connected says so; of one that is, nothing is claimed where nobody could read the figures."""
    card = PlatformCard("61", dict.fromkeys(Locale, "x"), "", "provincial", None)
    assert status_of(card, None).state is PlatformState.UNKNOWN
    gone = PlatformCard("61", dict.fromkeys(Locale, "x"), "", "provincial", None, Absence.ENDED, date(2026, 1, 1))
    assert status_of(gone, None).state is PlatformState.NOT_CONNECTED
