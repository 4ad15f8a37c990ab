"""Contacts: what is remembered of the questions put to a platform about a party. One row a platform, party and noun."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.caller import Grant
from domain.ids import derived_id
from domain.source import Contact, Reason
from domain.times import Micros
from store.database import Database, Session

INDEX_OF = {"cases": "case_index", "licences": "licence_index"}
"""The table that holds the rows of a federated noun."""

_INSERT = (
    "INSERT INTO contact (id, party_id, noun, platform, asked_us, answered_us, full_us, trouble, fingerprint, truncated) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (party_id, noun, platform) DO UPDATE SET "
)


@dataclass(frozen=True)
class Contacts:
    db: Database

    async def all(self, grant: Grant, noun: str) -> dict[str, Contact]:
        """By platform code, with the number of rows that hold now. Platforms never asked are not in it."""
        rows = await self.db.rows(
            "SELECT c.platform, c.asked_us, c.answered_us, c.full_us, c.trouble, c.fingerprint, c.truncated, "
            f"(SELECT COUNT(*) FROM {INDEX_OF[noun]} i WHERE i.party_id = c.party_id AND i.platform = c.platform "
            "AND NOT i.retired) AS held FROM contact c WHERE c.party_id = $1 AND c.noun = $2",
            grant.party_id,
            noun,
        )
        return {row["platform"]: _contact(row) for row in rows}

    async def confirm(self, party_id: UUID, noun: str, platform: str, sent: Micros) -> None:
        """The same full answer again: freshness moves on and nothing else is written."""
        await self.db.rows(
            "UPDATE contact SET asked_us = $4, answered_us = $4, trouble = '' "
            "WHERE party_id = $1 AND noun = $2 AND platform = $3 AND answered_us < $4",
            party_id,
            noun,
            platform,
            sent,
        )

    async def fail(self, party_id: UUID, noun: str, platform: str, sent: Micros, reason: Reason) -> None:
        """A question failed. What it was about stays as known; an older failure says nothing new."""
        key = derived_id("contact", party_id.hex, noun, platform)
        await self.db.rows(
            _INSERT
            + "asked_us = excluded.asked_us, trouble = excluded.trouble WHERE contact.asked_us < excluded.asked_us",
            *(key, party_id, noun, platform, sent, 0, 0, reason.value, "", False),
        )


async def answered(
    session: Session, party_id: UUID, noun: str, platform: str, sent: Micros, fingerprint: str, truncated: bool
) -> None:
    """A question was answered with something new, inside the transaction that takes it in."""
    key = derived_id("contact", party_id.hex, noun, platform)
    full = 0 if truncated else sent
    await session.rows(
        _INSERT
        + "asked_us = CASE WHEN contact.asked_us > excluded.asked_us THEN contact.asked_us ELSE excluded.asked_us END, "
        "trouble = CASE WHEN contact.asked_us > excluded.asked_us THEN contact.trouble ELSE '' END, "
        "answered_us = excluded.answered_us, fingerprint = excluded.fingerprint, truncated = excluded.truncated, "
        "full_us = CASE WHEN contact.full_us > excluded.full_us THEN contact.full_us ELSE excluded.full_us END",
        *(key, party_id, noun, platform, sent, sent, full, "", fingerprint, truncated),
    )


async def unsettle(session: Session, party_id: UUID, noun: str, platform: str) -> None:
    """Something changed besides an answer: the next one must be compared row by row, whatever its fingerprint."""
    await session.rows(
        "UPDATE contact SET fingerprint = '' WHERE party_id = $1 AND noun = $2 AND platform = $3",
        party_id,
        noun,
        platform,
    )


async def contact(session: Session, party_id: UUID, noun: str, platform: str) -> Contact:
    """One contact, inside a transaction; a blank one if there was none."""
    row = await session.row(
        "SELECT platform, asked_us, answered_us, full_us, trouble, fingerprint, truncated, 0 AS held FROM contact "
        "WHERE party_id = $1 AND noun = $2 AND platform = $3",
        party_id,
        noun,
        platform,
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
    )
