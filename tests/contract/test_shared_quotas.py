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


async def test_a_budget_is_spent_by_all_processes_together(pair: Pair, name: str):
    """By amount: what does not fit is refused whole and costs nothing, and what is left is told."""
    assert (await pair.one.quotas.spend(name, 600, 1000, 60)).left == 400
    refused = await pair.other.quotas.spend(name, 500, 1000, 60)
    assert refused.left == 400
    assert 0 < refused.wait_s <= 60
    assert (await pair.other.quotas.spend(name, 400, 1000, 60)).left == 0
    assert (await pair.one.quotas.spend(name, 1, 1000, 60)).wait_s > 0


async def test_budgets_are_counted_apart(pair: Pair, name: str):
    """One caller's is not another's, nor that of a platform of the same name."""
    assert await pair.one.quotas.take(name, 1, 60) == 0
    assert (await pair.one.quotas.spend(name, 10, 10, 60)).wait_s == 0
    assert (await pair.one.quotas.spend(name + "b", 10, 10, 60)).wait_s == 0


async def test_a_budget_comes_back(pair: Pair, name: str):
    """Bit by bit as the window goes on: it never takes longer than two windows to be whole again."""
    window = 0.3
    assert (await pair.one.quotas.spend(name, 100, 100, window)).wait_s == 0
    async with awaited("a little of the budget", 10):
        while (await pair.other.quotas.spend(name, 10, 100, window)).wait_s:
            await asyncio.sleep(0.01)
    await asyncio.sleep(2 * window)
    assert (await pair.one.quotas.spend(name, 100, 100, window)).wait_s == 0


async def test_what_is_told_to_wait_for_is_there_after_it(pair: Pair, name: str):
    """A client that waits as long as it is told need not try twice more than once, at the turn of a window."""
    window = 0.4
    assert (await pair.one.quotas.spend(name, 100, 100, window)).wait_s == 0
    tries = 0
    while wait := (await pair.other.quotas.spend(name, 30, 100, window)).wait_s:
        tries += 1
        assert wait <= window
        await asyncio.sleep(wait + 0.01)
    assert tries <= 2
