"""Contacts: what is remembered of the questions put to a platform about a party. One row a platform, party and noun."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.event import Stage
from domain.ids import derived_id
from domain.job import Holding
from domain.source import Contact, Footprint, Reason, Terms
from domain.times import Micros
from store.database import Database, Session, placeholders
from store.surveys import survey_id

INDEX_OF = {"cases": "case_index", "licences": "licence_index"}
"""The table that holds the rows of a federated noun."""

_COLUMNS = "platform, asked_us, answered_us, full_us, trouble, fingerprint, truncated, held, absent_us, missed_us"
_NEW = f"INSERT INTO contact (id, party_id, noun, {_COLUMNS}) "
_HELD = "SELECT COUNT(*) FROM {} WHERE party_id = $2 AND platform = $4 AND NOT retired"
"""How many rows of the noun's table hold, in a statement that has the party and the platform there."""

_CONFIRMED = (
    "trouble = CASE WHEN asked_us > $5 THEN trouble ELSE '' END, "
    "asked_us = CASE WHEN asked_us > $5 THEN asked_us ELSE $5 END, "
    "answered_us = CASE WHEN answered_us > $5 THEN answered_us ELSE $5 END, "
    "full_us = CASE WHEN full_us > $5 THEN full_us ELSE $5 END, "
    "absent_us = CASE WHEN held > 0 OR (asked_us > $5 AND trouble <> '') OR (missed_us > $5 AND missed_us > answered_us) THEN 0 "
    "WHEN absent_us > $7 THEN absent_us ELSE $7 END"
)


@dataclass(frozen=True)
class Contacts:
    """Whether a platform is in a party's footprint stands in `absent_us`: 0 for one that is (docs/adr/0043)."""

    db: Database

    async def footprint(self, grant: Grant, noun: str, now: Micros) -> Footprint:
        """Where a list of the party comes from, in one statement whose result does not grow with the platforms connected."""
        rows = await self.db.rows(
            f"SELECT s.scope, q.quiet, {_COLUMNS} FROM "
            "(SELECT COUNT(*) AS quiet FROM contact WHERE party_id = $1 AND noun = $2 AND absent_us >= $3) q "
            "LEFT JOIN survey s ON s.id = $4 "
            "LEFT JOIN contact c ON c.party_id = $1 AND c.noun = $2 AND c.absent_us = 0",
            *(grant.party_id, noun, now, survey_id(grant.party_id, noun)),
        )
        met = tuple(_contact(row) for row in rows if row["platform"] is not None)
        return Footprint(met, rows[0]["quiet"], rows[0]["scope"] or "")

    async def all(self, grant: Grant, noun: str) -> dict[str, Contact]:
        """Every one, by platform code. Platforms never asked are not in it, unless they were heard of."""
        rows = await self.db.rows(
            f"SELECT {_COLUMNS} FROM contact WHERE party_id = $1 AND noun = $2", grant.party_id, noun
        )
        return {row["platform"]: _contact(row) for row in rows}

    async def some(self, grant: Grant, noun: str, platforms: Collection[str]) -> dict[str, Contact]:
        """Those of these platforms, as `all` gives them."""
        keys = [contact_id(grant.party_id, noun, platform) for platform in platforms]
        rows = await self.db.rows(f"SELECT {_COLUMNS} FROM contact WHERE id IN ({placeholders(1, keys)})", *keys)
        return {row["platform"]: _contact(row) for row in rows}

    async def one(self, grant: Grant, noun: str, platform: str) -> Contact:
        """One of them; blank if there is none."""
        row = await self.db.row(
            f"SELECT {_COLUMNS} FROM contact WHERE id = $1", contact_id(grant.party_id, noun, platform)
        )
        return _contact(row) if row else Contact(platform)

    async def holding(self, grant: Grant, platform: str, since: Micros) -> Holding | None:
        """What the platform holds of the party, or was last heard of holding after `since`; None if nothing."""
        held = "FROM {} WHERE party_id = $1 AND platform = $2 AND (NOT retired OR dated_us > $3)"
        row = await self.db.row(
            "SELECT MAX(updated_us) AS changed, MAX(open) AS open FROM ("
            f"SELECT updated_us, CASE WHEN stage < {Stage.COMPLETION.value} AND NOT retired THEN 1 ELSE 0 END AS open "
            f"{held.format(INDEX_OF['cases'])} "
            f"UNION ALL SELECT updated_us, 0 {held.format(INDEX_OF['licences'])}) AS index_rows",
            *(grant.party_id, platform, since),
        )
        return Holding(row["changed"], bool(row["open"])) if row and row["changed"] is not None else None

    async def confirm(
        self, party_id: UUID, noun: str, platform: str, sent: Micros, fingerprint: str, terms: Terms, empty: bool
    ) -> bool:
        """The same full answer again: its dates move on and nothing else is written. False if it is not the same (any more).

        The first answer of all is the same too if it is `empty` and no rows are known: there is nothing to compare.
        """
        key = contact_id(party_id, noun, platform), party_id, noun, platform
        values = *key, sent, fingerprint, sent + terms.proof
        same = "id = $1 AND party_id = $2 AND noun = $3 AND platform = $4 AND fingerprint = $6 AND NOT truncated"
        rows = await self.db.rows(f"UPDATE contact SET {_CONFIRMED} WHERE {same} RETURNING id", *values)
        if not rows and empty:
            rows = await self.db.rows(
                f"{_NEW} SELECT $1, $2, $3, CAST($4 AS VARCHAR(32)), $5, $5, $5, '', $6, FALSE, 0, $7, 0 FROM party "
                f"WHERE id = $2 AND NOT EXISTS (SELECT 1 FROM {INDEX_OF[noun]} WHERE party_id = $2 AND platform = $4) "
                "ON CONFLICT (id) DO NOTHING RETURNING id",
                *values,
            )
        return bool(rows)

    async def fail(self, party_id: UUID, noun: str, platform: str, sent: Micros, reason: Reason) -> bool:
        """A question failed; whether the platform holds rows that it was about. They stay as known.

        A failure older than the last question says nothing new, and then False is given.
        """
        row = await self.db.row(
            f"{_NEW} VALUES ($1, $2, $3, CAST($4 AS VARCHAR(32)), $5, 0, 0, $6, '', FALSE, "
            f"({_HELD.format(INDEX_OF[noun])}), 0, 0) "
            "ON CONFLICT (id) DO UPDATE SET asked_us = excluded.asked_us, trouble = excluded.trouble, "
            "held = excluded.held, absent_us = 0 WHERE contact.asked_us < excluded.asked_us RETURNING held",
            *(contact_id(party_id, noun, platform), party_id, noun, platform, sent, reason.value),
        )
        return bool(row and row["held"])

    async def forget_absence(self, grant: Grant, noun: str, platform: str) -> None:
        """Of a platform that is not asked any more: that it held nothing says nothing now."""
        key = contact_id(grant.party_id, noun, platform)
        await self.db.rows("DELETE FROM contact WHERE id = $1 AND absent_us > 0 RETURNING id", key)

    async def date_absence(self, grant: Grant, noun: str, contact: Contact, until: Micros) -> None:
        """Believes until another time that a platform holds nothing, unless something was heard of it meanwhile."""
        key = contact_id(grant.party_id, noun, contact.platform)
        dated = "UPDATE contact SET absent_us = $2 WHERE id = $1 AND absent_us = $3 RETURNING id"
        await self.db.rows(dated, key, until, contact.absent)


