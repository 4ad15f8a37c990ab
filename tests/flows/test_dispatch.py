"""From a kept notification to a phone, through the real store: what is promised, and what happens when things break."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.delivery import AttemptOutcome, Outcome
from domain.times import HOUR, MINUTE, SECOND
from notifications import dispatcher as module
from notifications.channel import QUOTA, Push
from notifications.dispatcher import Dispatcher
from notifications.metrics import ATTEMPTS, DROPPED
from notifications.retry import MOST_UNKNOWN
from store.database import StoreUnavailable
from tests.contract.store_world import registered
from tests.flows.dispatch_world import Clock, World

LATER, UNKNOWN = Outcome(AttemptOutcome.LATER, "busy"), Outcome(AttemptOutcome.UNKNOWN, "timeout")
DEAD = Outcome(AttemptOutcome.DEAD_TOKEN, "unregistered")


async def test_news_reaches_the_phone(world: World) -> None:
    """A due delivery is sent once, is done, and its attempt says so."""
    _, _, item = await world.told()
    assert await world.dispatcher().run_once() == 1
    (shown,) = world.channel.phones["phone"].values()
    assert (shown.wording, shown.tag) == ("case.granted", item.id.hex)
    assert await world.states() == [("done", "")]
    assert await world.attempts() == [(1, "accepted", True)]
    assert await world.dispatcher().run_once() == 0


async def test_an_attempt_is_written_before_the_call(world: World) -> None:
    """While the provider is called, the attempt is already there, as unknown and not ended."""
    seen: list[Any] = []

    async def look(_: Sequence[Push]) -> None:
        seen.extend(await world.attempts())

    world.channel.during = look
    await world.told()
    await world.dispatcher().run_once()
    assert seen == [(1, "unknown", False)]


async def test_two_dispatchers_send_nothing_twice(world: World) -> None:
    """Two at work on one outbox at the same time share it: every delivery is handed to the channel once."""
    grant = await world.party()
    await world.phone(grant, "phone")
    for _ in range(30):
        await world.news(grant)
    both = [world.dispatcher(owner, most=7) for owner in ("one", "two")]
    while any(await asyncio.gather(*(one.run_once() for one in both))):
        pass
    assert len(world.channel.calls) == len({push.tag for push in world.channel.calls}) == 30
    assert await world.states() == [("done", "")] * 30


async def test_killed_in_the_call(world: World) -> None:
    """A dispatcher that dies in the call leaves an unknown attempt; when its lease ends, another sends it again, and
    the phone shows one notification."""

    class Killed(BaseException):
        """Nothing runs after it, as after SIGKILL."""

    async def die(_: Sequence[Push]) -> None:
        world.channel.during = None
        raise Killed

    await world.told()
    world.channel.during = die
    with pytest.raises(Killed):
        await world.dispatcher("doomed").run_once()
    assert await world.attempts() == [(1, "unknown", False)]
    world.clock.pass_by(59 * SECOND)
    assert await world.dispatcher("other").run_once() == 0
    world.clock.pass_by(2 * SECOND)
    assert await world.dispatcher("other").run_once() == 1
    assert await world.attempts() == [(1, "unknown", False), (2, "accepted", True)]
    assert [push.token for push in world.channel.calls] == ["phone", "phone"]
    assert len(world.channel.phones["phone"]) == 1


async def test_frozen_past_its_lease(world: World) -> None:
    """A dispatcher that wakes after its lease was taken keeps its attempt's outcome and moves nothing."""

    async def be_frozen(_: Sequence[Push]) -> None:
        world.channel.during = None
        world.clock.pass_by(61 * SECOND)
        assert await world.dispatcher("other").run_once() == 1

    await world.told()
    world.channel.during = be_frozen
    world.channel.answer("phone", Outcome(AttemptOutcome.ACCEPTED, message_id="m"), LATER)
    await world.dispatcher("frozen").run_once()
    assert await world.attempts() == [(1, "later", True), (2, "accepted", True)]
    assert await world.states() == [("done", "")]


