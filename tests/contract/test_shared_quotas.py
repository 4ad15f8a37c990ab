"""Quotas: never more than so many in any stretch of that length, over all processes together."""

import asyncio

import pytest

from tests.contract.shared_world import Pair, awaited

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_so_many_and_no_more_over_all_processes(pair: Pair, name: str):
    """However they are spread, and all at once."""
    takes = [which.quotas.take(name, 10, 60) for which in (pair.one, pair.other) for _ in range(20)]
    waits = await asyncio.gather(*takes)
    assert sum(wait == 0 for wait in waits) == 10
    assert all(0 <= wait <= 60 for wait in waits)


async def test_it_says_when_there_may_be_one_again(pair: Pair, name: str):
    """Once that time is over there is one."""
    assert [await pair.one.quotas.take(name, 2, 0.3) for _ in range(2)] == [0, 0]
    assert 0 < (wait := await pair.other.quotas.take(name, 2, 0.3)) <= 0.3
    began = asyncio.get_running_loop().time()
    async with awaited("a free place, after 0.3 s", 10):
        while await pair.other.quotas.take(name, 2, 0.3):
            await asyncio.sleep(0.01)
    assert asyncio.get_running_loop().time() - began >= wait - 0.05


async def test_a_refusal_costs_nothing(pair: Pair, name: str):
    """Whoever keeps trying does not push the time away."""
    assert await pair.one.quotas.take(name, 1, 5) == 0
    first = await pair.one.quotas.take(name, 1, 5)
    for _ in range(20):
        assert 0 < await pair.other.quotas.take(name, 1, 5) <= first


async def test_names_are_counted_apart(pair: Pair, name: str):
    """One platform's quota is not another's."""
    assert await pair.one.quotas.take(name, 1, 60) == 0
    assert await pair.one.quotas.take(name + "b", 1, 60) == 0


async def test_a_window_slides(pair: Pair, name: str):
    """In no stretch of its length are there more, whenever it begins: a late and an early one do not add up."""
    loop, window, taken = asyncio.get_running_loop(), 0.2, []
    async with awaited("twelve places, three in each 0.2 s", 20):
        while len(taken) < 12:
            asked = loop.time()
            if await pair.one.quotas.take(name, 3, window) == 0:
                taken.append((asked, loop.time()))
            await asyncio.sleep(0.01)
    for (asked, _), (_, fourth) in zip(taken, taken[3:], strict=False):
        assert fourth - asked >= window - 0.001


async def test_a_smaller_share_leaves_the_rest_to_others(pair: Pair, name: str):
    """Under one name: what one took counts for the other, and a refusal or a success with less forgets none of it."""
    assert [await pair.one.quotas.take(name, 8, 60) > 0 for _ in range(10)] == [False] * 8 + [True] * 2
    assert [await pair.other.quotas.take(name, 10, 60) > 0 for _ in range(3)] == [False, False, True]
    assert [await which.quotas.take(name, most, 60) > 0 for which in (pair.one, pair.other) for most in (8, 10)] == [
        True
    ] * 4


async def test_a_smaller_share_forgets_nothing_that_still_counts(pair: Pair, name: str):
    """When the smaller share is free again, what others took since is still counted against the whole."""
    for most in (3, 3, 3):
        assert await pair.one.quotas.take(name, most, 0.4) == 0
    await asyncio.sleep(0.3)
    assert await pair.one.quotas.take(name, 5, 0.4) == 0
    async with asyncio.timeout(10):
        while await pair.other.quotas.take(name, 3, 0.4):
            await asyncio.sleep(0.01)
    assert [await pair.one.quotas.take(name, 5, 60) > 0 for _ in range(4)][-1]
