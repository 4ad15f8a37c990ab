"""Keys of ours with which we sign what platforms are to believe, ES256 (RFC 7518, section 3.4), and what we publish of them.

Besides the reading of tokens (jwt.py) and the provider's keys (provider_keys.py) the only place that knows joserfc.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from joserfc import jwt
from joserfc.jwk import ECKey

ALGORITHM = "ES256"
"""One for all: a platform's stock library verifies it, which of EdDSA not each does."""

KEY_BYTES = 32


class OwnKeys:
    """A ring of private keys by id: the first signs, all are published."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        """`keys`: 32 bytes each. Raises ValueError if there is none, or for bytes that are no private key of the curve P-256."""
        self._keys = [_key(key_id, secret) for key_id, secret in keys.items()]
        if not self._keys:
            raise ValueError("expected at least one key")

    @property
    def ids(self) -> list[str]:
        """The ids of the keys; the first signs."""
        return [str(key.kid) for key in self._keys]

    def signed(self, claims: Mapping[str, Any]) -> str:
        """A JWT (RFC 7519) of these claims, in compact form."""
        key = self._keys[0]
        return jwt.encode({"alg": ALGORITHM, "typ": "JWT", "kid": key.kid}, dict(claims), key, algorithms=[ALGORITHM])

    @cached_property
    def published(self) -> Mapping[str, Any]:
        """The public keys as a JWK Set (RFC 7517, section 5)."""
        return {"keys": [key.as_dict(private=False) for key in self._keys]}


def _key(key_id: str, secret: bytes) -> ECKey:
    if len(secret) != KEY_BYTES:
        raise ValueError("expected keys of 32 bytes")
    private = derive_private_key(int.from_bytes(secret), SECP256R1())
    return ECKey.import_key(private, {"kid": key_id, "use": "sig", "alg": ALGORITHM})