async def test_frozen_before_the_call(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dispatcher whose lease ran out before it could write the attempt makes no call."""
    some = type(world.store.devices).some

    async def freeze(*arguments: Any) -> Any:
        world.clock.pass_by(61 * SECOND)
        return await some(*arguments)

    monkeypatch.setattr(type(world.store.devices), "some", freeze)
    await world.told()
    await world.dispatcher().run_once()
    assert (world.channel.calls, await world.attempts()) == ([], [])
    assert await world.states() == [("due", "")]


async def test_retry_after_is_kept(world: World) -> None:
    """The pause that a provider names is waited for, however short our own would be."""
    await world.told()
    world.channel.answer("phone", replace(LATER, retry_after=120 * SECOND))
    await world.dispatcher().run_once()
    world.clock.pass_by(119 * SECOND)
    assert await world.dispatcher().run_once() == 0
    world.clock.pass_by(2 * SECOND)
    assert await world.dispatcher().run_once() == 1
    assert await world.states() == [("done", "")]


async def test_quota_pauses_its_client_and_no_other(world: World) -> None:
    """After "quota exceeded" nothing of that client is tried until it ends, and no attempt is counted for the wait."""
    grant = await world.party()
    await world.phone(grant, "first")
    for _ in range(3):
        await world.news(grant)
    world.channel.answer("first", Outcome(AttemptOutcome.LATER, QUOTA, retry_after=5 * MINUTE))
    one = world.dispatcher(most=1)
    await one.run_once()
    await world.phone(grant, "elsewhere", client="other-app")
    await world.news(grant)
    while await one.run_once():
        pass
    assert len(world.channel.phones["elsewhere"]) == 1
    assert world.channel.phones["first"] == {}
    assert sorted(row["attempts"] for row in await world.deliveries()) == [0, 0, 0, 1, 1]
    world.clock.pass_by(5 * MINUTE)
    while await one.run_once():
        pass
    assert len(world.channel.phones["first"]) == 4


async def test_a_dead_token_ends_the_device(world: World) -> None:
    """A token that the provider calls dead is forgotten; what else was due to it is dropped without a call."""
    grant, device, _ = await world.told()
    await world.news(grant)
    world.channel.answer("phone", DEAD)
    one = world.dispatcher(most=1)
    assert await one.run_once() + await one.run_once() == 2
    assert await registered(world.store, grant, device.id) is None
    assert await world.states() == [("dropped", "device-gone"), ("failed", "unregistered")]
    assert len(world.channel.calls) == 1


async def test_a_device_registered_again_survives(world: World) -> None:
    """A phone that registers while its old registration is being called dead keeps the new one."""
    grant, device, _ = await world.told()

    async def register_again(_: Sequence[Push]) -> None:
        world.clock.pass_by(SECOND)
        await world.phone(grant, "phone")

    world.channel.during = register_again
    world.channel.answer("phone", DEAD)
    await world.dispatcher().run_once()
    assert await registered(world.store, grant, device.id) is not None


async def test_a_rebound_phone_gets_nothing_of_the_former(world: World) -> None:
    """A phone that somebody else signed in on does not get the news of who had it before."""
    _, _, _ = await world.told()
    await world.phone(await world.party(), "phone")
    await world.dispatcher().run_once()
    assert world.channel.calls == []
    assert await world.states() == [("dropped", "device-rebound")]


async def test_expiry_wins(world: World) -> None:
    """What could be tried again only after its age limit has failed now; what is over it is dropped without a call."""
    await world.told(live=HOUR)
    world.channel.answer("phone", replace(LATER, retry_after=HOUR))
    await world.dispatcher().run_once()
    assert await world.states() == [("failed", "expired")]
    await world.told("late", live=HOUR)
    world.clock.pass_by(HOUR)
    await world.dispatcher().run_once()
    assert await world.states() == [("dropped", "expired"), ("failed", "expired")]
    assert len(world.channel.calls) == 1


async def test_what_was_read_is_not_pushed(world: World) -> None:
    """A notification that was read on one phone does not ring on another."""
    grant, _, item = await world.told()
    await world.store.notifications.mark_read(grant, [item.id], world.clock())
    await world.dispatcher().run_once()
    assert world.channel.calls == []
    assert await world.states() == [("dropped", "already-read")]


async def test_no_channel_for_it(world: World) -> None:
    """A delivery for a channel that this process does not have is dropped with that word."""
    grant = await world.party()
    await world.phone(grant, "phone", channel="pigeon")
    await world.news(grant)
    await world.dispatcher().run_once()
    assert await world.states() == [("dropped", "channel-unknown")]


async def test_unknown_outcomes_end(world: World) -> None:
    """What may have arrived is repeated a few times; the phone shows it once, and then it is given up."""
    await world.told()
    world.channel.answer("phone", *[UNKNOWN] * 9)
    for _ in range(9):
        await world.dispatcher().run_once()
        world.clock.pass_by(HOUR)
    assert len(world.channel.calls) == MOST_UNKNOWN
    assert len(world.channel.phones["phone"]) == 1
    assert await world.states() == [("failed", "unknown-too-often")]


async def test_a_row_that_does_not_open_blocks_no_other(world: World) -> None:
    """A device sealed under a lost key waits for the key without an attempt, and the others are sent."""
    _, device, _ = await world.told("sealed")
    await world.told("open")
    await world.store.db.rows("UPDATE device SET key_id = 'lost' WHERE id = $1", device.id)
    await world.dispatcher().run_once()
    assert [push.token for push in world.channel.calls] == ["open"]
    assert await world.states() == [("done", ""), ("due", "unsealable")]
    await world.store.db.rows("UPDATE device SET key_id = 'k1' WHERE id = $1", device.id)
    world.clock.pass_by(HOUR)
    await world.dispatcher().run_once()
    assert await world.states() == [("done", ""), ("done", "")]


async def test_a_hung_channel_ends_before_the_lease(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that would outlast the lease is cut off, and its outcome is unknown."""
    monkeypatch.setattr(module, "MARGIN_S", module.SHORTEST_LEASE_S - 0.05)
    world.channel.open.clear()
    await world.told()
    await world.dispatcher().run_once()
    assert await world.attempts() == [(1, "unknown", True)]
    assert await world.states() == [("due", "lease-ended")]


async def test_an_outcome_is_written_when_the_store_comes_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails after the call does not make an accepted push be sent again."""
    monkeypatch.setattr(module, "IDLE_S", 0.01)
    await world.told()
    finish, failures = type(world.store.outbox).finish, iter(range(3))

    async def failing(*arguments: Any) -> bool:
        if next(failures, None) is not None:
            raise StoreUnavailable("test")
        return await finish(*arguments)

    monkeypatch.setattr(type(world.store.outbox), "finish", failing)
    await world.dispatcher().run_once()
    assert await world.states() == [("done", "")]
    assert len(world.channel.calls) == 1


async def test_what_the_operator_sees(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Attempts and drops are counted; the log names deliveries by id and shows no token and no text."""
    caplog.set_level(logging.DEBUG, "notifications")
    attempts, drops = ATTEMPTS.labels("memory", "accepted"), DROPPED.labels("already-read")
    before = attempts._value.get(), drops._value.get()
    await world.told("secret-token")
    grant, _, item = await world.told("secret-token-too")
    await world.store.notifications.mark_read(grant, [item.id], world.clock())
    await world.dispatcher().run_once()
    assert (attempts._value.get(), drops._value.get()) == (before[0] + 1, before[1] + 1)
    ids = [str(UUID(str(row["id"]))) for row in await world.deliveries()]
    assert all(one in caplog.text for one in ids)
    assert "secret" not in caplog.text
    assert "食品" not in caplog.text


def test_a_short_lease_is_refused() -> None:
    """A lease that a slow call could outlast is a mistake of who constructs it."""
    with pytest.raises(ValueError, match="60 s"):
        Dispatcher(None, {}, Clock(), lambda: 0.5, "one", lease_s=59)  # type: ignore[arg-type]
