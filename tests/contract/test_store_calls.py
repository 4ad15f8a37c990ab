"""Counts of calls, on each kind of database: all processes add to one row for each day, client and thing called."""

import asyncio
from typing import Any

import pytest
from tortoise.exceptions import IntegrityError

from domain.ids import derived_id
from domain.times import DAY, day_of
from store.calls import AT_ONCE
from store.database import StoreRefused
from store.store import Store
from tests.contract.store_world import NOW

TODAY = day_of(NOW)


def last() -> str:
    """What is written behind everything else of a client: rows go in the order of their ids."""
    return next(
        name for name in map(str, range(10_000)) if str(derived_id("calls", str(TODAY), "app", name)).startswith("fff")
    )


async def test_counts_add_up(store: Store) -> None:
    """Those of several processes, written at once and in another order, and those of one that writes again."""
    counts = {("app", f"Type.field{number}"): number + 1 for number in range(2 * AT_ONCE + 1)}
    other = dict(reversed(counts.items()))
    await asyncio.gather(*(store.calls.add(TODAY, one) for one in (counts, other, counts, other)))
    assert await store.calls.since(TODAY) == {counted: 4 * many for counted, many in counts.items()}


async def test_a_day_and_a_client_are_counted_apart(store: Store) -> None:
    """And read together, from a day on."""
    for day, client, many in ((TODAY - DAY, "app", 1), (TODAY, "app", 2), (TODAY, "", 4)):
        await store.calls.add(day, {(client, "all"): many})
    assert await store.calls.since(TODAY - DAY) == {("app", "all"): 3, ("", "all"): 4}
    assert await store.calls.since(TODAY) == {("app", "all"): 2, ("", "all"): 4}
    assert await store.calls.first_day() == TODAY - DAY
    assert [await store.calls.days_since(TODAY - ago * DAY) for ago in (-1, 0, 1, 9)] == [0, 1, 2, 2]


async def test_counts_are_added_all_or_none(store: Store) -> None:
    """Whoever could not write them all writes them all again."""
    counts = {("app", f"Type.field{number:03}"): 1 for number in range(2 * AT_ONCE)}
    no_number: Any = None
    with pytest.raises((StoreRefused, IntegrityError)):
        await store.calls.add(TODAY, {**counts, ("app", last()): no_number})
    assert await store.calls.since(TODAY) == {}
    await store.calls.add(TODAY, counts)
    assert await store.calls.since(TODAY) == counts


async def test_nothing_counted(store: Store) -> None:
    """Is nothing."""
    await store.calls.add(TODAY, {})
    assert (await store.calls.since(0), await store.calls.first_day()) == ({}, None)
