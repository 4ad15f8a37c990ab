"""What the dispatcher, phones and platforms rely on of the store, on each database: leases, bindings, contacts and events."""

import asyncio
from dataclasses import replace
from uuid import uuid4

from domain.delivery import AttemptOutcome, DeliveryState, Outcome
from domain.times import HOUR, SECOND
from store.devices import MOST_DEVICES
from store.events import EventState, KeptEvent
from store.store import Store
from tests.contract.store_world import NOW, due, keep, news, one_lease, party, person, registered

ACCEPTED = Outcome(AttemptOutcome.ACCEPTED, message_id="m1")


async def test_a_delivery_is_leased_to_one(store: Store):
    """Many dispatchers at once: every due delivery goes to exactly one of them, none is left."""
    grant = await party(store)
    await due(store, grant, 40)
    leases = await asyncio.gather(*(store.outbox.lease(f"d{n}", NOW, NOW + 60 * SECOND, 7) for n in range(10)))
    taken = [delivery.id for some in leases for delivery in some]
    assert (len(taken), len(set(taken))) == (40, 40)
    assert all(delivery.lease == f"d{n}" for n, some in enumerate(leases) for delivery in some)
    assert await store.outbox.lease("late", NOW, NOW + 60 * SECOND, 7) == []


async def test_a_lease_that_ended_comes_back(store: Store):
    """To whoever asks next, and not a microsecond before; what is not due yet is nobody's."""
    grant = await party(store)
    await due(store, grant, at=NOW)
    await due(store, grant, at=NOW + HOUR)
    first = await one_lease(store, lasts=60 * SECOND)
    assert await store.outbox.lease("two", first.lease_until - 1, NOW + HOUR, 9) == []
    (again,) = await store.outbox.lease("two", first.lease_until, NOW + HOUR, 9)
    assert (again.id, again.lease) == (first.id, "two")


async def test_only_the_holder_of_the_lease_moves_a_delivery(store: Store):
    """One that slept too long writes its outcome, which is a fact, and changes nothing else."""
    await due(store, await party(store))
    old = await one_lease(store, "old")
    assert await store.outbox.begin(old, NOW) == 1
    new = await one_lease(store, "new", old.lease_until)
    assert await store.outbox.begin(old, old.lease_until) is None
    assert not await store.outbox.drop(old, "late")
    assert not await store.outbox.put_back(old, "late", NOW)
    assert not await store.outbox.finish(old, 1, ACCEPTED, DeliveryState.DONE, 0, NOW)
    assert await store.outbox.unknown(new) == 0
    assert await store.outbox.begin(new, old.lease_until) == 2
    assert await store.outbox.unknown(new) == 1
    assert await store.outbox.finish(new, 2, ACCEPTED, DeliveryState.DONE, 0, NOW)
    assert not await store.outbox.finish(new, 2, ACCEPTED, DeliveryState.FAILED, 0, NOW)
    assert await store.outbox.lease("three", NOW + HOUR, NOW + 2 * HOUR, 9) == []


async def test_a_call_is_not_begun_on_a_lease_that_ended(store: Store):
    """Even if nobody else took it yet: somebody may, while the call is made."""
    await due(store, await party(store))
    delivery = await one_lease(store)
    assert await store.outbox.begin(delivery, delivery.lease_until) is None
    assert await store.outbox.begin(delivery, delivery.lease_until - 1) == 1


async def test_what_is_put_back_is_due_again_at_its_time(store: Store):
    """And so is what a channel asked to retry; what is over is not."""
    await due(store, await party(store), 3)
    back, later, over = await store.outbox.lease("one", NOW, NOW + 60 * SECOND, 3)
    assert await store.outbox.put_back(back, "quiet-hours", NOW + HOUR)
    number = await store.outbox.begin(later, NOW)
    assert number == 1
    assert await store.outbox.finish(later, 1, Outcome(AttemptOutcome.LATER), DeliveryState.DUE, NOW + 2 * HOUR, NOW)
    assert await store.outbox.drop(over, "read")
    assert [item.id for item in await store.outbox.lease("two", NOW + HOUR, NOW + 2 * HOUR, 9)] == [back.id]
    assert {item.id for item in await store.outbox.lease("two", NOW + 2 * HOUR, NOW + 3 * HOUR, 9)} == {
        back.id,
        later.id,
    }


async def test_one_duty_for_a_notification_and_device(store: Store):
    """Adding it again makes no second one; news too old for a phone makes none."""
    grant = await party(store)
    device = await store.devices.register(grant, "app", "fcm", "token", "en", NOW)
    item, old = news(), replace(news(), push_until=NOW)
    await keep(store, grant, item, old)
    for _ in range(2):
        async with store.db.transaction() as session:
            await store.outbox.add(session, grant.party_id, [item, old], [(device.id, "fcm")], NOW)
    leased = await store.outbox.lease("one", NOW, NOW + SECOND, 9)
    assert [(delivery.notification_id, delivery.device_id) for delivery in leased] == [(item.id, device.id)]


