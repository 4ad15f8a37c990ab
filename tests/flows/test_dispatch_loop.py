"""The dispatcher's loop: it starts, sleeps, wakes, outlives trouble and stops."""

import asyncio
from typing import Any

import pytest

from domain.delivery import Delivery
from notifications import dispatcher as module
from store.database import StoreUnavailable
from tests.flows.dispatch_world import World


async def test_it_works_until_stopped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It empties the outbox, sleeps, starts at once when woken, and returns when stopped."""
    monkeypatch.setattr(module, "IDLE_S", 3600)
    stop, wake = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(world.dispatcher(most=2).run(stop, wake))
    for _ in range(5):
        await world.told(f"phone-{next(world.numbers)}")
    wake.set()
    await world.channel.handed(5)
    stop.set()
    await asyncio.wait_for(running, 10)
    assert await world.states() == [("done", "")] * 5


async def test_a_wake_up_is_used_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Woken with nothing to do, it looks and sleeps again: an old wake-up does not keep it turning."""
    lease, looks = type(world.store.outbox).lease, 0

    async def counted(*arguments: Any) -> list[Delivery]:
        nonlocal looks
        looks += 1
        return await lease(*arguments)

    monkeypatch.setattr(type(world.store.outbox), "lease", counted)
    stop, wake = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(world.dispatcher().run(stop, wake))
    await asyncio.sleep(0.05)
    wake.set()
    await asyncio.sleep(0.2)
    stop.set()
    await running
    assert 1 <= looks <= 3


async def test_stopping_ends_the_batch_in_hand(world: World) -> None:
    """A stop in the middle of a call waits for its outcome and writes it down."""
    stop, wake = asyncio.Event(), asyncio.Event()
    await world.told()
    world.channel.open.clear()
    running = asyncio.create_task(world.dispatcher().run(stop, wake))
    await world.channel.handed(1)
    stop.set()
    world.channel.open.set()
    await running
    assert await world.states() == [("done", "")]


@pytest.mark.parametrize("trouble", [StoreUnavailable("test"), RuntimeError("a defect")])
async def test_trouble_does_not_end_the_loop(world: World, monkeypatch: pytest.MonkeyPatch, trouble: Exception) -> None:
    """A store that does not answer, and a defect, are logged and outlived."""
    monkeypatch.setattr(module, "IDLE_S", 0.01)
    await world.told()
    lease, failures = type(world.store.outbox).lease, iter(range(3))

    async def failing(*arguments: Any) -> list[Delivery]:
        if next(failures, None) is not None:
            raise trouble
        return await lease(*arguments)

    monkeypatch.setattr(type(world.store.outbox), "lease", failing)
    stop, wake = asyncio.Event(), asyncio.Event()
    running = asyncio.create_task(world.dispatcher().run(stop, wake))
    await world.channel.handed(1)
    stop.set()
    await running
    assert await world.states() == [("done", "")]


async def test_a_dispatcher_that_may_not_wait_lets_go(world: World) -> None:
    """Cancelled in the middle of a call, it notes that nobody knows how that ended, and another tries again after a pause."""
    await world.told()
    world.channel.open.clear()
    running = asyncio.create_task(world.dispatcher().run(asyncio.Event(), asyncio.Event()))
    await world.channel.handed(1)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await world.attempts() == [(1, "unknown", True)]
    (delivery,) = await world.deliveries()
    assert (delivery["state"], delivery["lease"], delivery["reason"]) == ("due", "", "stopped")
    world.channel.open.set()
    world.clock.now = delivery["due_us"]
    assert await world.dispatcher("two").run_once() == 1
    assert await world.states() == [("done", "")]


async def test_what_was_said_is_written_down_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled after the channel accepted and before that is written, it writes it: else the phone would be told again."""
    await world.told()
    outbox = type(world.store.outbox)
    finish, writing, on = outbox.finish, asyncio.Event(), asyncio.Event()

    async def slow(*arguments: Any) -> bool:
        writing.set()
        await on.wait()
        return await finish(*arguments)

    monkeypatch.setattr(outbox, "finish", slow)
    running = asyncio.create_task(world.dispatcher().run(asyncio.Event(), asyncio.Event()))
    await writing.wait()
    running.cancel()
    asyncio.get_running_loop().call_soon(on.set)
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await world.attempts() == [(1, "accepted", True)]
    assert await world.states() == [("done", "")]
