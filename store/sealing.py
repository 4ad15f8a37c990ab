"""Sealing of personal columns: AES-256-GCM, bound to the row it stands in; keyed hashes for what must be found again."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.identity import Identity
from domain.ids import Noun, derived_id, native_id

NONCE_BYTES = 12


class Unsealable(Exception):
    """A sealed column that no key of the ring opens: a key is missing, or the row was tampered with."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed value and the id of its key."""

    data: bytes
    key_id: str


@dataclass(frozen=True)
class Sealer:
    """Seals with the current key and opens with any key of the ring. `entropy(n)` gives n random bytes."""

    keys: Mapping[str, bytes] = field(repr=False)
    current: str
    hash_key: bytes = field(repr=False)
    entropy: Callable[[int], bytes]

    def seal(self, table: str, row: UUID, value: Any) -> Sealed:
        """Seals a JSON value for one row of one table: elsewhere it does not open."""
        nonce = self.entropy(NONCE_BYTES)
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
        return Sealed(nonce + self._cipher(self.current).encrypt(nonce, text, _place(table, row)), self.current)

    def open(self, table: str, row: UUID, data: bytes, key_id: str) -> Any:
        """The inverse of seal. Raises Unsealable."""
        if key_id not in self.keys:
            raise Unsealable(f"no key named {key_id} in the ring")
        try:
            text = self._cipher(key_id).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], _place(table, row))
        except (InvalidTag, ValueError):
            raise Unsealable(f"a row of {table} does not open under its key") from None
        return json.loads(text.decode("utf-8", "surrogatepass"))

    def hash(self, purpose: str, text: str) -> str:
        """A keyed hash, 64 hexadecimal digits, different for each purpose."""
        return hmac.new(self.hash_key, f"{purpose}\n{text}".encode("utf-8", "surrogatepass"), "sha256").hexdigest()

    def person_key(self, identity: Identity) -> str:
        """The key that joins everything about one party: never the number itself."""
        return self.hash("person", f"{identity.type.value}:{identity.number}")

    def account_key(self, platform: str, account: str) -> str:
        """The same of who is known by an account at a platform."""
        return self.hash("account", f"{platform}:{account}")

    def party_id(self, identity: Identity) -> UUID:
        """The party's id: it follows from the person key, so that nothing need be looked up to know it."""
        return derived_id("party", self.person_key(identity))

    def native_id(self, noun: Noun, platform: str, party_id: UUID, number: str) -> UUID:
        """The id of a party's share in what a platform calls `number`."""
        return native_id(self._space, noun, platform, party_id, number)

    @cached_property
    def _space(self) -> UUID:
        return UUID(hex=self.hash("space", "ids")[:32])

    def _cipher(self, key_id: str) -> AESGCM:
        return AESGCM(self.keys[key_id])


def _place(table: str, row: UUID) -> bytes:
    return table.encode() + row.bytes
