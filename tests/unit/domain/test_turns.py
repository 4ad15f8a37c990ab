"""Long work leaves turns to others."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import pairwise

import pytest

from domain import turns
from domain.turns import answering, apart, give_way, in_turns, one_of, rest, short_rest


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


@pytest.mark.usefixtures("patient")
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


@asynccontextmanager
async def beside(*steps: Callable[[], Awaitable[None] | None]) -> AsyncIterator[None]:
    """A request that has taken these steps and then is answered for ever; until it is closed."""
    ready = asyncio.Event()

    async def other() -> None:
        with answering():
            for step in steps:
                if (awaited := step()) is not None:
                    await awaited
            ready.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(other())
    await ready.wait()
    try:
        yield
    finally:
        task.cancel()


@pytest.mark.usefixtures("patient")
async def test_whoever_is_answered_is_waited_for():
    """As the tests that follow need: here a rest does not end."""
    async with beside():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await rest()


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("step", [give_way, rest], ids=["who waits for something", "who takes long"])
async def test_nobody_waits_for_one(step: Callable[[], Awaitable[None] | None]):
    """Who waits for something himself, as a platform, or has rested."""
    async with asyncio.timeout(5), beside(step):
        await rest()


@pytest.mark.usefixtures("patient")
async def test_a_task_of_its_own_takes_nobody_out():
    """Work that was begun for a request, and goes on for others, rests while that request is answered."""

    async def task() -> None:
        with apart():
            await rest()

    with answering():
        own = asyncio.create_task(task())
        done, _ = await asyncio.wait([own], timeout=0.05)
        assert not done
    await asyncio.wait_for(own, 5)


@pytest.mark.parametrize("bound", ["SHORT_S", "LONGEST_S"], ids=["who is at it for long", "a rest itself"])
@pytest.mark.usefixtures("patient")
async def test_a_rest_is_not_for_ever(monkeypatch, bound: str):
    """Neither beside one who takes long nor where somebody comes at every moment."""
    monkeypatch.setattr(turns, bound, 0.02)
    async with asyncio.timeout(5), beside():
        await rest()


@pytest.mark.usefixtures("patient")
async def test_a_turn_is_waited_for_however_long(monkeypatch):
    """Or those who came together would go on together. Only where somebody else's time runs is it no longer than a rest."""
    async with beside():
        ahead = asyncio.create_task(rest())
        await asyncio.sleep(0)
        monkeypatch.setattr(turns, "LONGEST_S", 0.02)
        await asyncio.wait_for(short_rest(), 5)
        behind = asyncio.create_task(rest())
        await asyncio.wait([behind], timeout=0.1)
        assert not behind.done()
        assert not ahead.done()
    await asyncio.wait_for(asyncio.gather(ahead, behind), 5)


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("hold", [0.02, 60.0], ids=["until it has had it for long", "until it is done"])
async def test_one_who_waits_in_his_turn_has_it(monkeypatch, hold: float):
    """What he waits for is a piece of the same work: were others let on meanwhile, they all would be at it at once."""
    monkeypatch.setattr(turns, "HOLD_S", hold)
    done, end, has_it = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def work(at_it: asyncio.Event, end: asyncio.Event) -> None:
        with answering():
            await rest()
            at_it.set()
            await end.wait()

    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        tasks.create_task(work(has_it, end))
        await has_it.wait()
        tasks.create_task(work(done, end))
        if hold > 1:
            await asyncio.sleep(0.05)
            assert not done.is_set()
            end.set()
        await done.wait()
        end.set()


@pytest.mark.usefixtures("patient")
async def test_fields_of_one_request_have_turns_of_their_own(monkeypatch):
    """They are tasks of their own: one that rests does not give away another's turn."""
    monkeypatch.setattr(turns, "HOLD_S", 60.0)
    at_it: list[str] = []

    async def field(name: str) -> None:
        await rest()
        at_it.append(name)
        await end[name].wait()
        give_way()

    end = {name: asyncio.Event() for name in "abc"}
    with answering():
        fields = [asyncio.create_task(field(name)) for name in "ab"]
    other = asyncio.create_task(field("c"))
    async with asyncio.timeout(5):
        for name in "abc":
            while at_it[-1:] != [name]:
                await asyncio.sleep(0)
            await asyncio.sleep(0.01)
            assert at_it[-1] == name
            end[name].set()
        await asyncio.gather(*fields, other)


@pytest.mark.usefixtures("patient")
async def test_of_one_callers_requests_one_is_soon_answered():
    """The others rest, and so does nobody who comes alone or after him."""
    alone, second, other = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def request(who: str, passed: asyncio.Event, end: asyncio.Event) -> None:
        with answering():
            await one_of(who)
            passed.set()
            await end.wait()

    end = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as tasks:
        first = tasks.create_task(request("he", alone, end))
        await alone.wait()
        tasks.create_task(request("she", other, end))
        await other.wait()
        tasks.create_task(request("he", second, end))
        await asyncio.sleep(0.05)
        assert not second.is_set()
        end.set()
        await first
        await second.wait()
        await request("he", asyncio.Event(), end)
    async with asyncio.timeout(5):
        while turns._here().of:
            await asyncio.sleep(0.01)


@pytest.mark.usefixtures("patient")
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
