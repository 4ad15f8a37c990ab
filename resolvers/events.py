"""Receiving events: verified, kept once, applied or linked later, never lost (docs/adr/0029)."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from uuid import UUID

from prometheus_client import Counter

from domain.job import JobKind
from domain.times import SECOND, Micros
from integrations.port import (
    Envelope,
    EventRefused,
    NoEvents,
    NotParsable,
    Platform,
    PlatformEvent,
    SignatureExpired,
    SignatureWrong,
)
from integrations.registry import Registry
from resolvers.intake import Intake
from store.database import Session, StoreUnavailable
from store.events import EventState, KeptEvent, Known
from store.gaps import note_gap
from store.jobs import schedule
from store.parties import party_of
from store.store import Store

log = logging.getLogger(__name__)

LONGEST_PROBLEM = 64
"""Characters of the reason for a quarantine."""

AGAIN_AFTER: Micros = 30 * SECOND
"""How long an event that we could not take in waits for its second try."""

EVENTS = Counter("tongban_events_total", "Events received from platforms", ["platform", "receipt"])


class Receipt(StrEnum):
    """What became of an event. The first five are accepted: the platform need not send it again.

    KEPT: it should have been applied, and we were at fault. It is tried again.
    """

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    UNLINKED = "unlinked"
    KEPT = "kept"
    QUARANTINED = "quarantined"
    UNKNOWN_PLATFORM = "unknown-platform"
    NOT_PARSABLE = "not-parsable"
    SIGNATURE_WRONG = "signature-wrong"
    SIGNATURE_EXPIRED = "signature-expired"
    CONFLICT = "conflict"
    UNAVAILABLE = "unavailable"


REFUSALS: Mapping[type[EventRefused], Receipt] = {
    NoEvents: Receipt.UNKNOWN_PLATFORM,
    NotParsable: Receipt.NOT_PARSABLE,
    SignatureWrong: Receipt.SIGNATURE_WRONG,
    SignatureExpired: Receipt.SIGNATURE_EXPIRED,
}


Also = Callable[[Session], Awaitable[object]]
"""Something that is done inside a transaction of somebody else."""


class _Outrun(Exception):
    """Another settled this event."""


@dataclass(frozen=True)
class Reception:
    store: Store
    registry: Registry
    intake: Intake

    async def receive(self, platform: str, headers: Mapping[str, str], body: bytes, received: Micros) -> Receipt:
        """Takes an event as it came over the wire; header names in lower case."""
        envelope = Envelope(headers, body, received)
        try:
            receipt = await self._receive(platform, envelope)
        except StoreUnavailable:
            receipt = Receipt.UNAVAILABLE
        known = platform if platform in self.registry.connected else "unknown"
        EVENTS.labels(known, receipt.value).inc()
        return receipt

    async def link(self, party_id: UUID, kept: KeptEvent) -> Receipt:
        """`linked`; and KEPT, where we were at fault: it is tried once more, and then waits for an operator."""
        try:
            return await self.linked(party_id, kept)
        except StoreUnavailable:
            raise
        except Exception as error:
            await self._fail(party_id, kept, error)
            return Receipt.KEPT

    async def linked(self, party_id: UUID, kept: KeptEvent) -> Receipt:
        """Takes in a kept event of a party that has signed in. Raises a defect.

        QUARANTINED, if it can no longer be read. DUPLICATE, if another was faster, or it is now read as about somebody else: then
        it waits for them. UNLINKED, while its platform is not connected.
        """
        platform = self.registry.connected.get(kept.platform)
        if platform is None:
            return Receipt.UNLINKED
        event = self.read(platform, kept)
        if event.problem or not event.is_about_somebody:
            return await self._unreadable(kept, event.problem)
        if self.placed(kept, event).person_key != kept.person_key:
            await self.wait(kept, self.placed(kept, event))
            return Receipt.DUPLICATE
        return Receipt.APPLIED if await self.take_in(party_id, kept, event) else Receipt.DUPLICATE

    async def wait(self, before: KeptEvent, placed: KeptEvent) -> bool:
        """Lets a kept event wait for whom it is read as about. False if another was faster."""

        async def link(session: Session) -> None:
            if party_id := await party_of(session, placed.person_key):
                await schedule(session, JobKind.LINK, self.intake.clock(), party_id)

        # Whoever comes after this look has a job that comes later than this transaction ends.
        return await self.settled(before, replace(placed, state=EventState.UNLINKED, problem=""), link)

    async def _unreadable(self, kept: KeptEvent, problem: str) -> Receipt:
        aside = replace(kept, state=EventState.QUARANTINED, problem=problem[:LONGEST_PROBLEM])
        if not await self.settled(kept, aside):
            return Receipt.DUPLICATE
        _warn_of_quarantine(kept, problem)
        return Receipt.QUARANTINED

    async def take_in(self, party_id: UUID, kept: KeptEvent, event: PlatformEvent) -> bool:
        """Applies a kept event as it reads now. False if another did, or its id came again meanwhile. Raises a defect."""
        applied = replace(self.placed(kept, event), state=EventState.APPLIED, problem="")

        async def claim(session: Session) -> bool:
            return await self.store.events.settle(session, kept, applied)

        return await self.intake.event(party_id, kept.platform, event, claim)

    def read(self, platform: Platform, kept: KeptEvent) -> PlatformEvent:
        """A kept event by the description of today; what cannot be read has a problem."""
        try:
            return platform.read_event(kept.body, kept.received)
        except NotParsable:
            return PlatformEvent("", kept.received, problem="not-parsable")

    def placed(self, kept: KeptEvent, event: PlatformEvent) -> KeptEvent:
        """A kept event under the id, party and place in its series that it reads as."""
        numbered, sealer = event.numbered, self.store.sealer
        series = None
        if numbered:
            series = sealer.hash("series", numbered.within) if numbered.within else ""
        return replace(
            kept,
            event_id=event.event_id or kept.event_id,
            person_key=self._key(kept.platform, event) or kept.person_key,
            series=series,
            number=numbered.number if numbered else None,
        )

    def _key(self, platform: str, event: PlatformEvent) -> str:
        """By which an event's party is found; empty where it is about nobody."""
        if event.account:
            return self.store.sealer.account_key(platform, event.account)
        return self.store.sealer.person_key(event.identity) if event.identity else ""

    async def settled(self, before: KeptEvent, after: KeptEvent, also: Also | None = None) -> bool:
        """Gives a kept event its new state, and does what belongs to that, `also`, in one transaction.

        False if another was faster; then nothing of it is done.
        """
        try:
            async with self.store.db.transaction() as session:
                if not await self.store.events.settle(session, before, after):
                    raise _Outrun
                if also is not None:
                    await also(session)
        except _Outrun:
            return False
        return True

    async def _fail(self, party_id: UUID, kept: KeptEvent, error: Exception) -> None:
        failed = _failed(kept, error)
        again = self._again(party_id) if failed.state is EventState.UNLINKED else None
        await self.settled(kept, failed, again)

    def _again(self, party_id: UUID) -> Also:
        due = self.intake.clock() + AGAIN_AFTER
        return partial(schedule, kind=JobKind.LINK, due=due, party_id=party_id)

    async def _receive(self, code: str, envelope: Envelope) -> Receipt:
        platform = self.registry.connected.get(code)
        if platform is None:
            return Receipt.UNKNOWN_PLATFORM
        try:
            event = platform.open_event(envelope)
        except EventRefused as refused:
            return REFUSALS[type(refused)]
        return await self._keep(code, event, envelope)

    async def _keep(self, platform: str, event: PlatformEvent, envelope: Envelope) -> Receipt:
        # Keyed: it stands in the clear, and a body may be guessed.
        digest = self.store.sealer.hash("event", hashlib.sha256(envelope.body).hexdigest())
        kept = KeptEvent(
            platform=platform,
            event_id=event.event_id or f"unread-{digest}",
            digest=digest,
            body=envelope.body,
            received=envelope.received,
            state=EventState.UNLINKED,
        )
        unreadable = bool(event.problem) or not event.is_about_somebody
        if not unreadable:
            kept = self.placed(kept, event)
        known = await self.store.events.known(kept)
        if known.digest is not None:
            await self._pick_up(kept, known)
            return _repeated(kept, known.digest)
        return await (self._quarantine(kept, event.problem) if unreadable else self._apply(kept, event, known))

    async def _apply(self, kept: KeptEvent, event: PlatformEvent, known: Known) -> Receipt:
        if (party_id := known.party_id) is None:
            if not await self._add(kept, known.after_gap):
                return await self._outrun(kept)
            # The party may have signed in between the look and the write; then nobody else would link this event.
            party_id = await self.store.parties.known(kept.person_key)
            if party_id is None:
                return Receipt.UNLINKED
            return await self.link(party_id, kept)

        async def claim(session: Session) -> bool:
            return await self._write(session, replace(kept, state=EventState.APPLIED), known.after_gap)

        try:
            applied = await self.intake.event(party_id, kept.platform, event, claim)
        except StoreUnavailable:
            raise
        except Exception as error:
            # Its platform may give up before we have mended what is wrong.
            added = await self._add(_failed(kept, error), known.after_gap, self._again(party_id))
            return Receipt.KEPT if added else await self._outrun(kept)
        return Receipt.APPLIED if applied else await self._outrun(kept)

    async def _quarantine(self, kept: KeptEvent, problem: str) -> Receipt:
        aside = replace(kept, state=EventState.QUARANTINED, problem=problem[:LONGEST_PROBLEM])
        if not await self._add(aside, False):
            return await self._outrun(kept)
        _warn_of_quarantine(kept, problem)
        return Receipt.QUARANTINED

    async def _pick_up(self, kept: KeptEvent, known: Known) -> None:
        """Of an event that came before: a crash may have come between its being kept and the look for its party."""
        if known.party_id is not None and await self.store.events.waits(kept):
            await self.store.jobs.schedule(JobKind.LINK, self.intake.clock(), known.party_id)

    async def _add(self, kept: KeptEvent, after_gap: bool, also: Also | None = None) -> bool:
        async with self.store.db.transaction() as session:
            added = await self._write(session, kept, after_gap)
            if added and also is not None:
                await also(session)
        return added

    async def _write(self, session: Session, kept: KeptEvent, after_gap: bool) -> bool:
        added = await self.store.events.add(session, kept)
        if added and after_gap:
            await note_gap(session, kept)
        return added

    async def _outrun(self, kept: KeptEvent) -> Receipt:
        """Of an event whose id another request kept between our look and our write."""
        digest = await self.store.events.digest(kept.platform, kept.event_id)
        assert digest, "it could not be kept, and yet nothing stands under its id"
        return _repeated(kept, digest)


def _failed(kept: KeptEvent, error: Exception) -> KeptEvent:
    """An event that was not taken in by our fault: to be tried once more; if it was, it waits for an operator."""
    again = bool(kept.problem)
    said = "an event was not taken in again" if again else "an event was not taken in"
    log.error(said, exc_info=error, extra={"event": str(kept.id), "platform": kept.platform})
    state = EventState.FAILED if again else EventState.UNLINKED
    return replace(kept, state=state, problem=type(error).__name__[:LONGEST_PROBLEM])


def _repeated(kept: KeptEvent, digest: str) -> Receipt:
    """Of an event whose id came before: with the same body or with another."""
    if digest == kept.digest:
        return Receipt.DUPLICATE
    log.error("an event came again with another body", extra={"platform": kept.platform})
    return Receipt.CONFLICT


def _warn_of_quarantine(kept: KeptEvent, problem: str) -> None:
    log.warning("an event went to quarantine", extra={"platform": kept.platform, "reason": problem})
