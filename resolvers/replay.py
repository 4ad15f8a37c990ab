"""What an operator does with what is set aside: looks at it, has it taken in again, or gives it up (docs/adr/0041)."""

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial
from uuid import UUID

from domain.job import JobKind
from domain.times import Micros
from integrations.port import PlatformEvent
from resolvers.events import LONGEST_PROBLEM, Reception
from store.database import StoreUnavailable
from store.events import EventState, KeptEvent
from store.sealing import Unsealable
from store.set_aside import Act, Owed, Which, note_act

log = logging.getLogger(__name__)

BATCH = 200


class Fate(StrEnum):
    """What becomes of one thing that is replayed. All up to ASKED are well; the others need somebody.

    WAITING: readable again, and about somebody who never signed in. ASKED: the platform will be asked. CONFLICT: it reads now,
    and another body came under its id.
    """

    TAKEN_IN = "taken in"
    WAITING = "waiting"
    DUPLICATE = "duplicate"
    ASKED = "will be asked"
    UNREADABLE = "still unreadable"
    FAILED = "failed"
    CONFLICT = "conflict"
    SEALED = "does not open"
    UNCONNECTED = "platform not connected"
    UNKNOWN = "unknown id"


WELL = frozenset({Fate.TAKEN_IN, Fate.WAITING, Fate.DUPLICATE, Fate.ASKED})


@dataclass(frozen=True, slots=True)
class Replayed:
    """`problem` names a place, what is expected there, or the type of a fault; nothing personal."""

    id: UUID
    platform: str
    fate: Fate
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """One event as an operator sees it. `kept` is None where its key is missing. `today`: what a replay would come to."""

    kept: KeptEvent | None
    today: Replayed
    acts: tuple[Act, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Replay:
    """`clock` gives the time."""

    reception: Reception
    clock: Callable[[], Micros]

    async def look(self, row_id: UUID) -> Looked | None:
        """One event and what would become of it now; None if there is none with this id. Changes nothing."""
        store = self.reception.store
        try:
            kept = await store.set_aside.event(row_id)
            acts = tuple(await store.set_aside.acts(row_id))
        except Unsealable:
            return Looked(None, Replayed(row_id, "", Fate.SEALED))
        return Looked(kept, await self._event(row_id, kept, dry=True), acts) if kept else None

    async def all(self, which: Which, dry: bool) -> AsyncIterator[Replayed]:
        """Replays all that is set aside, the oldest first. Raises StoreUnavailable; repeated, it goes on where it ended."""
        after: tuple[Micros, UUID] | None = None
        while found := await self.reception.store.set_aside.listed(which, BATCH, after):
            for aside in found:
                yield await self.one(aside.id, dry)
            after = (found[-1].at, found[-1].id)

    async def one(self, row_id: UUID, dry: bool) -> Replayed:
        """Replays one thing; `dry` only says what would become of it. Raises StoreUnavailable."""
        store = self.reception.store
        try:
            kept = await store.set_aside.event(row_id)
        except Unsealable:
            return Replayed(row_id, "", Fate.SEALED)
        if kept:
            return await self._event(row_id, kept, dry)
        owed = await store.set_aside.owed(row_id)
        return await self._owed(row_id, owed, dry) if owed else Replayed(row_id, "", Fate.UNKNOWN)

    async def drop(self, row_id: UUID, act: Act) -> bool:
        """Gives an event up, and keeps by whom and why; False if it is not set aside. It can still be replayed."""
        store = self.reception.store
        kept = await store.set_aside.event(row_id)
        if kept is None or kept.state not in (EventState.QUARANTINED, EventState.FAILED):
            return False
        note = partial(note_act, sealer=store.sealer, row_id=row_id, act=act)
        return await self.reception.settled(kept, replace(kept, state=EventState.DROPPED), note)

    async def note(self, row_id: UUID, act: Act) -> None:
        """Keeps that somebody looked at a body."""
        async with self.reception.store.db.transaction() as session:
            await note_act(session, self.reception.store.sealer, row_id, act)

    async def _owed(self, row_id: UUID, owed: Owed, dry: bool) -> Replayed:
        if owed.platform not in self.reception.registry.connected:
            return Replayed(row_id, owed.platform, Fate.UNCONNECTED)
        if not dry:
            await self.reception.store.jobs.schedule(JobKind.CATCH_UP, self.clock(), owed.party_id, owed.platform)
        return Replayed(row_id, owed.platform, Fate.ASKED)

    async def _event(self, row_id: UUID, kept: KeptEvent, dry: bool) -> Replayed:
        platform = self.reception.registry.connected.get(kept.platform)
        if kept.state is EventState.APPLIED:
            return Replayed(row_id, kept.platform, Fate.DUPLICATE)
        if platform is None:
            return Replayed(row_id, kept.platform, Fate.UNCONNECTED)
        event = self.reception.read(platform, kept)
        if event.problem or not event.is_about_somebody:
            await self._again(kept, EventState.QUARANTINED, event.problem, dry)
            return Replayed(row_id, kept.platform, Fate.UNREADABLE, event.problem)
        fate, problem = await self._readable(kept, event, dry)
        return Replayed(row_id, kept.platform, fate, problem)

    async def _readable(self, kept: KeptEvent, event: PlatformEvent, dry: bool) -> tuple[Fate, str]:
        store, placed = self.reception.store, self.reception.placed(kept, event)
        if placed.id != kept.id and (digest := await store.events.digest(placed.platform, placed.event_id)):
            if digest != kept.digest:
                return Fate.CONFLICT, ""
            # It came again, and could be read then.
            await self._again(kept, EventState.DROPPED, Fate.DUPLICATE.value, dry)
            return Fate.DUPLICATE, ""
        party_id = await store.parties.known(placed.person_key)
        if dry:
            return (Fate.TAKEN_IN if party_id else Fate.WAITING), ""
        if party_id is None:
            return await self._wait(kept, placed), ""
        try:
            taken = await self.reception.take_in(party_id, kept, event)
        except StoreUnavailable:
            raise
        except Exception as error:
            log.exception("an event was not taken in again", extra={"event": str(kept.id), "platform": kept.platform})
            await self._again(kept, EventState.FAILED, type(error).__name__, dry)
            return Fate.FAILED, type(error).__name__
        return (Fate.TAKEN_IN if taken else Fate.DUPLICATE), ""

    async def _wait(self, kept: KeptEvent, waiting: KeptEvent) -> Fate:
        if kept.state is EventState.UNLINKED:
            return Fate.WAITING
        return Fate.WAITING if await self.reception.wait(kept, waiting) else Fate.DUPLICATE

    async def _again(self, kept: KeptEvent, state: EventState, problem: str, dry: bool) -> None:
        """It stays set aside, for the reason of today. What was dropped stays dropped."""
        if dry or kept.state in (EventState.DROPPED, EventState.UNLINKED):
            return
        await self.reception.settled(kept, replace(kept, state=state, problem=problem[:LONGEST_PROBLEM]))
