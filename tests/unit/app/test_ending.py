"""The end of a process has one deadline, whatever is under way."""

import asyncio

import pytest

from app import ending as module
from app.ending import Ending, drained
from tests.doubles.scripted import now, scripted

LONG_S = 3600.0


@scripted
async def test_the_time_runs_once():
    """From the first look on, and whatever is waited for later has what is left."""
    ending = Ending(0.3)
    assert ending.left() == pytest.approx(0.3)
    first, second = (asyncio.create_task(asyncio.sleep(LONG_S)) for _ in range(2))
    await drained(first, ending)
    assert ending.left() == 0
    waiting = asyncio.create_task(drained(second, ending))
    await waiting
    assert now() == pytest.approx(0.3)
    assert first.cancelled() and second.cancelled()


async def test_what_ends_in_time_is_not_cancelled():
    working = asyncio.create_task(asyncio.sleep(0.01, "done"))
    await asyncio.wait_for(drained(working, Ending(LONG_S)), 5)
    assert await working == "done"


async def test_giving_back_is_not_waited_for_without_end(monkeypatch):
    """A worker gives back what it has; while the database is away that might last as long as a lease."""
    monkeypatch.setattr(module, "GIVE_BACK_S", 0.05)
    gave_back = []

    async def work(seconds: float) -> None:
        try:
            await asyncio.sleep(LONG_S)
        finally:
            await asyncio.sleep(seconds)
            gave_back.append(seconds)

    for seconds in (0.001, LONG_S):
        working = asyncio.create_task(work(seconds))
        await asyncio.sleep(0)
        await asyncio.wait_for(drained(working, Ending(0)), 5)
        assert working.cancelled()
    assert gave_back == [0.001]
