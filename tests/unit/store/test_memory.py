"""Budgets of a single process, which remembers so many names and no more."""

from store.shared import memory
from store.shared.memory import MemoryQuotas


async def test_who_is_refused_is_not_forgotten_for_it(monkeypatch):
    """Whoever goes on at the end of a budget is remembered before those who have gone."""
    monkeypatch.setattr(memory, "MOST_BUDGETS", 3)
    quotas = MemoryQuotas()
    assert (await quotas.spend("blocked", 100, 100, 3600)).left == 0
    for other in range(10):
        await quotas.spend(f"other {other}", 1, 100, 3600)
        assert (await quotas.spend("blocked", 1, 100, 3600)).wait_s > 0
