"""The index of cases: one statement a page, ordered by (updated, id), newest first."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.case import Case, KeptCase, case_of
from domain.event import Stage
from domain.page import Page
from domain.sequence import Changed, Span
from domain.standing import standing_of
from domain.turns import in_turns
from store.codec import knowledge_from_json, knowledge_to_json
from store.database import Database, Session, placeholders, uuid_of
from store.models import CaseRow
from store.rows import insert, update
from store.sealing import Sealer
from store.sequence import changed_of, span_where

TABLE = "case_index"

_COLUMNS = (
    "SELECT c.id, c.party_id, c.platform, c.updated_us, c.sealed, c.key_id, c.seq, c.retired, "
    "EXISTS (SELECT 1 FROM notification n WHERE n.case_id = c.id AND n.party_id = c.party_id AND n.read_us IS NULL) "
    "AS has_news FROM case_index c "
)


@dataclass(frozen=True)
class Cases:
    db: Database
    sealer: Sealer

    async def page(self, grant: Grant, page: Page, stage: Stage | None) -> tuple[list[Case], bool]:
        """One page, newest first, and whether more follow."""
        after = page.after
        rows = await self.db.rows(
            _COLUMNS
            + "WHERE c.party_id = $1 AND NOT c.retired AND ($2 = 0 OR c.stage = $2)"
            + (" AND (c.updated_us, c.id) < ($4, $5)" if after else "")
            + " ORDER BY c.updated_us DESC, c.id DESC LIMIT $3",
            *(grant.party_id, stage or 0, page.size + 1),
            *((after.updated, after.id) if after else ()),
        )
        return [self._case(row) async for row in in_turns(rows[: page.size])], len(rows) > page.size

    async def count(self, grant: Grant, stage: Stage | None) -> int:
        """How many of all pages there are."""
        row = await self.db.row(
            "SELECT COUNT(*) AS total FROM case_index WHERE party_id = $1 AND NOT retired AND ($2 = 0 OR stage = $2)",
            *(grant.party_id, stage or 0),
        )
        return int(row["total"]) if row else 0

    async def changed(self, grant: Grant, span: Span) -> list[Changed[Case]]:
        """Cases that changed in a span of the party's sequence, in its order; without a value where one is retired."""
        where, values = span_where(span)
        rows = await self.db.rows(_COLUMNS + where, grant.party_id, *values)
        return [changed_of(row, self._case) for row in rows]

    async def some(self, grant: Grant, case_ids: Collection[UUID]) -> tuple[dict[UUID, Case], bool]:
        """Those of these that are the granted party's, by id; and whether any is somebody else's."""
        rows = await self.db.rows(_COLUMNS + f"WHERE c.id IN ({placeholders(1, case_ids)})", *case_ids)
        own = [self._case(row) for row in rows if uuid_of(row["party_id"]) == grant.party_id]
        return {case.id: case for case in own}, len(own) < len(rows)

    async def kept(
        self, session: Session, party_id: UUID, platform: str, only: Collection[UUID] | None = None
    ) -> dict[UUID, KeptCase]:
        """All cases of one platform and party, retired ones too, inside a transaction; or `only` these."""
        rows = await session.rows(
            "SELECT id, platform, updated_us, retired, sealed, key_id FROM case_index WHERE party_id = $1 AND platform = $2"
            + (f" AND id IN ({placeholders(3, only)})" if only is not None else ""),
            *(party_id, platform, *(only or ())),
        )
        return {kept.id: kept for kept in map(self._kept, rows)}

    async def add(self, session: Session, party_id: UUID, seq: int, cases: list[KeptCase]) -> None:
        """Writes cases that were not there, at `seq` of the party's sequence, inside a transaction."""
        rows = [self._row(party_id, seq, case) for case in cases]
        await insert(session, rows, ignore_conflicts=True)

    async def change(self, session: Session, party_id: UUID, seq: int, cases: list[KeptCase]) -> None:
        """Writes cases that were there, at `seq` of the party's sequence, inside a transaction."""
        await update(session, [self._row(party_id, seq, case) for case in cases])

    def _case(self, row: dict[str, Any]) -> Case:
        kept = self._kept({**row, "retired": False})
        return case_of(kept.id, kept.platform, kept.known, kept.updated, bool(row["has_news"]))

    def _kept(self, row: dict[str, Any]) -> KeptCase:
        case_id = uuid_of(row["id"])
        known = knowledge_from_json(self.sealer.open(TABLE, case_id, row["sealed"], row["key_id"]))
        return KeptCase(case_id, row["platform"], known, row["updated_us"], bool(row["retired"]))

    def _row(self, party_id: UUID, seq: int, case: KeptCase) -> CaseRow:
        sealed = self.sealer.seal(TABLE, case.id, knowledge_to_json(case.known))
        standing = standing_of(case.known.live())
        return CaseRow(
            id=case.id,
            party_id=party_id,
            platform=case.platform,
            stage=standing.stage.value,
            outcome=standing.outcome.value if standing.outcome else "",
            updated_us=case.updated,
            dated_us=case.known.dated,
            retired=case.retired,
            seq=seq,
            sealed=sealed.data,
            key_id=sealed.key_id,
        )
