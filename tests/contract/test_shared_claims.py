"""Claims: one does it, the others wait; one that died blocks nobody; a late one ends nobody else's."""

import asyncio

import pytest

from tests.contract.shared_world import Pair, awaited

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_of_many_at_once_one_has_it(pair: Pair, name: str):
    """On whichever process."""
    takes = [which.claims.take(name, 60) for which in (pair.one, pair.other) for _ in range(20)]
    assert sum(token is not None for token in await asyncio.gather(*takes)) == 1


async def test_released_it_can_be_had_again(pair: Pair, name: str):
    """By anybody."""
    for which in (pair.one, pair.other, pair.one):
        token = await which.claims.take(name, 60)
        assert token
        await which.claims.release(name, token, True)


async def test_other_names_are_free(pair: Pair, name: str):
    """A question about somebody else need not wait."""
    assert await pair.one.claims.take(name, 60)
    assert await pair.other.claims.take(name + "b", 60)


async def test_a_waiter_goes_on_at_once_when_it_is_released(pair: Pair, name: str):
    """And knows that it was."""
    token = await pair.one.claims.take(name, 60)
    waiting = [asyncio.create_task(pair.other.claims.wait(name, 30)) for _ in range(3)]
    done, _ = await asyncio.wait(waiting, timeout=0.05)
    assert token
    assert not done
    await pair.one.claims.release(name, token, True)
    async with awaited("that all who wait learn of the end", 5):
        assert await asyncio.gather(*waiting) == [True, True, True]


async def test_a_waiter_learns_that_it_was_given_back(pair: Pair, name: str):
    """At once, and that nothing was done."""
    token = await pair.one.claims.take(name, 60)
    waiting = asyncio.create_task(pair.other.claims.wait(name, 30))
    await asyncio.wait([waiting], timeout=0.05)
    assert token
    await pair.one.claims.release(name, token, False)
    async with awaited("that who waits learns of the giving back", 5):
        assert await waiting is False
    assert await pair.other.claims.take(name, 60)


async def test_a_claim_whose_holder_died_lapses(pair: Pair, name: str):
    """Whoever waits learns that nothing was done, and can have it."""
    assert await pair.one.claims.take(name, 0.2)
    assert await pair.other.claims.take(name, 60) is None
    async with awaited("that a claim of 0.2 s lapses", 10):
        assert await pair.other.claims.wait(name, 30) is False
    assert await pair.other.claims.take(name, 60)


async def test_a_late_holder_does_not_end_anothers(pair: Pair, name: str):
    """Its token is of a claim that is no more."""
    late = await pair.one.claims.take(name, 0.1)
    assert late
    await pair.other.claims.wait(name, 30)
    assert await pair.other.claims.take(name, 60)
    await pair.one.claims.release(name, late, True)
    assert await pair.one.claims.take(name, 60) is None


async def test_waiting_has_an_end(pair: Pair, name: str):
    """A holder that takes long is waited for no longer than was said."""
    assert await pair.one.claims.take(name, 60)
    async with awaited("the end of a wait of 0.05 s", 10):
        assert await pair.other.claims.wait(name, 0.05) is False
