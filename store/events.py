"""Events as they came in. One row for each (platform, event id); none is ever lost."""

import logging
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.ids import derived_id
from domain.times import Micros
from store.database import Database, Session, placeholders, uuid_of
from store.sealing import Sealer, Unsealable

log = logging.getLogger(__name__)

TABLE = "platform_event"


class EventState(StrEnum):
    """What became of an event."""

    APPLIED = "applied"
    UNLINKED = "unlinked"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A platform's event: its body as it came, and what became of it. `problem` says why it is in quarantine."""

    platform: str
    event_id: str
    digest: str
    body: bytes = field(repr=False)
    received: Micros
    state: EventState
    person_key: str = field(default="", repr=False)
    problem: str = ""

    @property
    def id(self) -> UUID:
        return derived_id("event", self.platform, self.event_id)


@dataclass(frozen=True)
class Events:
    db: Database
    sealer: Sealer

    async def digest(self, platform: str, event_id: str) -> str | None:
        """The digest of the body that came under this id, if one did."""
        row = await self.db.row(
            "SELECT digest FROM platform_event WHERE platform = $1 AND event_id = $2", platform, event_id
        )
        return row["digest"] if row else None

    async def add(self, session: Session, event: KeptEvent) -> bool:
        """Keeps an event; False if one with its id is there already."""
        sealed = self.sealer.seal(TABLE, event.id, event.body.decode("utf-8", "surrogateescape"))
        return bool(
            await session.rows(
                "INSERT INTO platform_event (id, platform, event_id, digest, state, problem, person_key, received_us, sealed, "
                "key_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING "
                "RETURNING id",
                *(event.id, event.platform, event.event_id, event.digest, event.state.value, event.problem),
                *(event.person_key, event.received, sealed.data, sealed.key_id),
            )
        )

    async def link(self, session: Session, event: KeptEvent) -> bool:
        """Takes an unlinked event into the transaction that applies it; False if another one did."""
        return await _settle(session, event, EventState.APPLIED)

    async def set_aside(self, event: KeptEvent, problem: str) -> bool:
        """Moves an unlinked event that can no longer be read to quarantine; False if another already settled it."""
        return await _settle(self.db, event, EventState.QUARANTINED, problem)

    async def waiting(self, person_key: str) -> list[KeptEvent]:
        """The unlinked events about one person, in the order in which they came; what does not open is left out."""
        return await self._unlinked("e.person_key = $2 ORDER BY e.received_us", person_key)

    async def linkable(self, platforms: Collection[str], most: int) -> list[KeptEvent]:
        """Unlinked events of `platforms` whose party has signed in since: the oldest `most`, less what does not open."""
        return await self._unlinked(
            f"e.platform IN ({placeholders(3, platforms)}) AND EXISTS "
            "(SELECT 1 FROM party p WHERE p.person_key = e.person_key) ORDER BY e.received_us LIMIT $2",
            most,
            *platforms,
        )

    async def _unlinked(self, which: str, *values: Any) -> list[KeptEvent]:
        """`which` is what follows the first condition; its values are numbered from $2."""
        rows = await self.db.rows(
            "SELECT id, platform, event_id, digest, state, problem, person_key, received_us, sealed, key_id "
            f"FROM platform_event e WHERE e.state = $1 AND {which}",
            EventState.UNLINKED.value,
            *values,
        )
        return [event for row in rows if (event := self._opened(row)) is not None]

    def _opened(self, row: dict[str, Any]) -> KeptEvent | None:
        try:
            return self._event(row)
        except Unsealable:
            # One such row must not keep the others waiting; it stays, for the day its key is back.
            log.error("a kept event does not open", extra={"event": str(row["id"]), "platform": row["platform"]})
            return None

    def _event(self, row: dict[str, Any]) -> KeptEvent:
        body = self.sealer.open(TABLE, uuid_of(row["id"]), row["sealed"], row["key_id"])
        return KeptEvent(
            platform=row["platform"],
            event_id=row["event_id"],
            digest=row["digest"],
            body=body.encode("utf-8", "surrogateescape"),
            received=row["received_us"],
            state=EventState(row["state"]),
            person_key=row["person_key"],
            problem=row["problem"],
        )


async def _settle(session: Session, event: KeptEvent, state: EventState, problem: str = "") -> bool:
    return bool(
        await session.rows(
            "UPDATE platform_event SET state = $2, problem = $3 WHERE id = $1 AND state = $4 RETURNING id",
            *(event.id, state.value, problem, EventState.UNLINKED.value),
        )
    )
