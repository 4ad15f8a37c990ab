"""How long rows are kept that nobody needs for ever, and why; and removing older ones batch by batch.

Cases, licences and notifications are not among them, nor events that wait for somebody: unlinked or set aside.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.times import DAY, HOUR, Micros
from store.database import Database, placeholders


@dataclass(frozen=True, slots=True)
class Retention:
    """Rows of one table: for how long they are kept, why so long and no longer, and which are old enough (`$1`: older than).

    `since`: the column that says from when they are kept. `states`: those of which rows go, where others may stay for good;
    each is looked for by itself, so that an index leads past what stays. `owned`: the table whose rows go with them, and its
    column that names them.
    """

    keep: Micros
    reason: str
    old: str
    since: str
    states: tuple[str, ...] = ()
    owned: tuple[str, str] | None = None


RETENTION: Mapping[str, Retention] = {
    "delivery": Retention(
        90 * DAY,
        "with its attempts it proves that a phone was told; whoever was not told complains within a quarter",
        "state <> 'due' AND created_us < $1",
        "created_us",
        owned=("attempt", "delivery_id"),
    ),
    "platform_event": Retention(
        90 * DAY,
        "an applied event is known by its id when the platform sends it again; no platform does after a quarter. One that "
        "was dropped by hand can be taken in all the same until then",
        "received_us < $1",
        "received_us",
        states=("applied", "dropped"),
    ),
    "device": Retention(
        270 * DAY,
        "FCM itself forgets the token of a phone that was silent for so long",
        "seen_us < $1",
        "seen_us",
    ),
    "call_count": Retention(
        400 * DAY,
        "whether a field may go is seen by a whole year: some business is done in one month of it",
        "day_us < $1",
        "day_us",
    ),
    "process_health": Retention(
        HOUR,
        "a process that writes no more has ended, and nobody reads what is older than a minute",
        "at_us < $1",
        "at_us",
    ),
}


@dataclass(frozen=True)
class Purge:
    db: Database

    async def batch(self, table: str, now: Micros, most: int) -> int:
        """Removes the oldest `most` rows of a table of RETENTION that were kept long enough; how many those were."""
        rule, gone = RETENTION[table], 0
        for state in rule.states or (None,):
            gone += await self._batch(table, state, now - rule.keep, most - gone)
        return gone

    async def _batch(self, table: str, state: str | None, before: Micros, most: int) -> int:
        rule = RETENTION[table]
        old = f"state = '{state}' AND {rule.old}" if state else rule.old
        oldest = f"SELECT id FROM {table} WHERE {old} ORDER BY {rule.since}, id LIMIT $2"
        async with self.db.transaction() as session:
            # A row that somebody changes meanwhile is judged again by PostgreSQL, but only by what stands outside of IN.
            gone = await session.rows(
                f"DELETE FROM {table} WHERE id IN ({oldest}) AND {old} RETURNING id", before, most
            )
            if gone and rule.owned:
                (owned, owner), ids = rule.owned, [row["id"] for row in gone]
                await session.rows(f"DELETE FROM {owned} WHERE {owner} IN ({placeholders(1, ids)})", *ids)
        return len(gone)
