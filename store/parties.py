"""Parties: the row whose update begins every write, and the one sequence of what changed for a party."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from domain.assurance import Assurance, Shown, Subject, vouched
from domain.caller import Grant, Party
from domain.identity import Identity, IdentityType
from domain.job import JobKind
from domain.times import SECOND, Micros
from store.accounts import Accounts
from store.database import Database, Session, placeholders, uuid_of
from store.jobs import schedule
from store.sealing import Sealer

LINKED_AFTER: Micros = 30 * SECOND
"""How long after a party came its job links what is left: by then its first request is over, and so is every transaction."""

PARTY_OF = (
    "COALESCE((SELECT id FROM party WHERE person_key = ${0}), "
    "(SELECT party_id FROM linked_account WHERE account_key = ${0}))"
)
"""Of a person key or an account key, in the place of the one number."""

_SHOWN = "level, shown_us, signed_in_us"


@dataclass(frozen=True)
class Parties:
    db: Database
    sealer: Sealer

    async def known(self, person_key: str) -> UUID | None:
        """The id of the party with this person key or account key, if it ever signed in."""
        return await party_of(self.db, person_key)

    async def register(self, party: Party, now: Micros) -> bool:
        """Makes sure that the party is there; True if it is new: then a job links what waited for it. Keeps nothing twice."""
        if await self.known(party.person_key):
            return False
        document = {"name": party.name, "type": party.identity.type.value, "number": party.identity.number}
        sealed = self.sealer.seal("party", party.id, document)
        async with self.db.transaction() as session:
            new = await session.rows(
                "INSERT INTO party (id, person_key, seq, unread, created_us, sealed, key_id) "
                "VALUES ($1, $2, 0, 0, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING id",
                *(party.id, party.person_key, now, sealed.data, sealed.key_id),
            )
            if new:
                # Also where nothing waits by now: an event may be on its way in, whose sender sees no party yet. Not at once: the
                # first request links too, and whoever dies between keeping an event and looking for its party is made up for.
                await schedule(session, JobKind.LINK, now + LINKED_AFTER, party.id)
        return bool(new)

    async def show(self, grant: Grant, shown: Shown) -> Shown:
        """Keeps what a token of the party said, if that is worth it; gives what is kept then."""
        row = await self.db.row(f"SELECT {_SHOWN} FROM party WHERE id = $1", grant.party_id)
        kept = _shown(row) if row else None
        if kept is not None and not shown.replaces(kept):
            return kept
        # Not after `advance`: nobody who listens is told of it, and nothing else of the party depends on it.
        await self.db.rows(
            "UPDATE party SET level = $2, shown_us = $3, signed_in_us = $4 "
            "WHERE id = $1 AND (shown_us IS NULL OR shown_us < $3 OR (shown_us = $3 AND level < $2))",
            *(grant.party_id, shown.level.value, shown.issued, shown.signed_in),
        )
        return shown

    async def subject(self, grant: Grant, now: Micros) -> Subject | None:
        """Whom platforms are asked about for the granted party, if it ever signed in. Raises Unsealable."""
        row = await self.db.row(f"SELECT sealed, key_id, {_SHOWN} FROM party WHERE id = $1", grant.party_id)
        if row is None:
            return None
        kept = self.sealer.open("party", grant.party_id, row["sealed"], row["key_id"])
        accounts = await Accounts(self.db, self.sealer).of(grant)
        return Subject(Identity(IdentityType(kept["type"]), kept["number"]), vouched(_shown(row), now), accounts)

    async def unread(self, grant: Grant) -> int:
        """How many notifications of the party are unread."""
        row = await self.db.row("SELECT unread FROM party WHERE id = $1", grant.party_id)
        return int(row["unread"]) if row else 0

    async def seq(self, grant: Grant) -> int:
        """The number of the last transaction that changed something of the party; 0 if there is no such party."""
        row = await self.db.row("SELECT seq FROM party WHERE id = $1", grant.party_id)
        return int(row["seq"]) if row else 0

    async def seqs(self, grants: Collection[Grant]) -> dict[UUID, int]:
        """The same of many parties at once, for a system job."""
        ids = [grant.party_id for grant in grants]
        rows = await self.db.rows(f"SELECT id, seq FROM party WHERE id IN ({placeholders(1, ids)})", *ids)
        return {uuid_of(row["id"]): int(row["seq"]) for row in rows}


def _shown(row: dict[str, Any]) -> Shown | None:
    if row["shown_us"] is None:
        return None
    return Shown(Assurance(row["level"]), row["shown_us"], row["signed_in_us"])


async def party_of(session: Session, person_key: str) -> UUID | None:
    """`Parties.known`, also inside a transaction."""
    row = await session.row(f"SELECT {PARTY_OF.format(1)} AS id", person_key)
    return uuid_of(row["id"]) if row and row["id"] else None


async def advance(session: Session, party_id: UUID) -> int | None:
    """The first statement of every transaction that changes something of a party; the next number of its sequence.

    Other writers of this party wait here until the transaction ends, on both databases.
    None if there is no such party.
    """
    row = await session.row("UPDATE party SET seq = seq + 1 WHERE id = $1 RETURNING seq", party_id)
    return int(row["seq"]) if row else None


async def count_unread(session: Session, party_id: UUID, more: int) -> None:
    """Adds to the unread count, inside a transaction that `advance` began."""
    await session.rows("UPDATE party SET unread = unread + $2 WHERE id = $1", party_id, more)
