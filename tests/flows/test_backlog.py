"""The figure of what is due: it follows a delivery through its life, and is silent rather than wrong."""

import pytest
from prometheus_client import REGISTRY

from domain.delivery import AttemptOutcome, Outcome
from domain.times import MINUTE, SECOND
from notifications.backlog import count_due
from store.database import StoreRefused, StoreUnavailable
from tests.flows.dispatch_world import World

LATER = Outcome(AttemptOutcome.LATER, "unavailable", retry_after=5 * MINUTE)


async def counted(world: World) -> dict[str, float]:
    """The figure as it is after counting; what is zero is left out."""
    await count_due(world.store.outbox, world.clock())
    return {state: value for state, value in shown().items() if value}


def shown() -> dict[str, float]:
    samples = [
        one for family in REGISTRY.collect() if family.name == "tongban_deliveries_due" for one in family.samples
    ]
    return {one.labels["state"]: one.value for one in samples}


async def test_it_follows_a_delivery(world: World) -> None:
    """Waiting, in a worker's hands, waiting again when that one's lease has ended, put off by the channel, gone."""
    await world.told()
    assert await counted(world) == {"waiting": 1}
    (delivery,) = await world.store.outbox.lease("gone", world.clock(), world.clock() + MINUTE, 9)
    world.clock.now = delivery.lease_until - 1
    assert await counted(world) == {"held": 1}
    world.clock.pass_by(1)
    assert await counted(world) == {"waiting": 1}
    world.channel.answer("phone", LATER)
    await world.dispatcher().run_once()
    assert await counted(world) == {"put-off": 1}
    world.clock.pass_by(LATER.retry_after or 0)
    assert await counted(world) == {"waiting": 1}
    await world.dispatcher().run_once()
    assert shown() and await counted(world) == {}


async def test_what_came_while_it_was_counted_waits(world: World) -> None:
    """Its time is later than the beginning of the count, and yet nobody put it off."""
    await world.told()
    world.clock.pass_by(-1)
    assert await counted(world) == {"waiting": 1}


async def test_it_counts_no_further_than_need_be(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are; those that come due first are among the counted."""
    monkeypatch.setattr("notifications.backlog.MOST_COUNTED", 2)
    await world.told("first")
    world.clock.pass_by(SECOND)
    await world.told("second")
    await world.told("third")
    await world.store.db.rows("UPDATE delivery SET due_us = due_us + 1000 WHERE created_us = $1", world.clock())
    assert await counted(world) == {"waiting": 1, "put-off": 1}


async def test_it_is_silent_rather_than_wrong(world: World) -> None:
    """What was counted before the database was lost is not shown on."""
    await world.told()
    assert await counted(world) == {"waiting": 1}
    await world.store.db.rows("ALTER TABLE delivery RENAME TO elsewhere")
    with pytest.raises((StoreRefused, StoreUnavailable)):
        await counted(world)
    assert shown() == {}
