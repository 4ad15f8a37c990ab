"""Long work leaves turns to others."""

import asyncio
from itertools import pairwise

import pytest

from domain.turns import LONGEST_S, SHORT_S, answering, give_way, in_turns, rest


@pytest.mark.parametrize(("count", "rests"), [(0, 0), (1, 0), (3, 0), (4, 1), (7, 2), (9, 2)])
async def test_others_are_served_between_two_pieces(count: int, rests: int):
    """All items come, in their order, and after each three of them, but not at the end, whoever is there has a turn."""
    seen: list[object] = []

    async def other() -> None:
        while True:
            seen.append("other")
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    try:
        async for item in in_turns(range(count), at_once=3):
            seen += [item]
    finally:
        beside.cancel()
    assert [one for one in seen if one != "other"] == list(range(count))
    together = "".join("." if one == "other" else "x" for one in seen)
    assert len([piece for piece in together.split(".") if piece]) == (rests + 1 if count else 0)


async def test_whoever_is_answered_is_not_kept_by_a_piece():
    """Long work rests until a short request is done, and no longer."""
    order: list[str] = []

    async def short() -> None:
        with answering():
            for _ in range(3):
                await asyncio.sleep(0.002)
                order.append("short")

    async def long() -> None:
        await rest()
        order.append("long")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(short())
        tasks.create_task(long())
    assert order == ["short"] * 3 + ["long"]


@pytest.mark.parametrize("again", [False, True], ids=["one who takes long", "one after the other"])
async def test_it_rests_a_while_and_not_for_ever(again: bool):
    """Neither for one who waits for something himself nor where somebody comes at every moment."""
    loop = asyncio.get_running_loop()

    async def other() -> None:
        while True:
            with answering():
                await asyncio.sleep(0.001 if again else 60)

    beside = asyncio.create_task(other())
    await asyncio.sleep(0)
    began = loop.time()
    async with asyncio.timeout(5):
        await rest()
    assert loop.time() - began >= min(LONGEST_S, SHORT_S) / 2
    beside.cancel()


async def test_who_waits_for_something_is_not_waited_for():
    """A piece goes on at once beside one who has given way, as whoever waits for a platform does."""
    loop = asyncio.get_running_loop()

    async def other() -> None:
        with answering():
            give_way()
            await asyncio.sleep(60)

    beside = asyncio.create_task(other())
    await asyncio.sleep(0)
    began = loop.time()
    await rest()
    assert loop.time() - began < LONGEST_S / 2
    beside.cancel()


async def test_who_takes_long_is_not_waited_for():
    """Neither by himself nor by others, from his first rest on."""

    async def long() -> None:
        with answering():
            for _ in range(20):
                await rest()

    async with asyncio.timeout(20 * LONGEST_S), asyncio.TaskGroup() as tasks:
        tasks.create_task(long())
        tasks.create_task(long())


async def test_one_piece_at_a_time_goes_on():
    """Between pieces of several long works there are rests, too."""
    loop, began = asyncio.get_running_loop(), []

    async def long() -> None:
        await rest()
        began.append(loop.time())

    async with asyncio.TaskGroup() as tasks:
        for _ in range(5):
            tasks.create_task(long())
    assert all(later - before >= 0.0005 for before, later in pairwise(began))
