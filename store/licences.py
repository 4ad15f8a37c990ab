"""The index of licences: one statement a page, ordered by (updated, id), newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.licence import KeptLicence
from domain.page import Page
from domain.sequence import Changed, Span
from domain.turns import in_turns
from store.codec import licence_from_json, licence_to_json
from store.database import Database, Session, placeholders, uuid_of
from store.models import LicenceRow
from store.rows import insert, update
from store.sealing import Sealer
from store.sequence import changed_of, span_where

TABLE = "licence_index"

_COLUMNS = "SELECT id, party_id, platform, updated_us, dated_us, retired, seq, sealed, key_id FROM licence_index "


@dataclass(frozen=True)
class Licences:
    db: Database
    sealer: Sealer

    async def page(self, grant: Grant, page: Page) -> tuple[list[KeptLicence], bool]:
        """One page, newest first, and whether more follow."""
        after = page.after
        rows = await self.db.rows(
            _COLUMNS
            + "WHERE party_id = $1 AND NOT retired"
            + (" AND (updated_us, id) < ($3, $4)" if after else "")
            + " ORDER BY updated_us DESC, id DESC LIMIT $2",
            *(grant.party_id, page.size + 1),
            *((after.updated, after.id) if after else ()),
        )
        return [self._kept(row) async for row in in_turns(rows[: page.size])], len(rows) > page.size

    async def count(self, grant: Grant) -> int:
        """How many of all pages there are."""
        counted = "SELECT COUNT(*) AS total FROM licence_index WHERE party_id = $1 AND NOT retired"
        row = await self.db.row(counted, grant.party_id)
        return int(row["total"]) if row else 0

    async def changed(self, grant: Grant, span: Span) -> list[Changed[KeptLicence]]:
        """Licences that changed in a span of the party's sequence, in its order; without a value where one is retired."""
        where, values = span_where(span)
        rows = await self.db.rows(_COLUMNS + where, grant.party_id, *values)
        return [changed_of(row, self._kept) for row in rows]

    async def some(self, grant: Grant, licence_ids: Collection[UUID]) -> tuple[dict[UUID, KeptLicence], bool]:
        """Those of these that are the granted party's, by id; and whether any is somebody else's."""
        rows = await self.db.rows(_COLUMNS + f"WHERE id IN ({placeholders(1, licence_ids)})", *licence_ids)
        own = [self._kept(row) for row in rows if uuid_of(row["party_id"]) == grant.party_id]
        return {licence.id: licence for licence in own}, len(own) < len(rows)

    async def kept(
        self, session: Session, party_id: UUID, platform: str, only: Collection[UUID] | None = None
    ) -> dict[UUID, KeptLicence]:
        """All licences of one platform and party, retired ones too, inside a transaction; or `only` these."""
        rows = await session.rows(
            _COLUMNS
            + "WHERE party_id = $1 AND platform = $2"
            + (f" AND id IN ({placeholders(3, only)})" if only is not None else ""),
            *(party_id, platform, *(only or ())),
        )
        return {kept.id: kept for kept in map(self._kept, rows)}

    async def add(self, session: Session, party_id: UUID, seq: int, licences: list[KeptLicence]) -> None:
        """Writes licences that were not there, at `seq` of the party's sequence, inside a transaction."""
        rows = [self._row(party_id, seq, licence) for licence in licences]
        await insert(session, rows, ignore_conflicts=True)

    async def change(self, session: Session, party_id: UUID, seq: int, licences: list[KeptLicence]) -> None:
        """Writes licences that were there, at `seq` of the party's sequence, inside a transaction."""
        await update(session, [self._row(party_id, seq, licence) for licence in licences])

    def _kept(self, row: dict[str, Any]) -> KeptLicence:
        licence_id = uuid_of(row["id"])
        licence = licence_from_json(self.sealer.open(TABLE, licence_id, row["sealed"], row["key_id"]))
        return KeptLicence(
            licence_id, row["platform"], licence, row["updated_us"], row["dated_us"], bool(row["retired"])
        )

    def _row(self, party_id: UUID, seq: int, kept: KeptLicence) -> LicenceRow:
        sealed = self.sealer.seal(TABLE, kept.id, licence_to_json(kept.licence))
        return LicenceRow(
            id=kept.id,
            party_id=party_id,
            platform=kept.platform,
            state=kept.licence.state.value,
            updated_us=kept.updated,
            dated_us=kept.dated,
            retired=kept.retired,
            seq=seq,
            sealed=sealed.data,
            key_id=sealed.key_id,
        )
