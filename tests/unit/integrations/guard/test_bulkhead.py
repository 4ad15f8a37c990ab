"""Places at a platform: so many at a time, readers before jobs, and none lost."""

import asyncio
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.asker import READER, Asker, a_job, open_to_jobs
from integrations.guard.bulkhead import Bulkhead
from integrations.guard.limit import Limit
from tests.doubles.scripted import scripted

NAMES = {True: "reader", False: "job"}


class Desk:
    """A bulkhead, and who stands in it."""

    def __init__(self, places: int) -> None:
        self.limit = Limit(places)
        self.bulkhead = Bulkhead(self.limit)
        self.inside: list[str] = []

    async def come(self, asker: Asker, seconds: float = 1.0) -> None:
        name, jobs = NAMES[asker.reads], await self.bulkhead.enter(asker)
        self.inside.append(name)
        await asyncio.sleep(seconds)
        self.inside.remove(name)
        self.bulkhead.leave(jobs)


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("whole", "part"), [(1, 1), (2, 1), (5, 4), (7, 6), (10, 8), (32, 26), (100, 80)])
def test_the_share_of_jobs(whole: int, part: int) -> None:
    """A fifth is kept for readers; of a single place nothing can be kept."""
    assert open_to_jobs(whole) == part


@scripted
async def test_so_many_at_a_time_and_no_more() -> None:
    """The others wait and are served in their order."""
    desk = Desk(3)
    coming = [asyncio.create_task(desk.come(READER)) for _ in range(20)]
    await settled()
    while not all(task.done() for task in coming):
        assert len(desk.inside) <= 3
        await asyncio.sleep(0.5)
    assert desk.bulkhead.in_use == 0


@scripted
async def test_jobs_leave_a_place_for_a_reader() -> None:
    """However many come, and however long they stay."""
    desk = Desk(5)
    jobs = [asyncio.create_task(desk.come(a_job(), 1000)) for _ in range(50)]
    await settled()
    assert desk.inside == ["job"] * 4
    await asyncio.wait_for(desk.come(READER), 1.5)
    for task in jobs:
        task.cancel()


@scripted
async def test_readers_may_take_every_place() -> None:
    """Nothing is kept for jobs: they can come again."""
    desk = Desk(5)
    readers = [asyncio.create_task(desk.come(READER)) for _ in range(6)]
    await settled()
    assert desk.inside == ["reader"] * 5
    await asyncio.gather(*readers)


@scripted
async def test_a_reader_goes_before_the_jobs_that_wait() -> None:
    """Although they came first."""
    desk = Desk(1)
    coming = [asyncio.create_task(desk.come(asker)) for asker in (a_job(), a_job(), a_job(), READER)]
    await asyncio.sleep(1.5)
    assert desk.inside == ["reader"]
    await asyncio.gather(*coming)


@scripted
async def test_a_job_that_a_reader_joins_is_let_in_like_a_reader() -> None:
    """At once, where the reserve is free: nobody else may come or go for long."""
    desk, joined = Desk(5), a_job()
    jobs = [asyncio.create_task(desk.come(asker, 1000)) for asker in [*(a_job() for _ in range(20)), joined]]
    await settled()
    assert len(desk.inside) == 4
    joined.joined_by(a_job())
    await settled()
    assert len(desk.inside) == 4
    joined.joined_by(READER)
    await settled()
    assert len(desk.inside) == 5
    for task in jobs:
        task.cancel()


@scripted
async def test_a_lower_limit_holds_for_those_who_come() -> None:
    """Who is inside stays; the next is let in when there is room again."""
    desk = Desk(4)
    coming = [asyncio.create_task(desk.come(READER)) for _ in range(6)]
    await settled()
    desk.limit.strained(0.0, 1.0)
    await asyncio.sleep(1.1)
    assert len(desk.inside) == 2
    late = [asyncio.create_task(desk.come(READER)) for _ in range(2)]
    await settled()
    assert len(desk.inside) == 3
    await asyncio.gather(*coming, *late)


@pytest.mark.parametrize(
    ("readers", "jobs", "free"), [(0, 0, True), (4, 0, True), (5, 0, False), (0, 3, True), (0, 4, False), (4, 2, False)]
)
def test_a_spare_place_is_one_that_nobody_needs(readers: int, jobs: int, free: bool) -> None:
    """Free, open to jobs, and no job waiting for it; it is given back."""

    @scripted
    async def play() -> None:
        desk = Desk(5)
        coming = [asyncio.create_task(desk.come(READER)) for _ in range(readers)]
        coming += [asyncio.create_task(desk.come(a_job())) for _ in range(jobs)]
        await settled()
        before = desk.bulkhead.in_use
        async with desk.bulkhead.spare_place() as spare:
            assert (spare, desk.bulkhead.in_use) == (free, before + free)
        assert desk.bulkhead.in_use == before
        await asyncio.gather(*coming)
        assert desk.bulkhead.in_use == 0

    play()


@scripted
async def test_places_that_grew_are_given_when_somebody_comes() -> None:
    """Behind callers who hung up, too: nobody has to leave first."""
    desk = Desk(4)
    desk.limit.strained(0.0, 1.0)
    for _ in range(3):
        await desk.bulkhead.enter(READER)
    gone = asyncio.create_task(desk.come(READER))
    await settled()
    gone.cancel()
    for _ in range(5):
        desk.limit.answered(3)
    assert await asyncio.wait_for(desk.bulkhead.enter(READER), 1) is False
    assert desk.bulkhead.in_use == 4


@scripted
async def test_a_place_given_to_somebody_who_just_hung_up_is_given_on() -> None:
    """Between being given a place and taking it."""
    desk = Desk(1)
    holding = await desk.bulkhead.enter(READER)
    waiting = asyncio.create_task(desk.come(READER))
    await settled()
    desk.bulkhead.leave(holding)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert desk.bulkhead.in_use == 0
    await asyncio.wait_for(desk.come(READER), 2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 9))
def test_no_place_is_ever_lost(seed: int, places: int) -> None:
    """Readers and jobs come, stay, hang up before or inside, and the limit moves: in the end all places are free."""

    @scripted
    async def play() -> None:
        chance, desk = Random(seed), Desk(places)

        async def one() -> None:
            await asyncio.sleep(chance.random() * 5)
            asker = chance.choice([READER, a_job()])
            if not asker.reads and chance.random() < 0.3:
                asyncio.get_running_loop().call_later(chance.random(), asker.joined_by, READER)
            jobs = await desk.bulkhead.enter(asker)
            try:
                assert desk.bulkhead.in_use <= places
                if chance.random() < 0.3:
                    desk.limit.strained(now := asyncio.get_running_loop().time(), now)
                await asyncio.sleep(chance.random())
            finally:
                desk.limit.answered(desk.bulkhead.in_use)
                desk.bulkhead.leave(jobs)

        async def hung_up(task: asyncio.Task[None]) -> None:
            await asyncio.sleep(chance.random() * 6)
            task.cancel()

        callers = [asyncio.create_task(one()) for _ in range(40)]
        await asyncio.gather(*(hung_up(task) for task in callers[::3]))
        ended = await asyncio.gather(*callers, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError | None) for end in ended), ended
        assert desk.bulkhead.in_use == 0
        assert await desk.bulkhead.enter(a_job())

    play()
