"""Receiving events: verified, kept once, applied or linked later, never lost (docs/adr/0029)."""

import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from prometheus_client import Counter

from domain.times import Micros
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
from store.store import Store

log = logging.getLogger(__name__)

LONGEST_PROBLEM = 64
"""Characters of the reason for a quarantine."""

EVENTS = Counter("tongban_events_total", "Events received from platforms", ["platform", "receipt"])


class Receipt(StrEnum):
    """What became of an event. The first five are accepted: the platform need not send it again.

    KEPT: it should have been applied, and we were at fault. The sweep tries again.
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

    async def link(self, waiting: Iterable[KeptEvent]) -> int:
        """Applies kept events whose party has signed in since; how many. One that fails is set aside, and in nobody's way."""
        linked = 0
        for kept in waiting:
            platform = self.registry.connected.get(kept.platform)
            party_id = await self.store.parties.known(kept.person_key)
            if platform is None or party_id is None:
                continue
            try:
                linked += await self._link(party_id, platform, kept)
            except StoreUnavailable:
                raise
            except Exception as error:
                await self._fail(kept, error)
        return linked

    async def sweep(self, most: int = 100) -> int:
        """Links what a crash between a sign-in and its linking may have left; how many events that were."""
        return await self.link(await self.store.events.linkable(self.registry.connected, most))

    async def _link(self, party_id: UUID, platform: Platform, kept: KeptEvent) -> bool:
        """False if another linked it first, or if it can no longer be read: then it goes to quarantine."""
        event = self.read(platform, kept)
        if event.problem or event.identity is None:
            _warn_of_quarantine(kept, event.problem)
            aside = replace(kept, state=EventState.QUARANTINED, problem=event.problem[:LONGEST_PROBLEM])
            await self.store.events.settle(self.store.db, kept, aside)
            return False
        return await self.take_in(party_id, kept, event)

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
            person_key=sealer.person_key(event.identity) if event.identity else kept.person_key,
            series=series,
            number=numbered.number if numbered else None,
        )

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

    async def _fail(self, kept: KeptEvent, error: Exception) -> None:
        """We were at fault, and not for the first time: it waits for an operator."""
        log.error(
            "an event was not taken in again", exc_info=error, extra={"event": str(kept.id), "platform": kept.platform}
        )
        failed = replace(kept, state=EventState.FAILED, problem=type(error).__name__[:LONGEST_PROBLEM])
        await self.store.events.settle(self.store.db, kept, failed)

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
        unreadable = bool(event.problem) or event.identity is None
        if not unreadable:
            kept = self.placed(kept, event)
        known = await self.store.events.known(kept)
        if known.digest is not None:
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
            return Receipt.APPLIED if await self.link([kept]) else Receipt.DUPLICATE

        async def claim(session: Session) -> bool:
            return await self._write(session, replace(kept, state=EventState.APPLIED), known.after_gap)

        try:
            applied = await self.intake.event(party_id, kept.platform, event, claim)
        except StoreUnavailable:
            raise
        except Exception:
            # Its platform may give up before we have mended what is wrong.
            log.exception("an event was not taken in", extra={"event": str(kept.id), "platform": kept.platform})
            return Receipt.KEPT if await self._add(kept, known.after_gap) else await self._outrun(kept)
        return Receipt.APPLIED if applied else await self._outrun(kept)

    async def _quarantine(self, kept: KeptEvent, problem: str) -> Receipt:
        aside = replace(kept, state=EventState.QUARANTINED, problem=problem[:LONGEST_PROBLEM])
        if not await self._add(aside, False):
            return await self._outrun(kept)
        _warn_of_quarantine(kept, problem)
        return Receipt.QUARANTINED

    async def _add(self, kept: KeptEvent, after_gap: bool) -> bool:
        async with self.store.db.transaction() as session:
            return await self._write(session, kept, after_gap)

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


def _repeated(kept: KeptEvent, digest: str) -> Receipt:
    """Of an event whose id came before: with the same body or with another."""
    if digest == kept.digest:
        return Receipt.DUPLICATE
    log.error("an event came again with another body", extra={"platform": kept.platform})
    return Receipt.CONFLICT


def _warn_of_quarantine(kept: KeptEvent, problem: str) -> None:
    log.warning("an event went to quarantine", extra={"platform": kept.platform, "reason": problem})
