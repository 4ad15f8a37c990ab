"""What is set aside: events that are kept and not taken in, and questions that were given up; and what was done by hand."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.ids import derived_id
from domain.times import Micros
from store.database import Database, Session, placeholders, uuid_of
from store.events import COLUMNS, EventState, KeptEvent, opened
from store.sealing import Sealer

ACTS = "event_act"


class Kind(StrEnum):
    """Why something is set aside.

    QUARANTINED: signed, and not readable. FAILED: readable, and twice not taken in by our fault. WAITING: about somebody
    who never signed in. DROPPED: by an operator. UNANSWERED: a platform that does not say what it owes, and is not asked
    again until somebody reads.
    """

    QUARANTINED = "quarantined"
    FAILED = "failed"
    WAITING = "waiting"
    DROPPED = "dropped"
    UNANSWERED = "unanswered"


STATE_OF = {
    Kind.QUARANTINED: EventState.QUARANTINED,
    Kind.FAILED: EventState.FAILED,
    Kind.WAITING: EventState.UNLINKED,
    Kind.DROPPED: EventState.DROPPED,
}
KIND_OF = {state: kind for kind, state in STATE_OF.items()}

_UNANSWERED = (
    "FROM contact c WHERE (c.missed_us > c.answered_us OR (c.trouble <> '' AND c.held > 0)) "
    "AND NOT EXISTS (SELECT 1 FROM job j WHERE j.party_id = c.party_id AND j.platform = c.platform)"
)


@dataclass(frozen=True, slots=True)
class Aside:
    """One thing that is set aside, without anything personal. `at`: when it came, or when it was last asked."""

    id: UUID
    kind: Kind
    platform: str
    at: Micros
    problem: str


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did with an event by hand."""

    act: str
    at: Micros
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Which:
    """Of what is set aside: everything, of one platform, since a time; or `ids`."""

    kinds: Collection[Kind]
    platform: str | None = None
    since: Micros = 0
    ids: Collection[UUID] | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """A question that was given up: to whom it is put about whose party."""

    party_id: UUID = field(repr=False)
    platform: str


@dataclass(frozen=True)
class SetAside:
    """For an operator. Nothing here opens a body but `event`."""

    db: Database
    sealer: Sealer

    async def listed(self, which: Which, most: int, after: tuple[Micros, UUID] | None = None) -> list[Aside]:
        """At most so many, the oldest first; those that come `after` a time and id."""
        found = await self._unanswered(which, most, after)
        for kind in which.kinds:
            if kind in STATE_OF:
                found += await self._events(kind, which, most, after)
        return sorted(found, key=lambda aside: (aside.at, aside.id.hex))[:most]

    async def counts(self) -> dict[Kind, int]:
        """How many events there are of each kind."""
        states = [state.value for state in KIND_OF]
        rows = await self.db.rows(
            f"SELECT state, COUNT(*) AS many FROM platform_event WHERE state IN ({placeholders(1, states)}) GROUP BY state",
            *states,
        )
        return {KIND_OF[EventState(row["state"])]: int(row["many"]) for row in rows}

    async def event(self, row_id: UUID) -> KeptEvent | None:
        """An event with its body, whatever became of it. Raises Unsealable."""
        row = await self.db.row(f"SELECT {COLUMNS} FROM platform_event WHERE id = $1", row_id)
        return opened(self.sealer, row) if row else None

    async def owed(self, row_id: UUID) -> Owed | None:
        """A question that was given up, by its id in the list."""
        row = await self.db.row(f"SELECT c.party_id, c.platform {_UNANSWERED} AND c.id = $1", row_id)
        return Owed(uuid_of(row["party_id"]), row["platform"]) if row else None

    async def acts(self, row_id: UUID) -> list[Act]:
        """What was done with an event by hand, in that order. Raises Unsealable."""
        rows = await self.db.rows(
            "SELECT id, act, at_us, sealed, key_id FROM event_act WHERE event_id = $1 ORDER BY at_us, id", row_id
        )
        return [self._act(row) for row in rows]

    async def _events(self, kind: Kind, which: Which, most: int, after: tuple[Micros, UUID] | None) -> list[Aside]:
        """Of one kind: by its index, past all events that were applied."""
        where, values = _where(which, "received_us", after)
        rows = await self.db.rows(
            f"SELECT id, platform, received_us AS at, problem FROM platform_event WHERE {where} "
            f"AND state = ${len(values) + 1} ORDER BY received_us, id LIMIT {most:d}",
            *(*values, STATE_OF[kind].value),
        )
        return [_aside(row, kind) for row in rows]

    async def _unanswered(self, which: Which, most: int, after: tuple[Micros, UUID] | None) -> list[Aside]:
        if Kind.UNANSWERED not in which.kinds:
            return []
        where, values = _where(which, "asked_us", after)
        rows = await self.db.rows(
            "SELECT c.id, c.platform, c.asked_us AS at, CASE WHEN c.trouble <> '' THEN c.trouble ELSE 'not-asked' END "
            f"AS problem {_UNANSWERED} AND {where} ORDER BY asked_us, id LIMIT {most:d}",
            *values,
        )
        return [_aside(row, Kind.UNANSWERED) for row in rows]

    def _act(self, row: dict[str, Any]) -> Act:
        said = self.sealer.open(ACTS, uuid_of(row["id"]), row["sealed"], row["key_id"])
        return Act(row["act"], row["at_us"], said["who"], said["reason"])


async def note_act(session: Session, sealer: Sealer, row_id: UUID, act: Act) -> None:
    """Writes what somebody does with an event by hand, inside the transaction that does it."""
    act_id = derived_id("act", row_id.hex, act.act, str(act.at))
    sealed = sealer.seal(ACTS, act_id, {"who": act.who, "reason": act.reason})
    await session.rows(
        "INSERT INTO event_act (id, event_id, act, at_us, sealed, key_id) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (id) DO NOTHING",
        *(act_id, row_id, act.act, act.at, sealed.data, sealed.key_id),
    )


def _where(which: Which, at: str, after: tuple[Micros, UUID] | None) -> tuple[str, list[Any]]:
    """Conditions on the columns `id`, `platform` and `at`, and their values from $1."""
    terms, values = [f"{at} >= $1"], list[Any]([which.since])
    if which.platform is not None:
        values.append(which.platform)
        terms.append(f"platform = ${len(values)}")
    if after is not None:
        values += after
        terms.append(f"({at}, id) > (${len(values) - 1}, ${len(values)})")
    if which.ids is not None:
        terms.append(f"id IN ({placeholders(len(values) + 1, which.ids)})")
        values += which.ids
    return " AND ".join(terms), values


def _aside(row: dict[str, Any], kind: Kind) -> Aside:
    return Aside(uuid_of(row["id"]), kind, row["platform"], row["at"], row["problem"])