async def test_a_token_is_bound_to_whoever_registered_it_last(store: Store):
    """The old binding ends with what was due to it; another client's same token is another device."""
    old, new = await party(store), await party(store)
    await due(store, old)
    (delivery,) = await store.outbox.lease("x", NOW, NOW + 1, 1)
    token = (await registered(store, old, delivery.device_id)).token
    device = await store.devices.register(new, "app", "fcm", token, "en", NOW + 1)
    other = await store.devices.register(old, "other-app", "fcm", token, "en", NOW + 1)
    assert device.id == delivery.device_id != other.id
    assert await registered(store, old, device.id) is None
    assert (await registered(store, new, device.id)).locale == "en"
    assert await store.outbox.lease("x", NOW + HOUR, NOW + 2 * HOUR, 9) == []
    found = await store.devices.some([(old, device.id), (new, device.id), (old, other.id), (new, other.id)])
    assert {key: value.party_id for key, value in found.items()} == {device.id: new.party_id, other.id: old.party_id}
    assert await store.devices.some([]) == {}


async def test_registering_a_token_at_once_from_many_sides_binds_it_to_one(store: Store):
    """One row, whoever won; nobody fails."""
    grants = [await party(store) for _ in range(4)]
    found = await asyncio.gather(*(store.devices.register(grant, "app", "fcm", "t", "en", NOW) for grant in grants * 3))
    assert len({device.id for device in found}) == 1
    assert sum([await registered(store, grant, found[0].id) is not None for grant in grants]) == 1


async def test_a_device_is_unregistered_by_its_party_and_client_only(store: Store):
    """And removed as dead only if it was not registered again since."""
    grant, other = await party(store), await party(store)
    device = await store.devices.register(grant, "app", "fcm", "t", "en", NOW)
    assert not await store.devices.unregister(other, "app", device.id)
    assert not await store.devices.unregister(grant, "other-app", device.id)
    await store.devices.remove_dead(device.id, NOW - 1)
    assert await registered(store, grant, device.id) is not None
    assert await store.devices.unregister(grant, "app", device.id)
    assert not await store.devices.unregister(grant, "app", device.id)
    await store.devices.register(grant, "app", "fcm", "t", "en", NOW)
    await store.devices.remove_dead(device.id, NOW)
    assert await registered(store, grant, device.id) is None


async def test_a_party_keeps_the_devices_it_used_last(store: Store):
    """So many by one client; the newest registration stays even if the clock went back. Nobody else loses any."""
    grant, other = await party(store), await party(store)
    elsewhere = [
        await store.devices.register(grant, "other-app", "fcm", "t", "en", NOW - 9),
        await store.devices.register(other, "app", "fcm", "o", "en", NOW - 9),
    ]
    found = [await store.devices.register(grant, "app", "fcm", f"t{n}", "en", NOW + n) for n in range(MOST_DEVICES + 2)]
    late = await store.devices.register(grant, "app", "fcm", "late", "en", NOW - 5)
    wanted = [(grant, elsewhere[0].id), (other, elsewhere[1].id), *((grant, device.id) for device in [*found, late])]
    left = {device.id for device in [*elsewhere, *found[3:], late]}
    assert (await store.devices.some(wanted)).keys() == left


def event(event_id: str = "e1", person_key: str = "k", state: EventState = EventState.UNLINKED) -> KeptEvent:
    return KeptEvent("44", event_id, "d" * 64, b'\xff{"\x00": 1}', NOW, state, person_key)


async def test_an_event_is_kept_once(store: Store):
    """By one of many that bring it at once; its body comes back byte for byte."""

    async def add() -> bool:
        async with store.db.transaction() as session:
            return await store.events.add(session, event())

    assert sorted(await asyncio.gather(*(add() for _ in range(8)))) == [False] * 7 + [True]
    assert await store.events.digest("44", "e1") == "d" * 64
    assert await store.events.digest("45", "e1") is None
    assert [dict(row)["event_id"] for row in await store.db.rows("SELECT event_id FROM platform_event")] == ["e1"]
    assert await store.set_aside.event(event().id) == event()


async def test_an_event_is_linked_once(store: Store):
    """By one of many; from then on nobody waits for it. What is in quarantine waits for nobody."""
    somebody = person()
    await store.parties.register(somebody, NOW)
    kept = event("e1", somebody.person_key)
    async with store.db.transaction() as session:
        await store.events.add(session, kept)
        await store.events.add(session, event("e2", somebody.person_key, EventState.QUARANTINED))

    async def link() -> bool:
        async with store.db.transaction() as session:
            return await store.events.settle(session, kept, replace(kept, state=EventState.APPLIED))

    assert (await store.events.waiting(somebody.id, 9)).events == [kept] and await store.events.waits(kept)
    assert sorted(await asyncio.gather(*(link() for _ in range(8)))) == [False] * 7 + [True]
    assert (await store.events.waiting(somebody.id, 9)).events == [] and not await store.events.waits(kept)


async def test_a_party_waits_for_its_own_events_oldest_first(store: Store):
    """Page by page, each once, also those of one moment; of a party that is not there none."""
    somebody = person()
    await store.parties.register(somebody, NOW)
    async with store.db.transaction() as session:
        for place in (2, 0, 1, 3):
            await store.events.add(session, replace(event(f"e{place}", somebody.person_key), received=NOW + place // 2))
        await store.events.add(session, event("stranger", "nobody"))
    names, last = list[str](), None
    for size in (2, 2, 0):
        page = await store.events.waiting(somebody.id, 2, last)
        assert len(page.events) == size
        names, last = names + [item.event_id for item in page.events], page.last
    assert {*names[:2]} == {"e0", "e1"} and {*names[2:]} == {"e2", "e3"}
    assert last is None
    assert (await store.events.waiting(uuid4(), 9)).events == []
