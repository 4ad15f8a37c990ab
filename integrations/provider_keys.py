"""The public keys of the identity provider: found by discovery, kept by key id, refreshed behind the requests."""

import asyncio
import logging
from collections.abc import Mapping
from enum import Enum
from typing import Any
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from domain.times import MINUTE, SECOND, Micros
from integrations.fetch import Fetch, FetchFailed

PublicKey = RSAKey | ECKey | OKPKey

REFETCH_AFTER = MINUTE
"""The least time between two fetches for unknown key ids, however many come in, and between two for old keys."""
RETRY_AFTER = 2 * SECOND
"""The least time between two fetches while there are no keys at all: nobody can sign in, so it is tried sooner."""
MAX_AGE = 10 * MINUTE
"""Keys older than this are fetched anew, behind the requests: a key that the provider withdrew stops being believed."""

_LEAST_RSA_DIGITS = 342  # base64url characters of a 2048-bit modulus
_log = logging.getLogger(__name__)


class ProviderUnavailable(Exception):
    """The key of a token is not known and the provider's keys cannot be had: whether it is good cannot be told now."""


class _Why(Enum):
    """What a fetch is for."""

    NONE = "no keys are known"
    OLD = "the known keys are old"
    UNKNOWN = "a token names a key that is not known"


_PAUSE = {_Why.NONE: RETRY_AFTER, _Why.OLD: REFETCH_AFTER, _Why.UNKNOWN: REFETCH_AFTER}


class ProviderKeys:
    """The keys of one issuer. `generation` grows whenever they change; `now` is always handed in."""

    def __init__(self, issuer: str, fetch: Fetch) -> None:
        self.generation = 0
        self._issuer, self._fetch = issuer, fetch
        self._keys: Mapping[str, PublicKey] = {}
        self._published: object = None
        self._fetched: Micros | None = None
        self._failed = False
        self._started: dict[_Why, Micros] = {}
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, kid: str, now: Micros) -> PublicKey | None:
        """The key of this id, or None if the provider has none; fetches when it must.

        Raises ProviderUnavailable if the key is unknown and the latest fetch failed: the provider may well have it.
        """
        if kid not in self._keys:
            self._start(_Why.UNKNOWN if self._keys else _Why.NONE, now)
            if self._fetching is not None:
                # A caller that goes away must not take the others' answer along.
                await asyncio.shield(self._fetching)
            if kid not in self._keys and self._failed:
                raise ProviderUnavailable(self._issuer)
        return self._keys.get(kid)

    def keep_fresh(self, now: Micros) -> None:
        """Starts a fetch behind the caller when the known keys are old."""
        if self._fetched is not None and now - self._fetched >= MAX_AGE:
            self._start(_Why.OLD, now)

    def _start(self, why: _Why, now: Micros) -> None:
        """Each reason has a pause of its own: a first look or a look in time never delays that for a new key."""
        started = self._started.get(why)
        if self._fetching is None and (started is None or now - started >= _PAUSE[why]):
            self._started[why] = now
            self._fetching = asyncio.create_task(self._refresh(now), name="identity provider keys")

    async def _refresh(self, now: Micros) -> None:
        try:
            published = await self._published_keys()
            keys = _usable(published)
            if not keys:
                raise FetchFailed("no key that we can use")
        except FetchFailed as failure:
            self._failed = True
            _log.warning("the keys of the identity provider cannot be had: %s", failure)
        else:
            self._fetched, self._failed = now, False
            if published != self._published:
                self._keys, self._published, self.generation = keys, published, self.generation + 1
        finally:
            self._fetching = None

    async def _published_keys(self) -> list[Any]:
        discovery = await self._fetch(self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        if discovery.get("issuer") != self._issuer:
            raise FetchFailed("the discovery document names another issuer")
        address = discovery.get("jwks_uri")
        if not isinstance(address, str) or not _as_safe(address, self._issuer):
            raise FetchFailed("the discovery document names no usable jwks_uri")
        published = (await self._fetch(address)).get("keys")
        return published if isinstance(published, list) else []


def _as_safe(address: str, issuer: str) -> bool:
    """An https issuer does not hand out its keys over http."""
    try:
        scheme = urlsplit(address).scheme
    except ValueError:
        return False
    return scheme == "https" or (scheme == "http" and urlsplit(issuer).scheme == "http")


def _usable(published: list[Any]) -> dict[str, PublicKey]:
    found: dict[str, PublicKey] = {}
    for entry in published:
        if isinstance(entry, dict) and isinstance(entry.get("kid"), str) and entry["kid"] not in found:
            key = _imported(entry)
            if key is not None:
                found[entry["kid"]] = key
    return found


def _imported(entry: dict[str, Any]) -> PublicKey | None:
    """None for what cannot verify a token: symmetric, for encryption, too short, of an unknown kind, or broken."""
    kind, use, modulus = entry.get("kty"), entry.get("use", "sig"), str(entry.get("n"))
    if kind not in ("RSA", "EC", "OKP") or use != "sig":
        return None
    if kind == "RSA" and len(modulus.lstrip("A")) < _LEAST_RSA_DIGITS:
        return None
    try:
        key = JWKRegistry.import_key(entry)
        key.get_op_key("verify")
    # A provider can publish anything; one broken entry must not cost the others.
    except (JoseError, ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return None
    return key if isinstance(key, RSAKey | ECKey | OKPKey) else None