async def miss(session: Session, party_id: UUID, platform: str, nouns: Iterable[str], at: Micros) -> None:
    """Something that a platform said of a party did not come, as was seen at `at`: only a question put later makes up for it.

    `nouns`: those of the platform that it may have been about.
    """
    for noun in nouns:
        await session.rows(
            f"{_NEW} VALUES ($1, $2, $3, $4, 0, 0, 0, '', '', FALSE, 0, 0, $5) ON CONFLICT (id) DO UPDATE SET "
            "missed_us = CASE WHEN contact.missed_us > excluded.missed_us THEN contact.missed_us ELSE excluded.missed_us END, "
            "absent_us = CASE WHEN excluded.missed_us > contact.answered_us THEN 0 ELSE contact.absent_us END RETURNING id",
            *(contact_id(party_id, noun, platform), party_id, noun, platform, at),
        )


async def unsettle(session: Session, party_id: UUID, noun: str, platform: str) -> Contact:
    """Takes a contact into the transaction that changes what it speaks of; a blank one is made if there was none.

    From here on no answer passes as the same as the last one: it is compared row by row. `settle` ends it.
    """
    row = await session.row(
        f"{_NEW} VALUES ($1, $2, $3, $4, 0, 0, 0, '', '', FALSE, 0, 0, 0) ON CONFLICT (id) DO UPDATE SET fingerprint = '' "
        f"RETURNING {_COLUMNS}",
        *(contact_id(party_id, noun, platform), party_id, noun, platform),
    )
    assert row, "what is inserted or updated is returned"
    return _contact(row)


async def settle(session: Session, party_id: UUID, noun: str, contact: Contact) -> None:
    """Writes what a contact came to, at the end of the transaction that `unsettle` took it into; its rows are counted."""
    held = _HELD.format(INDEX_OF[noun])
    await session.rows(
        f"UPDATE contact SET asked_us = $5, answered_us = $6, full_us = $7, trouble = $8, fingerprint = $9, "
        f"truncated = $10, held = ({held}), "
        f"absent_us = CASE WHEN ({held}) > 0 OR missed_us > $6 THEN 0 ELSE CAST($11 AS BIGINT) END "
        "WHERE id = $1 AND party_id = $2 AND noun = $3 AND platform = $4 RETURNING id",
        *(contact_id(party_id, noun, contact.platform), party_id, noun, contact.platform),
        *(contact.asked, contact.answered, contact.full_at, contact.trouble.value if contact.trouble else ""),
        *(contact.fingerprint, contact.truncated, contact.absent),
    )


def contact_id(party_id: UUID, noun: str, platform: str) -> UUID:
    """The id of a contact's row."""
    return derived_id("contact", party_id.hex, noun, platform)


def _contact(row: dict[str, Any]) -> Contact:
    return Contact(
        platform=row["platform"],
        asked=row["asked_us"],
        answered=row["answered_us"],
        trouble=Reason(row["trouble"]) if row["trouble"] else None,
        rows=row["held"],
        fingerprint=row["fingerprint"],
        full_at=row["full_us"],
        truncated=bool(row["truncated"]),
        absent=row["absent_us"],
        missed=row["missed_us"],
    )
