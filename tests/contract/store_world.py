"""Parties and rows for tests of the store, made through its own doors."""

from itertools import count
from uuid import UUID, uuid4

from domain.caller import Grant, Ground, Party
from domain.case import KeptCase
from domain.delivery import Delivery, Device
from domain.event import Event, EventKind
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation, Facts, knowledge_of
from domain.licence import KeptLicence, Licence, LicenceState
from domain.notification import Notification, notification_of
from domain.times import DAY, SECOND, Micros, moment
from domain.transition import Transition
from store.parties import advance
from store.store import Store

NOW: Micros = 1_790_000_000 * SECOND
NUMBERS = count(1)
SECRET = "张三-secret"


def person() -> Party:
    """Somebody of whom nothing is kept yet."""
    identity = Identity(IdentityType.RESIDENT, f"{next(NUMBERS):018}")
    return Party(uuid4(), uuid4().hex * 2, SECRET, identity)


async def party(store: Store) -> Grant:
    """A registered party."""
    somebody = person()
    assert await store.parties.register(somebody, NOW)
    return Grant(somebody.id, Ground.OWN)


def case(updated: Micros = NOW, kind: EventKind = EventKind.ACCEPTED, platform: str = "44") -> KeptCase:
    event = Event(f"R:1:{kind}", "R:1", kind, moment(updated), detail=SECRET)
    known = knowledge_of(CaseObservation(Facts(SECRET, SECRET), (event,), NOW, True))
    return KeptCase(uuid4(), platform, known, updated)


def licence(updated: Micros = NOW) -> KeptLicence:
    return KeptLicence(uuid4(), "44", Licence(SECRET, SECRET, LicenceState.VALID), updated, NOW)


def news(created: Micros = NOW, case_id: UUID | None = None) -> Notification:
    return notification_of(Transition(case_id or uuid4(), EventKind.GRANTED, "R:1", NOW), created, {"item": SECRET})


async def keep(store: Store, grant: Grant, *items: KeptCase | KeptLicence | Notification) -> int:
    """Writes rows in one transaction; the number of it in the party's sequence."""
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        assert seq is not None
        await store.cases.add(session, grant.party_id, seq, [item for item in items if isinstance(item, KeptCase)])
        await store.licences.add(
            session, grant.party_id, seq, [item for item in items if isinstance(item, KeptLicence)]
        )
        told = [item for item in items if isinstance(item, Notification)]
        if told:
            await store.notifications.keep(session, grant.party_id, seq, told)
        return seq


async def registered(store: Store, grant: Grant, device_id: UUID) -> Device | None:
    """A device, if it is bound to the granted party."""
    return (await store.devices.some([(grant, device_id)])).get(device_id)


async def due(store: Store, grant: Grant, many: int = 1, at: Micros = NOW) -> None:
    """So many deliveries of a party, due at a time."""
    device = await store.devices.register(grant, "app", "fcm", uuid4().hex, "zh-Hans", NOW)
    items = [news() for _ in range(many)]
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        assert seq is not None
        await store.notifications.keep(session, grant.party_id, seq, items)
        assert await store.outbox.add(session, grant.party_id, items, [(device.id, "fcm")], at) == many


async def one_lease(store: Store, owner: str = "one", now: Micros = NOW, lasts: Micros = 60 * SECOND) -> Delivery:
    (delivery,) = await store.outbox.lease(owner, now, now + lasts, 1)
    return delivery


LATER = NOW + DAY
