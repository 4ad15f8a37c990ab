"""The provider's signing keys, and signing itself, honest and otherwise."""

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

Claims = dict[str, Any]


def new_key() -> ECKey:
    """A fresh P-256 key with a random key id."""
    return ECKey.generate_key("P-256", {"kid": secrets.token_hex(6), "use": "sig", "alg": "ES256"})


class KeyRing:
    """The key that signs now and those whose signatures are still believed."""

    def __init__(self) -> None:
        self._keys = [new_key()]

    @property
    def current(self) -> ECKey:
        """The key that signs."""
        return self._keys[0]

    def rotate(self, *, keep_old: bool) -> None:
        """Sign with a new key from now on; publish the old ones too, or no longer."""
        self._keys = [new_key(), *(self._keys if keep_old else [])]

    @property
    def believed(self) -> KeySet:
        """The keys whose signatures are believed."""
        return KeySet(list(self._keys))

    def published(self) -> dict[str, Any]:
        """The JWK set."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}

    def sign(self, claims: Claims, kind: str, key: ECKey | None = None) -> str:
        """A signed token of this `typ`; another key signs under the current key's id."""
        header = {"alg": "ES256", "typ": kind, "kid": self.current.kid}
        return jwt.encode(header, claims, key or self.current, algorithms=["ES256"])

    def unsigned(self, claims: Claims, kind: str) -> str:
        """A token of algorithm "none"."""
        return _joined({"alg": "none", "typ": kind}, claims) + "."

    def confused(self, claims: Claims, kind: str) -> str:
        """A token signed by HS256 with the public key's PEM as the secret: the old key confusion."""
        first = _joined({"alg": "HS256", "typ": kind, "kid": self.current.kid}, claims)
        mac = hmac.new(self.current.as_pem(private=False), first.encode(), hashlib.sha256).digest()
        return f"{first}.{encoded(mac)}"


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _joined(header: Claims, claims: Claims) -> str:
    return ".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
