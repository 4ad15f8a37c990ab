"""Keys of clients: what the servers of a client show to prove that they are its, such as a gateway's."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256

from domain.times import Micros

RANDOM = 32
"""Bytes of a key that nobody can guess; so many need no slow hash."""

_MARK = "tongban_"
"""By what scanners of source trees and logs know a key that was left there."""

_NAMED = 12


@dataclass(frozen=True, slots=True)
class Key:
    """What is kept of a key; the key itself is shown once, to whom it is given. `ends`: it is good until then."""

    client: str
    digest: str
    made: Micros
    ends: Micros | None = None

    @property
    def id(self) -> str:
        """By what people speak of it."""
        return self.digest[:_NAMED]

    def good(self, now: Micros) -> bool:
        return self.ends is None or now < self.ends


def key_of(random: bytes) -> str:
    """The text of a new key, of RANDOM random bytes."""
    return _MARK + urlsafe_b64encode(random).decode().rstrip("=")


def digest_of(key: str) -> str:
    """By what a key is known: its SHA-256, in hex."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
