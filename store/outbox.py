"""The outbox: deliveries, leased to one dispatcher at a time, and the attempts at them."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.delivery import AttemptOutcome, Backlog, Delivery, DeliveryState, Outcome, purpose_key
from domain.ids import derived_id
from domain.notification import Notification
from domain.times import Micros
from store.database import Database, Session, uuid_of
from store.models import DeliveryRow
from store.rows import insert

_DUE = (
    "SELECT id FROM delivery WHERE state = 'due' AND due_us <= $1 AND lease_until_us <= $1 ORDER BY due_us, id LIMIT $2"
)
_LEASED = "id, notification_id, device_id, party_id, channel, attempts, expires_us, lease, lease_until_us"
_LEASE = {
    "sqlite": f"UPDATE delivery SET lease = $3, lease_until_us = $4 WHERE id IN ({_DUE}) RETURNING {_LEASED}",
    # As a plain subquery PostgreSQL may run it more than once, and lease more than it was asked for.
    "postgres": f"WITH due AS MATERIALIZED ({_DUE} FOR UPDATE SKIP LOCKED) UPDATE delivery SET lease = $3, "
    f"lease_until_us = $4 WHERE id IN (SELECT id FROM due) RETURNING {_LEASED}",
}

# In the order of the index, so that what a bound leaves out is what comes due last. One that was made after $1 was read is
# due later than that, and yet nobody put it off.
_BACKLOG = (
    "SELECT COUNT(*) FILTER (WHERE held) AS held, COUNT(*) FILTER (WHERE put_off AND NOT held) AS put_off, "
    "COUNT(*) FILTER (WHERE NOT put_off AND NOT held) AS waiting "
    "FROM (SELECT lease_until_us > $1 AS held, due_us > $1 AND due_us > created_us AS put_off FROM delivery "
    "WHERE state = 'due' ORDER BY due_us, id LIMIT $2) AS due"
)


@dataclass(frozen=True)
class Outbox:
    db: Database

    async def add(
        self,
        session: Session,
        party_id: UUID,
        notifications: list[Notification],
        devices: list[tuple[UUID, str]],
        now: Micros,
    ) -> int:
        """One delivery a notification and device, where there is none; how many are due. Inside a transaction."""
        rows = [
            _row(party_id, item, device_id, channel, now)
            for item in notifications
            if item.push_until > now
            for device_id, channel in devices
        ]
        await insert(session, rows, ignore_conflicts=True)
        return len(rows)

    async def lease(self, owner: str, now: Micros, until: Micros, most: int) -> list[Delivery]:
        """Leases at most `most` due deliveries to `owner` until `until`; nobody else gets them before."""
        rows = await self.db.rows(_LEASE[self.db.dialect], now, most, owner, until)
        return [_delivery(row) for row in rows]

    async def begin(self, delivery: Delivery, now: Micros) -> int | None:
        """Writes the attempt before the call. Its number; None if the lease is no longer ours, and the call must not be made."""
        async with self.db.transaction() as session:
            row = await session.row(
                "UPDATE delivery SET attempts = attempts + 1 WHERE id = $1 AND lease = $2 AND lease_until_us > $3 "
                "AND state = 'due' RETURNING attempts",
                delivery.id,
                delivery.lease,
                now,
            )
            if row is None:
                return None
            await session.rows(
                "INSERT INTO attempt (id, delivery_id, number, started_us, outcome, code, message_id) "
                "VALUES ($1, $2, $3, $4, $5, '', '')",
                derived_id("attempt", delivery.id.hex, str(row["attempts"])),
                delivery.id,
                row["attempts"],
                now,
                AttemptOutcome.UNKNOWN.value,
            )
            return int(row["attempts"])

    async def finish(
        self,
        delivery: Delivery,
        number: int,
        outcome: Outcome,
        state: DeliveryState,
        due: Micros,
        now: Micros,
        reason: str | None = None,
    ) -> bool:
        """Writes an attempt's outcome and what follows for the delivery; whether the lease was still ours to do so.

        The outcome is a fact and is always kept; only the lease's holder moves the delivery. `reason` is why it moves
        there, where that is not the outcome's code.
        """
        async with self.db.transaction() as session:
            await session.rows(
                "UPDATE attempt SET finished_us = $3, outcome = $4, code = $5, message_id = $6 "
                "WHERE delivery_id = $1 AND number = $2",
                *(delivery.id, number, now, outcome.kind.value, outcome.code[:64], outcome.message_id[:200]),
            )
            why = outcome.code if reason is None else reason
            return await _settle(session, delivery, state, why[:32], due)

    async def unknown(self, delivery: Delivery) -> int:
        """How many attempts at it ended unknown, or have not ended."""
        row = await self.db.row(
            "SELECT COUNT(*) AS count FROM attempt WHERE delivery_id = $1 AND outcome = $2",
            delivery.id,
            AttemptOutcome.UNKNOWN.value,
        )
        return int(row["count"]) if row else 0

    async def backlog(self, now: Micros, most: int) -> Backlog:
        """What is due, in whosever hands. At most `most` deliveries are counted: those that come due first."""
        (row,) = await self.db.rows(_BACKLOG, now, most)
        return Backlog(**row)

    async def put_back(self, delivery: Delivery, reason: str, due: Micros) -> bool:
        """Gives a leased delivery back without an attempt, due again at `due`."""
        return await _settle(self.db, delivery, DeliveryState.DUE, reason, due)

    async def drop(self, delivery: Delivery, reason: str) -> bool:
        """Ends a delivery without a call, for a reason that the rules gave."""
        return await _settle(self.db, delivery, DeliveryState.DROPPED, reason, 0)


async def _settle(session: Session, delivery: Delivery, state: DeliveryState, reason: str, due: Micros) -> bool:
    return bool(
        await session.rows(
            "UPDATE delivery SET state = $3, reason = $4, due_us = $5, lease = '', lease_until_us = 0 "
            "WHERE id = $1 AND lease = $2 AND state = 'due' RETURNING id",
            *(delivery.id, delivery.lease, state.value, reason, due),
        )
    )


def _row(party_id: UUID, item: Notification, device_id: UUID, channel: str, now: Micros) -> DeliveryRow:
    purpose = purpose_key(item.transition_key, channel, device_id)
    return DeliveryRow(
        id=derived_id("delivery", purpose),
        purpose_key=purpose,
        notification_id=item.id,
        device_id=device_id,
        party_id=party_id,
        channel=channel,
        state=DeliveryState.DUE.value,
        reason="",
        attempts=0,
        created_us=now,
        due_us=now,
        expires_us=item.push_until,
        lease="",
        lease_until_us=0,
    )


def _delivery(row: dict[str, Any]) -> Delivery:
    return Delivery(
        id=uuid_of(row["id"]),
        notification_id=uuid_of(row["notification_id"]),
        device_id=uuid_of(row["device_id"]),
        party_id=uuid_of(row["party_id"]),
        channel=row["channel"],
        attempts=row["attempts"],
        expires=row["expires_us"],
        lease=row["lease"],
        lease_until=row["lease_until_us"],
    )
