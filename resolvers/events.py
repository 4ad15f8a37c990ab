"""Receiving events: verified, kept once, applied or linked later, never lost (docs/adr/0029)."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
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
from store.events import EventState, KeptEvent
from store.store import Store

log = logging.getLogger(__name__)

LONGEST_PROBLEM = 64
"""Characters of the reason for a quarantine."""

EVENTS = Counter("tongban_events_total", "Events received from platforms", ["platform", "receipt"])


class Receipt(StrEnum):
    """What became of an event. The first four are accepted: the platform need not send it again."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    UNLINKED = "unlinked"
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
        """Applies kept events whose party has signed in since; how many."""
        linked = 0
        for kept in waiting:
            platform = self.registry.connected.get(kept.platform)
            party_id = await self.store.parties.known(kept.person_key)
            if platform is None or party_id is None:
                continue
            linked += await self._link(party_id, platform, kept)
        return linked

    async def sweep(self, most: int = 100) -> int:
        """Links what a crash between a sign-in and its linking may have left; how many events that were."""
        return await self.link(await self.store.events.linkable(self.registry.connected, most))

    async def _link(self, party_id: UUID, platform: Platform, kept: KeptEvent) -> bool:
        """False if another linked it first, or if it can no longer be read: then it goes to quarantine."""
        try:
            event = platform.read_event(kept.body, kept.received)
        except NotParsable:
            event = PlatformEvent(kept.event_id, kept.received, problem="not-parsable")
        if event.problem or event.identity is None:
            _warn_of_quarantine(kept, event.problem)
            await self.store.events.set_aside(kept, event.problem[:LONGEST_PROBLEM])
            return False

        async def claim(session: Session) -> bool:
            return await self.store.events.link(session, kept)

        return await self.intake.event(party_id, kept.platform, event, claim)

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
        if (repeated := await self._repeated(kept)) is not None:
            return repeated
        if event.problem or event.identity is None:
            return await self._quarantine(kept, event.problem)
        person_key = self.store.sealer.person_key(event.identity)
        return await self._apply(replace(kept, person_key=person_key), event)

    async def _apply(self, kept: KeptEvent, event: PlatformEvent) -> Receipt:
        party_id = await self.store.parties.known(kept.person_key)
        if party_id is None:
            if not await self._add(kept):
                return await self._outrun(kept)
            # The party may have signed in between the look and the write; then nobody else would link this event.
            party_id = await self.store.parties.known(kept.person_key)
            if party_id is None:
                return Receipt.UNLINKED
            return Receipt.APPLIED if await self.link([kept]) else Receipt.DUPLICATE

        async def claim(session: Session) -> bool:
            return await self.store.events.add(session, replace(kept, state=EventState.APPLIED))

        applied = await self.intake.event(party_id, kept.platform, event, claim)
        return Receipt.APPLIED if applied else await self._outrun(kept)

    async def _quarantine(self, kept: KeptEvent, problem: str) -> Receipt:
        aside = replace(kept, state=EventState.QUARANTINED, problem=problem[:LONGEST_PROBLEM])
        if not await self._add(aside):
            return await self._outrun(kept)
        _warn_of_quarantine(kept, problem)
        return Receipt.QUARANTINED

    async def _add(self, kept: KeptEvent) -> bool:
        async with self.store.db.transaction() as session:
            return await self.store.events.add(session, kept)

    async def _outrun(self, kept: KeptEvent) -> Receipt:
        """Of an event whose id another request kept between our look and our write."""
        repeated = await self._repeated(kept)
        assert repeated, "it could not be kept, and yet nothing stands under its id"
        return repeated

    async def _repeated(self, kept: KeptEvent) -> Receipt | None:
        """Whether its id came before: with the same body or with another; None if it did not."""
        known = await self.store.events.digest(kept.platform, kept.event_id)
        if known is None or known == kept.digest:
            return Receipt.DUPLICATE if known else None
        log.error("an event came again with another body", extra={"platform": kept.platform})
        return Receipt.CONFLICT


def _warn_of_quarantine(kept: KeptEvent, problem: str) -> None:
    log.warning("an event went to quarantine", extra={"platform": kept.platform, "reason": problem})
