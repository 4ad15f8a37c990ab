"""The register of clients."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.client import Client, Scope
from domain.ids import derived_id
from domain.times import Micros
from store.database import Database


@dataclass(frozen=True)
class Clients:
    db: Database

    async def add(self, client: Client, at: Micros) -> bool:
        """Registers a client. False if there is one of this id, which stays as it is."""
        return bool(
            await self.db.rows(
                "INSERT INTO client (id, client, name, contact, scopes, budget, suspended, free_text, created_us) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING RETURNING id",
                *(derived_id("client", client.id), *_written(client), at),
            )
        )

    async def change(self, client: Client) -> bool:
        """Puts this in the place of what is registered under its id. False if nothing is."""
        return bool(
            await self.db.rows(
                "UPDATE client SET name = $2, contact = $3, scopes = $4, budget = $5, suspended = $6, free_text = $7 "
                "WHERE client = $1 RETURNING id",
                *_written(client),
            )
        )

    async def all(self) -> dict[str, Client]:
        """All of them, by id, in one statement: there are hundreds, not thousands."""
        return {row["client"]: _read(row) for row in await self.db.rows("SELECT * FROM client ORDER BY client")}


def _written(client: Client) -> tuple[Any, ...]:
    scopes = " ".join(sorted(client.scopes))
    return client.id, client.name, client.contact, scopes, client.budget, client.suspended, client.free_text


def _read(row: Mapping[str, Any]) -> Client:
    # A scope of a later version is one that this one cannot grant.
    scopes = frozenset(Scope(one) for one in row["scopes"].split() if one in set(Scope))
    return Client(
        row["client"], row["name"], row["contact"], scopes, row["budget"], row["suspended"], bool(row["free_text"])
    )
