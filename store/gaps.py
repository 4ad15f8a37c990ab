"""Gaps: places in a platform's own numbering of its events that nothing has filled, and who may have missed something."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.event import Stage
from domain.ids import derived_id
from domain.times import Micros
from store.database import Database, Session, uuid_of
from store.events import KeptEvent


@dataclass(frozen=True, slots=True)
class Gap:
    """Before `number` of a series something is missing; `seen`: when the event with that number came, about whom."""

    id: UUID
    platform: str
    series: str
    number: int
    person_key: str = field(repr=False)
    seen: Micros


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a gap now: whether it is filled, and the nearest lower number that came, if one did."""

    filled: bool
    below: int | None


@dataclass(frozen=True)
class Gaps:
    db: Database

    async def due(self, seen_before: Micros, most: int) -> list[Gap]:
        """The oldest gaps that were seen before a time."""
        rows = await self.db.rows(
            "SELECT id, platform, series, number, person_key, seen_us FROM event_gap WHERE seen_us <= $1 "
            "ORDER BY seen_us, id LIMIT $2",
            *(seen_before, most),
        )
        return [_gap(row) for row in rows]

    async def around(self, gap: Gap) -> Around:
        """By the index of the series: the number just below the gap's, if anything is there."""
        row = await self.db.row(
            "SELECT MAX(number) AS below FROM platform_event WHERE platform = $1 AND series = $2 AND number < $3",
            *(gap.platform, gap.series, gap.number),
        )
        below = row["below"] if row else None
        return Around(below == gap.number - 1, below)

    async def end(self, gap: Gap) -> None:
        """It is settled, one way or the other."""
        await self.db.rows("DELETE FROM event_gap WHERE id = $1", gap.id)

    async def open_parties(self, platform: str, most: int) -> list[UUID]:
        """Parties with a case at a platform that is not completed, what changed last first; at most so many."""
        found: dict[UUID, Micros] = {}
        for stage in (Stage.RECEPTION, Stage.APPROVAL):
            rows = await self.db.rows(
                "SELECT party_id, updated_us FROM case_index WHERE platform = $1 AND stage = $2 AND NOT retired "
                "ORDER BY updated_us DESC LIMIT $3",
                *(platform, stage.value, most),
            )
            for row in rows:
                party_id = uuid_of(row["party_id"])
                found[party_id] = max(found.get(party_id, 0), row["updated_us"])
        return sorted(found, key=lambda party_id: -found[party_id])[:most]


async def note_gap(session: Session, event: KeptEvent) -> None:
    """Remembers, inside the transaction that keeps an event, that the one before it is not there."""
    await session.rows(
        "INSERT INTO event_gap (id, platform, series, number, person_key, seen_us) VALUES ($1, $2, $3, $4, $5, $6) "
        "ON CONFLICT (id) DO NOTHING",
        derived_id("gap", event.platform, event.series or "", str(event.number)),
        *(event.platform, event.series, event.number, event.person_key, event.received),
    )


def _gap(row: dict[str, Any]) -> Gap:
    return Gap(uuid_of(row["id"]), row["platform"], row["series"], row["number"], row["person_key"], row["seen_us"])
