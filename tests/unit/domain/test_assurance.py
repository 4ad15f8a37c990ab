"""What is kept of the tokens of a party, and for how long it counts."""

import pytest

from domain.assurance import GOOD_FOR, KEPT_ANEW, UNVOUCHED, Assurance, Shown, Vouched, vouched
from domain.times import DAY, SECOND

NOW = 1_790_000_000 * SECOND
MEDIUM, HIGH = Assurance.MEDIUM, Assurance.HIGH
KEPT = Shown(MEDIUM, NOW)


@pytest.mark.parametrize(
    ("shown", "replaces"),
    [
        (KEPT, False),
        (Shown(MEDIUM, NOW + KEPT_ANEW - 1), False),
        (Shown(MEDIUM, NOW + KEPT_ANEW), True),
        (Shown(HIGH, NOW + 1), True),
        (Shown(Assurance.NONE, NOW + 1), True),
        (Shown(HIGH, NOW - 1), False),
        (Shown(HIGH, NOW), True),
        (Shown(Assurance.BASIC, NOW), False),
    ],
)
def test_the_token_issued_last_counts(shown: Shown, replaces: bool):
    """At once where it says another level, and once a day where it says the same."""
    assert shown.replaces(KEPT) is replaces
    assert shown.replaces(None)


def test_two_phones_at_two_levels_do_not_take_turns_for_ever():
    """Each request would cost a write."""
    phones, kept, writes = [Shown(HIGH, NOW), Shown(MEDIUM, NOW + 1)], None, 0
    for shown in phones * 5:
        if shown.replaces(kept):
            kept, writes = shown, writes + 1
    assert (kept, writes) == (phones[1], 2)


def test_a_level_counts_for_a_season():
    """And then nothing is told any more, whoever asks."""
    kept = Shown(HIGH, NOW, NOW - DAY)
    assert vouched(kept, NOW + GOOD_FOR) == Vouched(HIGH, NOW - DAY)
    assert vouched(kept, NOW + GOOD_FOR + 1) == UNVOUCHED == vouched(None, NOW)


@pytest.mark.parametrize(("level", "reaches"), [(None, False), (MEDIUM, False), (HIGH, True)])
def test_what_is_not_known_reaches_nothing(level: Assurance | None, reaches: bool):
    """But whoever wants nothing gets it."""
    assert Vouched(level).reaches(HIGH) is reaches
    assert Vouched(level).reaches(Assurance.NONE)
