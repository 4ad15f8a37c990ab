"""Events as they came in. One row for each (platform, event id); none is ever lost."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.ids import derived_id
from domain.times import Micros
from store.database import Database, Session, uuid_of
from store.parties import PARTY_OF
from store.sealing import Sealer, Unsealable

TABLE = "platform_event"
COLUMNS = "id, platform, event_id, digest, state, problem, person_key, received_us, series, number, sealed, key_id"
"""What `opened` needs of a row."""


_KEYS = (
    "SELECT person_key FROM party WHERE id = $1 UNION ALL SELECT account_key FROM linked_account WHERE party_id = $1"
)
"""By which events name a party: its own, and those of its accounts."""


class EventState(StrEnum):
    """What became of an event. UNLINKED: to be taken in, once its party is there, or once more if it has a problem by our fault.

    FAILED: we were at fault, twice. DROPPED: an operator wants it no more.
    """

    APPLIED = "applied"
    UNLINKED = "unlinked"
    QUARANTINED = "quarantined"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class KeptEvent:
    """A platform's event: its body as it came, and what became of it.

    `person_key`: by which its party is found, or the key of an account. `problem` says why it is set aside, or was not taken in
    the first time. `number`: its place in a `series` of its platform's; None if it is in none.
    """

    platform: str
    event_id: str
    digest: str
    body: bytes = field(repr=False)
    received: Micros
    state: EventState
    person_key: str = field(default="", repr=False)
    problem: str = ""
    series: str | None = None
    number: int | None = None

    @property
    def id(self) -> UUID:
        return derived_id("event", self.platform, self.event_id)


@dataclass(frozen=True, slots=True)
class Known:
    """What is known before an event is taken in: the digest of the body that came under its id, if one did; its party, if
    it ever signed in; and whether the event before it in its series is missing.
    """

    digest: str | None
    party_id: UUID | None
    after_gap: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Some of the events that wait to be linked. `sealed`: how many of them do not open, and are left out here.

    `last`: the place after which more may follow; None if no more do.
    """

    events: list[KeptEvent]
    sealed: int
    last: tuple[Micros, UUID] | None


@dataclass(frozen=True)
class Events:
    db: Database
    sealer: Sealer

    async def known(self, event: KeptEvent) -> Known:
        """All that must be known of an event beforehand, in one statement."""
        row = await self.db.row(
            "SELECT (SELECT digest FROM platform_event WHERE platform = $1 AND event_id = $2) AS digest, "
            f"{PARTY_OF.format(3)} AS party_id"
            + (
                ", EXISTS (SELECT 1 FROM platform_event WHERE platform = $1 AND series = $4 AND number = $5) AS followed"
                if event.number is not None
                else ""
            ),
            *(event.platform, event.event_id, event.person_key),
            *((event.series, event.number - 1) if event.number is not None else ()),
        )
        assert row, "there is always one row"
        # What is counted within something begins at 1; of all of a platform's events nobody knows the first.
        gap = event.number is not None and not row["followed"] and (event.number > 1 or not event.series)
        return Known(row["digest"], uuid_of(row["party_id"]) if row["party_id"] else None, gap)

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
                f"INSERT INTO platform_event ({COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
                "ON CONFLICT DO NOTHING RETURNING id",
                *(event.id, event.platform, event.event_id, event.digest, event.state.value, event.problem),
                *(event.person_key, event.received, event.series, event.number, sealed.data, sealed.key_id),
            )
        )

    async def settle(self, session: Session, before: KeptEvent, after: KeptEvent) -> bool:
        """Gives a kept event its new state, problem, party and place; False if another did, and `before` is no longer true.

        Where its event id could not be read before, it is now kept under that id; False too if that is taken. False may
        leave a half of it done: the transaction must be undone then.
        """
        if after.id != before.id:
            return await self.add(session, after) and await self._remove(session, before)
        return bool(
            await session.rows(
                "UPDATE platform_event SET state = $2, problem = $3, person_key = $4, series = $5, number = $6 "
                "WHERE id = $1 AND state = $7 RETURNING id",
                *(after.id, after.state.value, after.problem, after.person_key, after.series, after.number),
                before.state.value,
            )
        )

    async def _remove(self, session: Session, event: KeptEvent) -> bool:
        gone = "DELETE FROM platform_event WHERE id = $1 AND state = $2 RETURNING id"
        return bool(await session.rows(gone, event.id, event.state.value))

    async def waits(self, event: KeptEvent) -> bool:
        """Whether the event with its id is still to be linked, and was never tried."""
        row = await self.db.row("SELECT state, problem FROM platform_event WHERE id = $1", event.id)
        return row is not None and (row["state"], row["problem"]) == (EventState.UNLINKED.value, "")

    async def waiting(self, party_id: UUID, most: int, after: tuple[Micros, UUID] | None = None) -> Waiting:
        """A page of the unlinked events about a party, in the order in which they came; those that came `after` a place."""
        keys = [row["person_key"] for row in await self.db.rows(_KEYS, party_id)]
        rows = await self.db.rows(*_waiting(keys, most, after)) if keys else []
        events = [event for row in rows if (event := self._opened(row)) is not None]
        last = (rows[-1]["received_us"], uuid_of(rows[-1]["id"])) if len(rows) == most else None
        return Waiting(events, len(rows) - len(events), last)

    def _opened(self, row: dict[str, Any]) -> KeptEvent | None:
        try:
            return opened(self.sealer, row)
        except Unsealable:
            # One such row must not keep the others waiting; it stays, for the day its key is back.
            return None


def _waiting(keys: list[str], most: int, after: tuple[Micros, UUID] | None) -> list[Any]:
    """The statement and its values: along the index for each key. With all keys in one condition SQLite reads what waits for
    everybody.
    """
    values = [EventState.UNLINKED.value, most, *(after or ())]
    later, order = " AND (received_us, id) > ($3, $4)" if after else "", "ORDER BY received_us, id LIMIT $2"
    of_one = f"SELECT {COLUMNS} FROM platform_event WHERE state = $1 AND person_key = ${{}}{later} {order}"
    each = [of_one.format(len(values) + place) for place in range(1, len(keys) + 1)]
    if len(each) == 1:
        return [each[0], *values, *keys]
    parts = [f"SELECT * FROM ({one}) AS part{place}" for place, one in enumerate(each)]
    return [f"{' UNION ALL '.join(parts)} {order}", *values, *keys]


def opened(sealer: Sealer, row: dict[str, Any]) -> KeptEvent:
    """The event that a row of COLUMNS holds. Raises Unsealable."""
    body = sealer.open(TABLE, uuid_of(row["id"]), row["sealed"], row["key_id"])
    return KeptEvent(
        platform=row["platform"],
        event_id=row["event_id"],
        digest=row["digest"],
        body=body.encode("utf-8", "surrogateescape"),
        received=row["received_us"],
        state=EventState(row["state"]),
        person_key=row["person_key"],
        problem=row["problem"],
        series=row["series"],
        number=row["number"],
    )
