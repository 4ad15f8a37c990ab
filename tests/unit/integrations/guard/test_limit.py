"""How many at a time, found out by trying."""

from hypothesis import given
from hypothesis import strategies as st

from integrations.guard.limit import Limit


def test_it_begins_with_what_was_agreed() -> None:
    """The description is a promise; it takes trouble to doubt it."""
    limit = Limit(32)
    limit.answered(32)
    assert limit.places == 32


def test_one_round_of_trouble_counts_once() -> None:
    """All calls that were under way when it was lowered fail for the same reason."""
    limit = Limit(32)
    for _ in range(32):
        limit.strained(0.0, 8.0)
    assert limit.places == 24
    limit.strained(8.0, 16.0)
    assert limit.places == 18


def test_it_recovers_by_one_a_round() -> None:
    """So many answers as there are places earn one more."""
    limit = Limit(32)
    limit.strained(0.0, 1.0)
    for _ in range(25):
        limit.answered(24)
    assert limit.places == 25


def test_what_nobody_uses_proves_nothing() -> None:
    """Answers to single calls do not say that the platform stands many."""
    limit = Limit(32)
    limit.strained(0.0, 1.0)
    for _ in range(1000):
        limit.answered(11)
    assert limit.places == 24


@given(st.integers(1, 50), st.lists(st.tuples(st.booleans(), st.integers(0, 50), st.floats(0, 10)), max_size=200))
def test_it_stays_between_one_and_what_was_agreed(most: int, steps: list[tuple[bool, int, float]]) -> None:
    """Whatever happens: at none the platform would be silent for ever."""
    limit, now = Limit(most), 0.0
    for well, in_use, seconds in steps:
        began, now = now, now + seconds
        if well:
            limit.answered(in_use)
        else:
            limit.strained(began, now)
        assert 1 <= limit.places <= most
