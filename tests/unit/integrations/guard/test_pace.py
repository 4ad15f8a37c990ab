"""How many calls a minute a platform allows."""

from integrations.guard.pace import pace_of
from store.shared.memory import MemoryQuotas
from tests.doubles.scripted import scripted


@scripted
async def test_a_platforms_pace_is_its_own() -> None:
    """Its calls are counted by its code; without a number in its description they are not."""
    quotas = MemoryQuotas()
    one, other, free = pace_of("44", 2, quotas), pace_of("31", 2, quotas), pace_of("33", None, quotas)
    assert [await one(True) > 0 for _ in range(3)] == [False, False, True]
    assert [await other(True) > 0 for _ in range(3)] == [False, False, True]
    assert [await free(False) for _ in range(9)] == [0.0] * 9


@scripted
async def test_jobs_leave_calls_for_readers() -> None:
    """The last fifth of a minute's calls is not theirs; and what readers call counts against them too."""
    pace = pace_of("44", 10, MemoryQuotas())
    assert [await pace(False) > 0 for _ in range(10)] == [False] * 8 + [True] * 2
    assert [await pace(True) > 0 for _ in range(3)] == [False, False, True]
