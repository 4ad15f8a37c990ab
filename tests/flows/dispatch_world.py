"""Parties with phones and news over a real store, for tests of dispatching."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

from domain.caller import Grant, Ground, Party
from domain.delivery import Device
from domain.event import EventKind
from domain.identity import Identity, IdentityType
from domain.notification import Notification, notification_of
from domain.times import DAY, SECOND, Micros
from domain.transition import Transition
from notifications.dispatcher import Dispatcher
from store.parties import advance
from store.store import Store
from tests.doubles.channel import MemoryChannel

START: Micros = 1_790_000_000 * SECOND


class Clock:
    """The test's own time."""

    now: Micros = START

    def __call__(self) -> Micros:
        return self.now

    def pass_by(self, length: Micros) -> None:
        self.now += length


class World:
    """Parties with phones and news, a channel, and dispatchers over one store."""

    def __init__(self, store: Store) -> None:
        self.store, self.clock, self.channel = store, Clock(), MemoryChannel(["app", "other-app"])
        self.numbers = iter(range(1, 10_000))

    def dispatcher(self, owner: str = "one", most: int = 100) -> Dispatcher:
        return Dispatcher(self.store, {"memory": self.channel}, self.clock, lambda: 0.5, owner, most=most)

    async def party(self) -> Grant:
        number = next(self.numbers)
        identity = Identity(IdentityType.RESIDENT, f"{number:018}")
        party_id = self.store.sealer.party_id(identity)
        await self.store.parties.register(
            Party(party_id, self.store.sealer.person_key(identity), "somebody", identity), self.clock()
        )
        return Grant(party_id, Ground.OWN)

    async def phone(self, grant: Grant, token: str, client: str = "app", channel: str = "memory") -> Device:
        return await self.store.devices.register(grant, client, channel, token, "zh-Hans", self.clock())

    async def news(self, grant: Grant, kind: EventKind = EventKind.GRANTED, live: Micros = 7 * DAY) -> Notification:
        """A notification of the party, due to all its phones, to be pushed for `live` from now on."""
        now = self.clock()
        item = notification_of(Transition(uuid4(), kind, "row", now), now, {"item": "食品经营许可"})
        item = replace(item, push_until=now + live)
        async with self.store.db.transaction() as session:
            seq = await advance(session, grant.party_id)
            assert seq is not None
            await self.store.notifications.keep(session, grant.party_id, seq, [item])
            devices = await self.store.devices.addresses(session, grant.party_id)
            await self.store.outbox.add(session, grant.party_id, [item], devices, now)
        return item

    async def told(self, token: str = "phone", **how: Any) -> tuple[Grant, Device, Notification]:
        """A party with one phone and one piece of news."""
        grant = await self.party()
        device = await self.phone(grant, token)
        return grant, device, await self.news(grant, **how)

    async def deliveries(self) -> list[dict[str, Any]]:
        return await self.store.db.rows("SELECT * FROM delivery ORDER BY created_us, id")

    async def states(self) -> list[tuple[str, str]]:
        return sorted((row["state"], row["reason"]) for row in await self.deliveries())

    async def attempts(self) -> list[tuple[int, str, bool]]:
        """Number, outcome and whether it ended, of each attempt."""
        rows = await self.store.db.rows("SELECT * FROM attempt ORDER BY started_us, number")
        return [(row["number"], row["outcome"], row["finished_us"] is not None) for row in rows]
