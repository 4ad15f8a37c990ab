"""The guard: a platform's own time limit, and a bulkhead so that a slow one drowns nobody."""

import asyncio

import pytest

from integrations.guard import Guard, pace_of
from integrations.port import RateLimited, Refused, TimedOut
from store.shared.memory import MemoryQuotas


async def test_a_call_past_its_time_is_ended_by_name():
    """The block is cancelled, and what comes out says how long was waited."""
    with pytest.raises(TimedOut, match=r"0\.01 s"):
        async with Guard(0.01, 1).call():
            await asyncio.sleep(5)


async def test_waiting_for_a_place_counts():
    """A call that never got a place timed out too."""
    guard, held = Guard(0.05, 1), asyncio.Event()

    async def hold() -> None:
        async with guard.call():
            held.set()
            await asyncio.sleep(5)

    holding = asyncio.create_task(hold())
    await held.wait()
    entered = False
    with pytest.raises(TimedOut):
        async with guard.call():
            entered = True
    assert not entered
    with pytest.raises(TimedOut):
        await holding


async def test_so_many_at_a_time_and_no_more():
    """The bulkhead is full at `concurrency`; the others wait and are served."""
    guard, inside, most = Guard(5, 3), 0, 0

    async def one() -> None:
        nonlocal inside, most
        async with guard.call():
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.002)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(20)))
    assert (most, inside) == (3, 0)


@pytest.mark.parametrize("how", ["error", "timeout", "cancelled"])
async def test_a_place_is_given_back_however_the_call_ends(how: str):
    """Or a platform would be silent for ever after a few bad days."""
    guard = Guard(0.02, 1)

    async def call() -> None:
        async with guard.call():
            if how == "error":
                raise Refused("no")
            await asyncio.sleep(5)

    for _ in range(3):
        task = asyncio.create_task(call())
        await asyncio.sleep(0)
        if how == "cancelled":
            task.cancel()
        (ended,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, {"error": Refused, "timeout": TimedOut, "cancelled": asyncio.CancelledError}[how])
    async with guard.call():
        pass


async def test_other_failures_pass_through():
    """They are the dialect's to name."""
    with pytest.raises(Refused):
        async with Guard(1, 1).call():
            raise Refused("no")


async def test_what_the_quota_forbids_is_not_called():
    """The question fails by name; what it says is for the operator, in whole seconds."""
    waits = iter((0.0, 12.3))

    async def pace() -> float:
        return next(waits)

    guard, entered = Guard(5, 1, pace), 0
    async with guard.call():
        entered += 1
    with pytest.raises(RateLimited, match="another 13 s"):
        async with guard.call():
            entered += 1
    assert entered == 1


async def test_each_further_call_is_counted():
    """A question of three pages is three calls."""
    taken = 0

    async def pace() -> float:
        nonlocal taken
        taken += 1
        return 0.0

    async with Guard(5, 1, pace).call():
        pass
    guard = Guard(5, 1, pace)
    async with guard.call():
        await guard.count()
        await guard.count()
    assert taken == 4


async def test_only_who_has_a_place_takes_from_the_quota():
    """Or those who wait for a slow platform would use it up without a call."""
    taken = 0

    async def pace() -> float:
        nonlocal taken
        taken += 1
        return 0.0

    guard = Guard(0.05, 1, pace)

    async def call() -> None:
        async with guard.call():
            await asyncio.sleep(5)

    ended = await asyncio.gather(*(call() for _ in range(5)), return_exceptions=True)
    assert all(isinstance(one, TimedOut) for one in ended)
    assert taken == 1


async def test_a_platforms_pace_is_its_own():
    """Its calls are counted by its code; without a number in its description they are not."""
    quotas = MemoryQuotas()
    one, other, free = pace_of("44", 2, quotas), pace_of("31", 2, quotas), pace_of("33", None, quotas)
    assert [await one() > 0 for _ in range(3)] == [False, False, True]
    assert [await other() > 0 for _ in range(3)] == [False, False, True]
    assert [await free() for _ in range(9)] == [0.0] * 9
