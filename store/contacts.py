"""Contacts: what is remembered of the questions put to a platform about a party. One row a platform, party and noun."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.event import Stage
from domain.ids import derived_id
from domain.job import Holding
from domain.source import Contact, Reason
from domain.times import Micros
from store.database import Database, Session

INDEX_OF = {"cases": "case_index", "licences": "licence_index"}
"""The table that holds the rows of a federated noun."""

_INSERT = (
    "INSERT INTO contact (id, party_id, noun, platform, asked_us, answered_us, full_us, trouble, fingerprint, truncated) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO UPDATE SET "
)


@dataclass(frozen=True)
class Contacts:
    db: Database

    async def all(self, grant: Grant, noun: str) -> dict[str, Contact]:
        """By platform code, with the number of rows that hold now. Platforms never asked are not in it."""
        rows = await self.db.rows(
            "SELECT c.platform, c.asked_us, c.answered_us, c.full_us, c.trouble, c.fingerprint, c.truncated, c.missed_us, "
            f"(SELECT COUNT(*) FROM {INDEX_OF[noun]} i WHERE i.party_id = c.party_id AND i.platform = c.platform "
            "AND NOT i.retired) AS held FROM contact c WHERE c.party_id = $1 AND c.noun = $2",
            grant.party_id,
            noun,
        )
        return {row["platform"]: _contact(row) for row in rows}

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

    async def confirm(self, party_id: UUID, noun: str, platform: str, sent: Micros, fingerprint: str) -> bool:
        """The same full answer again: its dates move on and nothing else is written. False if it is not the same (any more)."""
        rows = await self.db.rows(
            "UPDATE contact SET trouble = CASE WHEN asked_us > $4 THEN trouble ELSE '' END, "
            "asked_us = CASE WHEN asked_us > $4 THEN asked_us ELSE $4 END, "
            "answered_us = CASE WHEN answered_us > $4 THEN answered_us ELSE $4 END, "
            "full_us = CASE WHEN full_us > $4 THEN full_us ELSE $4 END "
            "WHERE party_id = $1 AND noun = $2 AND platform = $3 AND fingerprint = $5 AND NOT truncated RETURNING id",
            *(party_id, noun, platform, sent, fingerprint),
        )
        return bool(rows)

    async def fail(self, party_id: UUID, noun: str, platform: str, sent: Micros, reason: Reason) -> bool:
        """A question failed; whether the platform holds rows that it was about. They stay as known.

        A failure older than the last question says nothing new, and then False is given.
        """
        key = derived_id("contact", party_id.hex, noun, platform)
        row = await self.db.row(
            _INSERT
            + "asked_us = excluded.asked_us, trouble = excluded.trouble WHERE contact.asked_us < excluded.asked_us "
            f"RETURNING (SELECT COUNT(*) FROM {INDEX_OF[noun]} i WHERE i.party_id = contact.party_id "
            "AND i.platform = contact.platform AND NOT i.retired) AS held",
            *(key, party_id, noun, platform, sent, 0, 0, reason.value, "", False),
        )
        return bool(row and row["held"])


async def answered(
    session: Session, party_id: UUID, noun: str, platform: str, sent: Micros, fingerprint: str, truncated: bool
) -> None:
    """A question was answered with something new, inside the transaction that takes it in and that unsettled the contact.

    `fingerprint` is empty if this answer is not the newest word on all that is known.
    """
    key = derived_id("contact", party_id.hex, noun, platform)
    full = 0 if truncated else sent
    await session.rows(
        _INSERT
        + "asked_us = CASE WHEN contact.asked_us > excluded.asked_us THEN contact.asked_us ELSE excluded.asked_us END, "
        "trouble = CASE WHEN contact.asked_us > excluded.asked_us THEN contact.trouble ELSE '' END, "
        "truncated = CASE WHEN contact.answered_us > excluded.answered_us THEN contact.truncated "
        "ELSE excluded.truncated END, fingerprint = excluded.fingerprint, "
        "answered_us = CASE WHEN contact.answered_us > excluded.answered_us THEN contact.answered_us "
        "ELSE excluded.answered_us END, "
        "full_us = CASE WHEN contact.full_us > excluded.full_us THEN contact.full_us ELSE excluded.full_us END",
        *(key, party_id, noun, platform, sent, sent, full, "", fingerprint, truncated),
    )


async def miss(session: Session, party_id: UUID, platform: str, at: Micros) -> None:
    """Something that a platform said of a party did not come, as was seen at `at`: only a question put later makes up for it."""
    for noun in INDEX_OF:
        await session.rows(
            "INSERT INTO contact (id, party_id, noun, platform, asked_us, answered_us, full_us, trouble, fingerprint, "
            "truncated, missed_us) VALUES ($1, $2, $3, $4, 0, 0, 0, '', '', $5, $6) ON CONFLICT (id) DO UPDATE SET "
            "missed_us = CASE WHEN contact.missed_us > excluded.missed_us THEN contact.missed_us ELSE excluded.missed_us END",
            *(derived_id("contact", party_id.hex, noun, platform), party_id, noun, platform, False, at),
        )


async def unsettle(session: Session, party_id: UUID, noun: str, platform: str) -> Contact:
    """Takes a contact into the transaction that changes what it speaks of; a blank one if there was none.

    From here on no answer passes as the same as the last one: it is compared row by row.
    """
    row = await session.row(
        "UPDATE contact SET fingerprint = '' WHERE party_id = $1 AND noun = $2 AND platform = $3 RETURNING "
        "platform, asked_us, answered_us, full_us, trouble, fingerprint, truncated, missed_us, 0 AS held",
        *(party_id, noun, platform),
    )
    return _contact(row) if row else Contact(platform)


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
        missed=row["missed_us"],
    )
