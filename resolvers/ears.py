"""Whose changes are listened for in this process, and waking those who listen."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from domain.caller import Grant, Ground
from store.database import StoreUnavailable
from store.parties import Parties
from store.shared.bus import Bus, changes_of

log = logging.getLogger(__name__)

LOOK_S = 15.0
"""How long a change may stay unheard when its hint was lost."""
MOST_AT_ONCE = 500


class Ear:
    """One party to which somebody in this process listens."""

    def __init__(self) -> None:
        self.listeners = 0
        self.open = asyncio.Event()
        self._moved = asyncio.Event()
        self._seen: int | None = None

    @property
    def moved(self) -> asyncio.Event:
        """Set at the next hint. Take it before you read: then what changes while you read sets it."""
        return self._moved

    def seen(self, seq: int) -> None:
        """Somebody who listens read the party's sequence here. What was hinted at before counts from the first time."""
        if self._seen is None:
            self._seen = seq

    def wake(self) -> None:
        """Lets everybody who listens look."""
        self._moved.set()
        self._moved = asyncio.Event()

    def compare(self, seq: int) -> None:
        """Wakes, if the sequence went on since it was looked at last."""
        if self._seen is not None and seq > self._seen:
            self._seen = seq
            self.wake()


class Ears:
    """One ear at the bus for each party, however many listen; and one look at the database for all that are hinted at once."""

    def __init__(self, bus: Bus, parties: Parties, look_s: float = LOOK_S) -> None:
        self._bus, self._parties, self._look_s = bus, parties, look_s
        self._ears: dict[UUID, tuple[Ear, asyncio.Task[None]]] = {}
        self._hinted: set[UUID] = set()
        self._hint = asyncio.Event()
        self._looking: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def at(self, grant: Grant) -> AsyncIterator[Ear]:
        """Listens for changes of the granted party from when the block is entered until it ends."""
        ear = self._ear(grant.party_id)
        ear.listeners += 1
        try:
            await ear.open.wait()
            yield ear
        finally:
            ear.listeners -= 1
            if not ear.listeners:
                _, hearing = self._ears.pop(grant.party_id)
                hearing.cancel()
            if not self._ears:
                for looking in self._looking:
                    looking.cancel()
                self._looking = []

    def _ear(self, party_id: UUID) -> Ear:
        if party_id not in self._ears:
            ear = Ear()
            self._ears[party_id] = ear, asyncio.create_task(self._hear(party_id, ear), name="hear")
        if not self._looking:
            self._looking = [
                asyncio.create_task(one(), name="look") for one in (self._look_at_hinted, self._look_at_all)
            ]
        return self._ears[party_id][0]

    async def _hear(self, party_id: UUID, ear: Ear) -> None:
        while True:
            try:
                async with self._bus.listen(changes_of(party_id)) as listener:
                    ear.open.set()
                    while True:
                        await listener.heard()
                        self._hinted.add(party_id)
                        self._hint.set()
            except Exception:  # whatever it is: nobody must wait for this ear to open
                log.exception("hear: no hints of a party until it is listened to again")
                ear.open.set()
            await asyncio.sleep(self._look_s)

    async def _look_at_all(self) -> None:
        while True:
            await asyncio.sleep(self._look_s)
            await self._look(list(self._ears))

    async def _look_at_hinted(self) -> None:
        """At once; and at those hinted meanwhile together, since a bus that comes back hints everybody."""
        while True:
            await self._hint.wait()
            self._hint.clear()
            hinted, self._hinted = list(self._hinted), set()
            await self._look(hinted)

    async def _look(self, party_ids: Sequence[UUID]) -> None:
        for first in range(0, len(party_ids), MOST_AT_ONCE):
            await self._compare(party_ids[first : first + MOST_AT_ONCE])

    async def _compare(self, party_ids: Sequence[UUID]) -> None:
        try:
            seqs = await self._parties.seqs([Grant(one, Ground.SYSTEM, "look") for one in party_ids])
        except StoreUnavailable:
            log.warning("look: the store does not answer")
            return
        except Exception:  # whatever it is: the next look must come
            log.exception("look: failed")
            return
        for party_id, seq in seqs.items():
            if party_id in self._ears:
                self._ears[party_id][0].compare(seq)
