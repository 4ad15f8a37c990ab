"""Surveys: of which scope all platforms were asked about a list of a party, and when its sources last changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from domain.caller import Grant
from domain.ids import derived_id
from domain.sequence import Changed, Mark, Span
from domain.source import FederatedList
from store.database import Database, Session, uuid_of
from store.sequence import span_where

_NEW = "INSERT INTO survey (id, party_id, noun, scope, seq) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id) DO "


@dataclass(frozen=True)
class Surveys:
    """One row for each list that somebody ever read of a party."""

    db: Database

    async def want(self, grant: Grant, noun: str) -> None:
        """Makes sure that the list is among those that are surveyed."""
        await self.db.rows(_NEW + "NOTHING RETURNING id", *_key(grant.party_id, noun), "", 0)

    async def note(self, grant: Grant, noun: str, scope: str) -> None:
        """Of everyone in the scope with this key something is known now: an answer, or trouble."""
        values = *_key(grant.party_id, noun), scope, 0
        await self.db.rows(_NEW + "UPDATE SET scope = excluded.scope RETURNING id", *values)

    async def all(self, grant: Grant) -> Mapping[str, str]:
        """The key of the scope that was surveyed last, empty if none was, by list that somebody read."""
        rows = await self.db.rows("SELECT noun, scope FROM survey WHERE party_id = $1 ORDER BY noun", grant.party_id)
        return {row["noun"]: row["scope"] for row in rows}

    async def changed(self, grant: Grant, span: Span) -> list[Changed[FederatedList]]:
        """Lists whose sources changed in a span of the party's sequence, in its order."""
        where, values = span_where(span)
        rows = await self.db.rows(f"SELECT id, noun, seq FROM survey {where}", grant.party_id, *values)
        return [Changed(Mark(row["seq"], uuid_of(row["id"])), FederatedList(row["noun"])) for row in rows]


async def touch(session: Session, party_id: UUID, noun: str, seq: int) -> None:
    """The sources of a list changed at `seq` of the party's sequence; inside the transaction that `advance` began."""
    await session.rows(_NEW + "UPDATE SET seq = excluded.seq RETURNING id", *_key(party_id, noun), "", seq)


def survey_id(party_id: UUID, noun: str) -> UUID:
    """The id of a survey's row."""
    return derived_id("survey", party_id.hex, noun)


def _key(party_id: UUID, noun: str) -> tuple[UUID, UUID, str]:
    return survey_id(party_id, noun), party_id, noun
