"""How often what was called, by day and client: one row for each, to which all processes add."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.ids import derived_id
from domain.tally import Counted
from domain.times import Micros
from store.database import Database, Session

AT_ONCE = 200
"""Rows of one statement."""


@dataclass(frozen=True)
class Calls:
    db: Database

    async def add(self, day: Micros, counts: Mapping[Counted, int]) -> None:
        """Adds to what is counted of the day that began then, all or nothing. Raises StoreUnavailable and StoreRefused."""
        # In one order, so that no two processes wait for each other.
        rows = sorted(
            (str(derived_id("calls", str(day), *counted)), *counted, many) for counted, many in counts.items()
        )
        if not rows:
            return
        async with self.db.transaction() as session:
            for first in range(0, len(rows), AT_ONCE):
                await _add(session, day, rows[first : first + AT_ONCE])

    async def since(self, day: Micros) -> dict[Counted, int]:
        """How often what was called by whom since the day that began then."""
        rows = await self.db.rows(
            "SELECT client, what, SUM(calls) AS calls FROM call_count WHERE day_us >= $1 GROUP BY client, what", day
        )
        return {(row["client"], row["what"]): int(row["calls"]) for row in rows}

    async def first_day(self) -> Micros | None:
        """When the first day began of which anything is counted; None: nothing ever was."""
        row = await self.db.row("SELECT MIN(day_us) AS day FROM call_count")
        return row["day"] if row else None

    async def days_since(self, day: Micros) -> int:
        """Of how many days anything is counted, since the one that began then."""
        row = await self.db.row("SELECT COUNT(DISTINCT day_us) AS days FROM call_count WHERE day_us >= $1", day)
        return int(row["days"]) if row else 0


async def _add(session: Session, day: Micros, rows: Sequence[tuple[Any, ...]]) -> None:
    places = ", ".join(f"(${at}, $1, ${at + 1}, ${at + 2}, ${at + 3})" for at in range(2, 4 * len(rows) + 2, 4))
    await session.rows(
        f"INSERT INTO call_count (id, day_us, client, what, calls) VALUES {places} "
        "ON CONFLICT (id) DO UPDATE SET calls = call_count.calls + excluded.calls RETURNING id",
        *(day, *(value for row in rows for value in row)),
    )
