"""Whether the keys at hand are those under which a database was filled. With others it would look empty, or not open."""

from dataclasses import dataclass

from domain.ids import derived_id
from store.database import Database
from store.sealing import Sealer, Unsealable

TABLE = "key_check"
CONSTANT = "tongban"


class WrongKeys(Exception):
    """A key is missing or another than it was. Says which; no key is repeated."""


@dataclass(frozen=True)
class Keys:
    db: Database
    sealer: Sealer

    async def examine(self) -> None:
        """Compares the keys at hand with those that this database knows. Changes nothing. Raises WrongKeys."""
        for row in await self.db.rows("SELECT hash_check, sealed, key_id FROM key_check"):
            if row["key_id"] not in self.sealer.keys:
                raise WrongKeys(f"TONGBAN_SEALING_KEYS lacks {row['key_id']}, which sealed rows of this database")
            if row["hash_check"] != self._hash_check:
                raise WrongKeys("TONGBAN_HASH_KEY is not the one under which this database was filled")
            try:
                self.sealer.open(TABLE, derived_id(TABLE, row["key_id"]), row["sealed"], row["key_id"])
            except Unsealable:
                raise WrongKeys(
                    f"{row['key_id']} of TONGBAN_SEALING_KEYS is not the key that sealed rows of this database"
                ) from None

    async def remember(self) -> None:
        """Lets the database know the key that seals from now on. Raises WrongKeys."""
        await self.examine()
        row_id = derived_id(TABLE, self.sealer.current)
        sealed = self.sealer.seal(TABLE, row_id, CONSTANT)
        await self.db.rows(
            "INSERT INTO key_check (id, hash_check, sealed, key_id) VALUES ($1, $2, $3, $4) "
            "ON CONFLICT (id) DO NOTHING RETURNING id",
            *(row_id, self._hash_check, sealed.data, sealed.key_id),
        )

    @property
    def _hash_check(self) -> str:
        return self.sealer.hash("check", CONSTANT)
