"""The register of clients, and of their keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.client import Client, Scope
from domain.client_key import Key
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
                "INSERT INTO client (id, client, name, contact, scopes, budget, suspended, free_text, origins, created_us) "
                "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING RETURNING id",
                *(derived_id("client", client.id), *_written(client), at),
            )
        )

    async def change(self, client: Client) -> bool:
        """Puts this in the place of what is registered under its id. False if nothing is."""
        return bool(
            await self.db.rows(
                "UPDATE client SET name = $2, contact = $3, scopes = $4, budget = $5, suspended = $6, free_text = $7, "
                "origins = $8 WHERE client = $1 RETURNING id",
                *_written(client),
            )
        )

    async def all(self) -> dict[str, Client]:
        """All of them, by id, in one statement: there are hundreds, not thousands."""
        return {row["client"]: _read(row) for row in await self.db.rows("SELECT * FROM client ORDER BY client")}

    async def add_key(self, key: Key) -> None:
        """Lets who shows this key in, as its client."""
        await self.db.rows(
            "INSERT INTO client_key (id, client, digest, created_us, ends_us) VALUES ($1, $2, $3, $4, $5) RETURNING id",
            *(derived_id("client-key", key.digest), key.client, key.digest, key.made, key.ends),
        )

    async def end_key(self, key: Key, at: Micros) -> None:
        """Lets nobody in by it from then on; a key that ends sooner stays as it is."""
        await self.db.rows(
            "UPDATE client_key SET ends_us = $2 WHERE digest = $1 AND (ends_us IS NULL OR ends_us > $2) RETURNING id",
            *(key.digest, at),
        )

    async def keys(self) -> dict[str, Key]:
        """All of them, ended ones too, by digest, the oldest first."""
        rows = await self.db.rows("SELECT client, digest, created_us, ends_us FROM client_key ORDER BY created_us")
        return {row["digest"]: Key(row["client"], row["digest"], row["created_us"], row["ends_us"]) for row in rows}


def _written(client: Client) -> tuple[Any, ...]:
    scopes, origins = " ".join(sorted(client.scopes)), " ".join(sorted(client.origins))
    return client.id, client.name, client.contact, scopes, client.budget, client.suspended, client.free_text, origins


def _read(row: Mapping[str, Any]) -> Client:
    # A scope of a later version is one that this one cannot grant.
    scopes = frozenset(Scope(one) for one in row["scopes"].split() if one in set(Scope))
    return Client(
        *(row["client"], row["name"], row["contact"], scopes, row["budget"], row["suspended"], bool(row["free_text"])),
        origins=frozenset(row["origins"].split()),
    )
