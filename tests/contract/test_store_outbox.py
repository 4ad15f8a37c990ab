"""What the dispatcher, phones and platforms rely on of the store, on each database: leases, bindings, contacts and events."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from domain.delivery import AttemptOutcome, DeliveryState, Outcome
from domain.source import Contact, Reason
from domain.times import HOUR, SECOND
from store import contacts
from store.devices import MOST_DEVICES
from store.events import EventState, KeptEvent
from store.store import Store
from tests.contract.store_world import NOW, case, due, keep, licence, news, one_lease, party, person, registered

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
    assert await store.events.waiting("k") == [event()]


async def test_an_event_is_linked_once(store: Store):
    """By one of many; from then on nobody waits for it. What is in quarantine waits for nobody."""
    async with store.db.transaction() as session:
        await store.events.add(session, event())
        await store.events.add(session, event("e2", state=EventState.QUARANTINED))

    async def link() -> bool:
        async with store.db.transaction() as session:
            return await store.events.link(session, event())

    assert sorted(await asyncio.gather(*(link() for _ in range(8)))) == [False] * 7 + [True]
    assert await store.events.waiting("k") == []


async def test_linkable_are_those_whose_party_is_there_oldest_first(store: Store):
    """So that a sweep finds what a crash left."""
    somebody = person()
    await store.parties.register(somebody, NOW)
    async with store.db.transaction() as session:
        for place in (2, 0, 1):
            await store.events.add(session, replace(event(f"e{place}", somebody.person_key), received=NOW + place))
        await store.events.add(session, event("stranger", "nobody"))
    assert [item.event_id for item in await store.events.linkable(["44"], 2)] == ["e0", "e1"]
    assert await store.events.linkable(["45"], 2) == await store.events.linkable([], 2) == []
    assert [item.event_id for item in await store.events.waiting(somebody.person_key)] == ["e0", "e1", "e2"]


class Contacts:
    """One contact, and the ways in which it learns."""

    def __init__(self, store: Store, party_id) -> None:
        self.store, self.key = store, (party_id, "cases", "44")

    async def answer(self, sent: int, fingerprint: str = "f", truncated: bool = False) -> None:
        async with self.store.db.transaction() as session:
            await contacts.answered(session, *self.key, sent, fingerprint, truncated)

    async def fail(self, sent: int, reason: Reason = Reason.TIMEOUT) -> None:
        await self.store.contacts.fail(*self.key, sent, reason)

    async def confirm(self, sent: int, fingerprint: str = "f") -> bool:
        return await self.store.contacts.confirm(*self.key, sent, fingerprint)

    async def unsettle(self) -> Contact:
        async with self.store.db.transaction() as session:
            return await contacts.unsettle(session, *self.key)


async def test_older_words_never_override_newer_ones_of_a_contact(store: Store):
    """Failures, answers and confirmations, each dated by its question, in every order of arrival: one end."""
    grant = await party(store)
    steps = [("answer", 5), ("fail", 3), ("fail", 7), ("confirm", 6), ("answer", 4)]
    orders = [(0, 1, 2, 3), (0, 3, 2, 1), (0, 2, 3, 1), (2, 0, 1, 3), (1, 0, 3, 2), (2, 0, 3, 1)]
    for place, order in enumerate(orders):
        contact = Contacts(store, grant.party_id)
        contact.key = (grant.party_id, "cases", f"p{place}")
        for step in order:
            await getattr(contact, steps[step][0])(steps[step][1])
        found = (await store.contacts.all(grant, "cases"))[f"p{place}"]
        assert (found.asked, found.answered, found.full_at, found.trouble) == (7, 6, 6, Reason.TIMEOUT)


async def test_an_answer_after_a_failure_ends_the_trouble(store: Store):
    """A newer one; and so does a confirmation. An older one does not."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.fail(3)
    await contact.answer(2)
    assert (await store.contacts.all(grant, "cases"))["44"].trouble is Reason.TIMEOUT
    await contact.answer(4)
    assert (await store.contacts.all(grant, "cases"))["44"].trouble is None
    await contact.fail(5, Reason.REFUSED)
    assert await contact.confirm(6)
    found = (await store.contacts.all(grant, "cases"))["44"]
    assert (found.trouble, found.asked, found.answered, found.full_at) == (None, 6, 6, 6)


async def test_only_the_same_answer_confirms(store: Store):
    """Not another, not once something else changed, not a list that was cut short, and not before there was any."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    assert not await contact.confirm(1)
    await contact.answer(2)
    assert not await contact.confirm(3, "other")
    assert await contact.confirm(3)
    assert (await contact.unsettle()).full_at == 3
    assert not await contact.confirm(4)
    await contact.answer(5, truncated=True)
    assert not await contact.confirm(6)
    found = (await store.contacts.all(grant, "cases"))["44"]
    assert (found.answered, found.full_at, found.truncated) == (5, 3, True)
    assert await store.contacts.all(grant, "licences") == {}


async def test_an_older_full_answer_still_moves_the_date_of_fullness(store: Store):
    """A newer one that was cut short proves nothing of what is missing; the older whole one does, up to its date."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.answer(7, truncated=True)
    await contact.answer(5, fingerprint="")
    found = (await store.contacts.all(grant, "cases"))["44"]
    assert (found.answered, found.full_at, found.truncated) == (7, 5, True)


@pytest.mark.parametrize("noun", ["cases", "licences"])
async def test_a_contact_counts_the_rows_that_hold(store: Store, noun: str):
    """Of its platform, party and noun; retired ones are none."""
    make = {"cases": case, "licences": licence}[noun]
    grant, other = await party(store), await party(store)
    await keep(store, grant, make(), make(), replace(make(), retired=True), replace(make(), platform="45"))
    await keep(store, other, make())
    await store.contacts.fail(grant.party_id, noun, "44", 1, Reason.TIMEOUT)
    assert (await store.contacts.all(grant, noun))["44"].rows == 2
    assert await store.contacts.all(replace(grant, party_id=uuid4()), noun) == {}
