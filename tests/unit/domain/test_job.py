"""When jobs come due again."""

import pytest

from domain.job import Holding, poll_after
from domain.times import DAY, HOUR, MINUTE, Micros

NOW: Micros = 1000 * DAY


@pytest.mark.parametrize(
    ("quiet", "is_open", "after"),
    [
        (0, True, MINUTE),
        (30 * DAY, False, MINUTE),
        (31 * DAY, False, 10 * MINUTE),
        (365 * DAY, False, 10 * MINUTE),
        (366 * DAY, True, 10 * MINUTE),
        (366 * DAY, False, DAY),
        (-HOUR, False, MINUTE),
    ],
)
def test_what_changes_no_more_is_polled_less(quiet: Micros, is_open: bool, after: Micros) -> None:
    """With the age of the last change, but an open case never by the day."""
    assert poll_after(MINUTE, Holding(NOW - quiet, is_open), NOW) == after


def test_nothing_is_polled_more_often_for_being_old() -> None:
    """Where a platform is asked less than daily anyway, it is not asked daily."""
    assert poll_after(3 * HOUR, Holding(0, is_open=False), NOW) == 30 * HOUR
