"""Devices: the phones of a party, as each client app registered them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.delivery import Device
from domain.ids import derived_id
from domain.times import Micros
from store.database import Database, Session, placeholders, uuid_of
from store.sealing import Sealer

TABLE = "device"

MOST_DEVICES = 20
"""Of one party by one client: more are not phones in anybody's hands, and each is a push for every piece of news."""


@dataclass(frozen=True)
class Devices:
    db: Database
    sealer: Sealer

    async def register(self, grant: Grant, client: str, channel: str, token: str, locale: str, now: Micros) -> Device:
        """Binds a token to the party. A token that was another party's is re-bound, and what was due to it is dropped.

        Of one party and client the MOST_DEVICES seen last stay registered.
        """
        token_hash = self.sealer.hash("token", token)
        device_id = derived_id("device", channel, client, token_hash)
        sealed = self.sealer.seal(TABLE, device_id, token)
        async with self.db.transaction() as session:
            await session.rows(
                "UPDATE delivery SET state = 'dropped', reason = 'device-rebound' "
                "WHERE device_id = $1 AND party_id <> $2 AND state = 'due'",
                device_id,
                grant.party_id,
            )
            await session.rows(
                "INSERT INTO device (id, party_id, client, channel, token_hash, locale, created_us, seen_us, sealed, key_id) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9) ON CONFLICT (id) DO UPDATE SET "
                "party_id = excluded.party_id, locale = excluded.locale, seen_us = excluded.seen_us, "
                "sealed = excluded.sealed, key_id = excluded.key_id",
                *(device_id, grant.party_id, client, channel, token_hash, locale, now, sealed.data, sealed.key_id),
            )
            await _drop_older(session, grant.party_id, client, device_id)
        return Device(device_id, grant.party_id, client, channel, token, locale, now)

    async def unregister(self, grant: Grant, client: str, device_id: UUID) -> bool:
        """Ends the binding, if the device is the party's and this client's; whether it was."""
        rows = await self.db.rows(
            "DELETE FROM device WHERE id = $1 AND party_id = $2 AND client = $3 RETURNING id",
            device_id,
            grant.party_id,
            client,
        )
        return bool(rows)

    async def remove_dead(self, device_id: UUID, registered_before: Micros) -> None:
        """Removes a device whose token the channel says is dead, unless it was registered again since the attempt began."""
        await self.db.rows("DELETE FROM device WHERE id = $1 AND seen_us <= $2", device_id, registered_before)

    async def some(self, wanted: Collection[tuple[Grant, UUID]]) -> dict[UUID, Device]:
        """Devices of many parties at once, for a system job: of each id, if it is bound to its grant's party.

        Raises Unsealable.
        """
        allowed = {(grant.party_id, device_id) for grant, device_id in wanted}
        ids = sorted({device_id for _, device_id in allowed})
        rows = await self.db.rows(
            "SELECT id, party_id, client, channel, locale, seen_us, sealed, key_id FROM device "
            f"WHERE id IN ({placeholders(1, ids)})",
            *ids,
        )
        granted = [row for row in rows if (uuid_of(row["party_id"]), uuid_of(row["id"])) in allowed]
        return {uuid_of(row["id"]): self._device(row) for row in granted}

    async def addresses(self, session: Session, party_id: UUID) -> list[tuple[UUID, str]]:
        """Id and channel of each device of a party, inside a transaction."""
        rows = await session.rows("SELECT id, channel FROM device WHERE party_id = $1", party_id)
        return [(uuid_of(row["id"]), row["channel"]) for row in rows]

    def _device(self, row: dict[str, Any]) -> Device:
        device_id = uuid_of(row["id"])
        return Device(
            id=device_id,
            party_id=uuid_of(row["party_id"]),
            client=row["client"],
            channel=row["channel"],
            token=self.sealer.open(TABLE, device_id, row["sealed"], row["key_id"]),
            locale=row["locale"],
            seen=row["seen_us"],
        )


async def _drop_older(session: Session, party_id: UUID, client: str, newest: UUID) -> None:
    """Leaves `newest`, whatever the clock said, and those seen last beside it."""
    await session.rows(
        "DELETE FROM device WHERE party_id = $1 AND client = $2 AND id NOT IN (SELECT id FROM device "
        "WHERE party_id = $1 AND client = $2 ORDER BY id = $3 DESC, seen_us DESC, id LIMIT $4)",
        *(party_id, client, newest, MOST_DEVICES),
    )
