"""The inbox: notifications of a party, newest first, and what has been read."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.event import EventKind
from domain.notification import Notification
from domain.page import Page, Place
from domain.sequence import Changed, Span
from domain.times import Micros
from domain.transition import Category
from domain.turns import in_turns
from store.database import Database, Session, placeholders, uuid_of
from store.models import NotificationRow
from store.parties import advance, count_unread
from store.rows import insert
from store.sealing import Sealer
from store.sequence import changed_of, span_where

TABLE = "notification"

_COLUMNS = (
    "SELECT id, party_id, case_id, kind, category, transition_key, happened_us, created_us, push_until_us, read_us, seq, sealed, "
    "key_id FROM notification "
)


@dataclass(frozen=True)
class Notifications:
    db: Database
    sealer: Sealer

    async def page(self, grant: Grant, page: Page, unread: bool | None) -> tuple[list[Notification], bool]:
        """One page, newest first, and whether more follow. `unread` keeps only the unread, or only the read."""
        after = page.after
        state = {None: "", True: " AND read_us IS NULL", False: " AND read_us IS NOT NULL"}[unread]
        rows = await self.db.rows(
            _COLUMNS
            + "WHERE party_id = $1"
            + state
            + (" AND (created_us, id) < ($3, $4)" if after else "")
            + " ORDER BY created_us DESC, id DESC LIMIT $2",
            *(grant.party_id, page.size + 1),
            *((after.updated, after.id) if after else ()),
        )
        return [self._notification(row) async for row in in_turns(rows[: page.size])], len(rows) > page.size

    async def added(self, grant: Grant, span: Span) -> list[Changed[Notification]]:
        """Notifications that came in a span of the party's sequence, in its order. Reading one is no news of it."""
        where, values = span_where(span)
        rows = await self.db.rows(_COLUMNS + where, grant.party_id, *values)
        return [changed_of({**row, "retired": False}, self._notification) for row in rows]

    async def one(self, grant: Grant, notification_id: UUID) -> tuple[Notification | None, bool]:
        """The notification, if it is the granted party's; and whether it is somebody else's."""
        row = await self.db.row(_COLUMNS + "WHERE id = $1", notification_id)
        if row is None:
            return None, False
        if uuid_of(row["party_id"]) != grant.party_id:
            return None, True
        return self._notification(row), False

    async def some(self, wanted: Collection[tuple[Grant, UUID]]) -> dict[UUID, Notification]:
        """Notifications of many parties at once, for a system job: of each id, if it is its grant's party's.

        Raises Unsealable.
        """
        allowed = {(grant.party_id, notification_id) for grant, notification_id in wanted}
        ids = sorted({notification_id for _, notification_id in allowed})
        rows = await self.db.rows(_COLUMNS + f"WHERE id IN ({placeholders(1, ids)})", *ids) if ids else []
        granted = [row for row in rows if (uuid_of(row["party_id"]), uuid_of(row["id"])) in allowed]
        return {uuid_of(row["id"]): self._notification(row) for row in granted}

    async def mark_read(self, grant: Grant, ids: Iterable[UUID], now: Micros) -> int:
        """Marks these, where they are the party's and unread, and gives how many that were."""
        wanted = sorted(set(ids))
        return await self._mark(grant, f"id IN ({placeholders(3, wanted)})", now, *wanted) if wanted else 0

    async def mark_read_up_to(self, grant: Grant, place: Place, now: Micros) -> int:
        """Marks all unread from `place` back to the oldest, and gives how many that were."""
        return await self._mark(grant, "(created_us, id) <= ($3, $4)", now, place.updated, place.id)

    async def _mark(self, grant: Grant, which: str, now: Micros, *values: Any) -> int:
        async with self.db.transaction() as session:
            if await advance(session, grant.party_id) is None:
                return 0
            rows = await session.rows(
                f"UPDATE notification SET read_us = $2 WHERE party_id = $1 AND read_us IS NULL AND {which} RETURNING id",
                grant.party_id,
                now,
                *values,
            )
            await count_unread(session, grant.party_id, -len(rows))
            return len(rows)

    async def keep(
        self, session: Session, party_id: UUID, seq: int, notifications: list[Notification]
    ) -> list[Notification]:
        """Writes those whose transition was never told, counts them as unread, and gives them back. Inside a transaction."""
        keys = [item.transition_key for item in notifications]
        told = f"SELECT transition_key FROM notification WHERE transition_key IN ({placeholders(1, keys)})"
        known = {row["transition_key"] for row in await session.rows(told, *keys)} if keys else set()
        # By key: a row that turns from a result into a reopening is the cause of one transition twice.
        new = list({item.transition_key: item for item in notifications if item.transition_key not in known}.values())
        if new:
            rows = [self._row(party_id, seq, item) for item in new]
            await insert(session, rows)
            await count_unread(session, party_id, len(new))
        return new

    def _notification(self, row: dict[str, Any]) -> Notification:
        notification_id = uuid_of(row["id"])
        return Notification(
            id=notification_id,
            case_id=uuid_of(row["case_id"]),
            kind=EventKind(row["kind"]),
            category=Category(row["category"]),
            transition_key=row["transition_key"],
            happened=row["happened_us"],
            created=row["created_us"],
            push_until=row["push_until_us"],
            read=row["read_us"],
            arguments=self.sealer.open(TABLE, notification_id, row["sealed"], row["key_id"]),
        )

    def _row(self, party_id: UUID, seq: int, item: Notification) -> NotificationRow:
        sealed = self.sealer.seal(TABLE, item.id, item.arguments)
        return NotificationRow(
            id=item.id,
            party_id=party_id,
            case_id=item.case_id,
            kind=item.kind.value,
            category=item.category.value,
            transition_key=item.transition_key,
            happened_us=item.happened,
            created_us=item.created,
            push_until_us=item.push_until,
            read_us=item.read,
            seq=seq,
            sealed=sealed.data,
            key_id=sealed.key_id,
        )
