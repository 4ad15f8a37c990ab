"""Counts of the last seconds, against a list of all that was counted."""

from hypothesis import given
from hypothesis import strategies as st

from integrations.guard.sliding import Sliding

SLICES, SLICE_S = 5, 2.0
STEPS = st.lists(st.tuples(st.floats(0, 30), st.integers(0, 2)), max_size=60)


@given(STEPS)
def test_it_counts_what_is_not_too_old(steps: list[tuple[float, int]]) -> None:
    """The slice under way and those before it, whatever time goes by between two counts."""
    sliding, now, counted = Sliding(3, SLICES, SLICE_S), 1000.0, list[tuple[int, int]]()
    for pause, column in steps:
        now += pause
        sliding.add(column, now)
        counted.append((int(now // SLICE_S), column))
        new = [column for number, column in counted if number > int(now // SLICE_S) - SLICES]
        assert sliding.totals(now) == [new.count(column) for column in range(3)]


def test_it_forgets_while_nothing_is_counted() -> None:
    """An hour later nothing is left."""
    sliding = Sliding(1, SLICES, SLICE_S)
    sliding.add(0, 1000.0)
    assert (list(sliding.totals(1009.9)), list(sliding.totals(1010.0)), list(sliding.totals(4600.0))) == ([1], [0], [0])
