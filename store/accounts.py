"""Linked accounts: by which of its accounts a platform knows a party, as the identity provider says (docs/adr/0053)."""

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from domain.caller import Grant
from domain.ids import derived_id
from domain.times import Micros
from store.contacts import INDEX_OF
from store.database import Database, Session, uuid_of
from store.sealing import Sealer, Unsealable

TABLE = "linked_account"


@dataclass(frozen=True, slots=True)
class Relinked:
    """`gained`: platforms at which the party has an account that it did not have. `ended`: links that are no more, of whichever
    party, each with its platform.
    """

    gained: tuple[str, ...]
    ended: tuple[tuple[UUID, str], ...]


@dataclass(frozen=True)
class Accounts:
    db: Database
    sealer: Sealer

    async def of(self, grant: Grant) -> dict[str, str]:
        """The linked accounts of the granted party, by platform. One that does not open is left out: it cannot be asked by."""
        rows = await self.db.rows(
            "SELECT id, platform, sealed, key_id FROM linked_account WHERE party_id = $1", grant.party_id
        )
        found: dict[str, str] = {}
        for row in rows:
            with suppress(Unsealable):
                found[row["platform"]] = self.sealer.open(TABLE, uuid_of(row["id"]), row["sealed"], row["key_id"])
        return found

    async def are(self, grant: Grant, accounts: Mapping[str, str], at: Collection[str]) -> bool:
        """Whether these are the party's at these platforms. Opens nothing."""
        return await self._keys(self.db, grant.party_id, at) == self._hashed(accounts)

    async def relink(
        self, session: Session, party_id: UUID, accounts: Mapping[str, str], at: Collection[str]
    ) -> Relinked:
        """Makes these the party's at these platforms, and nobody else's, inside a transaction that `advance` began."""
        kept, wanted = await self._keys(session, party_id, at), self._hashed(accounts)
        gained = sorted(code for code, key in wanted.items() if kept.get(code) != key)
        ended = [(party_id, code) for code in sorted(kept) if kept[code] != wanted.get(code)]
        for _, code in ended:
            await session.rows("DELETE FROM linked_account WHERE id = $1 RETURNING id", _id(party_id, code))
        for code in gained:
            ended += [(owner, code) for owner in await _taken(session, wanted[code])]
        linked = [code for code in gained if await self._link(session, party_id, code, accounts[code], wanted[code])]
        return Relinked(tuple(linked), tuple(ended))

    async def _keys(self, session: Session, party_id: UUID, at: Collection[str]) -> dict[str, str]:
        rows = await session.rows("SELECT platform, account_key FROM linked_account WHERE party_id = $1", party_id)
        return {row["platform"]: row["account_key"] for row in rows if row["platform"] in at}

    def _hashed(self, accounts: Mapping[str, str]) -> dict[str, str]:
        return {code: self.sealer.account_key(code, account) for code, account in accounts.items()}

    async def _link(self, session: Session, party_id: UUID, platform: str, account: str, key: str) -> bool:
        """False where another party links the same account at this moment, and was faster."""
        sealed = self.sealer.seal(TABLE, _id(party_id, platform), account)
        rows = await session.rows(
            "INSERT INTO linked_account (id, party_id, platform, account_key, sealed, key_id) "
            "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id",
            *(_id(party_id, platform), party_id, platform, key, sealed.data, sealed.key_id),
        )
        return bool(rows)


async def is_newest(session: Session, party_id: UUID, issued: Micros) -> bool:
    """Whether no token that was issued later has changed the accounts of a party; then this one is taken to do so."""
    newest = "accounts_us IS NULL OR accounts_us < $2"
    return bool(
        await session.rows(
            f"UPDATE party SET accounts_us = $2 WHERE id = $1 AND ({newest}) RETURNING id", party_id, issued
        )
    )


async def let_go(session: Session, party_id: UUID, platform: str, seq: int, at: Micros) -> None:
    """Retires what a platform said of a party whose account there is no more; what was asked before `at` brings nothing back."""
    for table in INDEX_OF.values():
        await session.rows(
            f"UPDATE {table} SET retired = TRUE, seq = $3 WHERE party_id = $1 AND platform = $2 AND NOT retired "
            "RETURNING id",
            *(party_id, platform, seq),
        )
    await session.rows(
        "UPDATE contact SET answered_us = 0, full_us = $3, trouble = '', fingerprint = '', truncated = FALSE, held = 0, "
        "absent_us = 0, missed_us = 0 WHERE party_id = $1 AND platform = $2 RETURNING id",
        *(party_id, platform, at),
    )


async def _taken(session: Session, key: str) -> list[UUID]:
    """Ends the link of an account to whoever has it."""
    rows = await session.rows("DELETE FROM linked_account WHERE account_key = $1 RETURNING party_id", key)
    return [uuid_of(row["party_id"]) for row in rows]


def _id(party_id: UUID, platform: str) -> UUID:
    return derived_id("account", party_id.hex, platform)
