"""A provider in memory, and tokens of it that are fine but for what is given."""

import asyncio
import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from joserfc import jwk, jws

from domain.times import SECOND
from integrations.fetch import FetchFailed
from integrations.identity import ClaimNames, IdentityProvider, TokenFault, TokenRefused

ISSUER = "https://id.example.cn"
NOW_S = 1_795_312_800
NOW = NOW_S * SECOND
PERSON, COMPANY = "11010519491231002X", "91350100M000100Y43"
CURVE = {"use": "sig", "alg": "ES256"}
KEY = jwk.ECKey.generate_key("P-256", {"kid": "one", **CURVE})
OTHER = jwk.ECKey.generate_key("P-256", {"kid": "two", **CURVE})
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER, "aud": "tongban", "sub": "person-1", "azp": "phone", "iat": NOW_S - 5, "exp": NOW_S + 3600,
    "name": "李雷", "identity_type": "111", "identity_number": PERSON, "real_name_level": 3,
}  # fmt: skip


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(payload: bytes, header: Mapping[str, Any] | None = None, key: Any = KEY) -> str:
    head = {"alg": "ES256", "typ": "at+jwt", "kid": "one", **(header or {})}
    algorithms = jws.JWSRegistry.algorithms
    first = f"{encoded(json.dumps(head).encode())}.{encoded(payload)}"
    return f"{first}.{encoded(algorithms[head['alg']].sign(first.encode(), key))}"


def token(header: Mapping[str, Any] | None = None, key: Any = KEY, **claims: Any) -> str:
    """A token that is fine but for what is given; a claim of None is left out."""
    said = {name: value for name, value in {**CLAIMS, **claims}.items() if value is not None}
    return signed(json.dumps(said).encode(), header, key)


class Provider:
    """An identity provider in memory that counts what it is asked."""

    def __init__(self, *keys: Any) -> None:
        self.keys, self.tried, self.asked = list(keys or (KEY,)), 0, 0
        self.down = False
        self.discovery: dict[str, Any] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
        self.extra: list[Any] = []

    async def fetch(self, url: str) -> Mapping[str, Any]:
        await asyncio.sleep(0)
        discovery = url == f"{ISSUER}/.well-known/openid-configuration"
        self.tried += discovery
        if self.down:
            raise FetchFailed("connection refused")
        if discovery:
            return self.discovery
        assert url == f"{ISSUER}/keys"
        self.asked += 1
        return {"keys": [*self.extra, *(key.as_dict(private=False) for key in self.keys)]}

    def verifier(self, **options: Any) -> IdentityProvider:
        return IdentityProvider(ISSUER, "tongban", ClaimNames(), self.fetch, **options)


async def fault(text: str, provider: Provider | None = None) -> TokenFault:
    with pytest.raises(TokenRefused) as caught:
        await (provider or Provider()).verifier().sign_in(text, NOW)
    assert text == "" or text not in repr(caught.value) + str(caught.value)
    return caught.value.reason
