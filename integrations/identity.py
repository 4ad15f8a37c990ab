"""Bearer tokens: who signed in, with which client, at which real-name level."""

import hashlib
import unicodedata
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.assurance import Assurance
from domain.caller import LONGEST_ACCOUNT, Represented, SignIn
from domain.identity import BadIdentity, Identity, IdentityType, identity
from domain.times import SECOND, Micros
from integrations.fetch import Fetch
from integrations.jwt import ALGORITHMS, Verifier
from integrations.provider_keys import ProviderKeys, ProviderUnavailable
from integrations.tokens import TokenFault, TokenRefused, plain

__all__ = ["ClaimNames", "IdentityProvider", "ProviderUnavailable", "TokenFault", "TokenRefused"]

REMEMBERED = 10_000
LONGEST_CLIENT = 64
MOST_ACCOUNTS, LONGEST_CODE = 200, 64


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """What the provider calls the claims that are not standard. Inside `represents` the same names are used."""

    identity_type: str = "identity_type"
    identity_number: str = "identity_number"
    name: str = "name"
    assurance: str = "real_name_level"
    represents: str = "represents"
    accounts: str = "accounts"


class IdentityProvider:
    """Turns tokens of one issuer into sign-ins. Tokens never appear in what it raises or logs."""

    def __init__(
        self, issuer: str, audience: str, claims: ClaimNames, fetch: Fetch, remembered: int = REMEMBERED
    ) -> None:
        self._keys = ProviderKeys(issuer, fetch)
        self._verifier = Verifier(issuer=issuer, audience=audience, algorithms=ALGORITHMS, keys=self._keys)
        self._names = claims
        self._known = _Known(remembered)

    async def sign_in(self, token: str, now: Micros) -> SignIn:
        """What a token says, once all of it is believed. Raises TokenRefused, or ProviderUnavailable."""
        known_as = hashlib.sha256(plain(token)).digest()
        self._keys.keep_fresh(now)
        found = self._known.get(known_as, self._keys.generation)
        if found is None:
            found = _sign_in(await self._verifier.claims(token, now), self._names, now)
            self._known.put(known_as, self._keys.generation, found)
        if found.expires <= now:
            raise TokenRefused(TokenFault.EXPIRED)
        return found


_LEVELS: Mapping[int | str, Assurance] = {
    form: level for level in Assurance for form in (level.value, str(level.value))
}


class _Known:
    """The latest believed tokens, by their SHA-256 (never themselves), as long as the keys stay what they were."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._entries: OrderedDict[bytes, tuple[int, SignIn]] = OrderedDict()

    def get(self, known_as: bytes, generation: int) -> SignIn | None:
        entry = self._entries.get(known_as)
        if entry is None or entry[0] != generation:
            return None
        self._entries.move_to_end(known_as)
        return entry[1]

    def put(self, known_as: bytes, generation: int, sign_in: SignIn) -> None:
        self._entries[known_as] = (generation, sign_in)
        self._entries.move_to_end(known_as)
        if len(self._entries) > self._limit:
            self._entries.popitem(last=False)


def _sign_in(claims: Mapping[str, Any], names: ClaimNames, now: Micros) -> SignIn:
    client = _text(claims, "azp" if "azp" in claims else "client_id")
    if len(client) > LONGEST_CLIENT:
        raise TokenRefused(TokenFault.MALFORMED)
    return SignIn(
        subject=_text(claims, "sub"),
        client=client,
        assurance=_assurance(claims.get(names.assurance, 0)),
        name=_text(claims, names.name),
        identity=_identity(claims, names),
        acting=_represented(claims.get(names.represents), names),
        expires=claims["exp"] * SECOND,
        # What says no time is as new as it can be, and nothing is newer than now: its clock may be ahead.
        issued=min(claims.get("iat", now // SECOND) * SECOND, now),
        signed_in=_signed_in(claims.get("auth_time"), now),
        accounts=_accounts(claims.get(names.accounts)),
    )


def _signed_in(said: object, now: Micros) -> Micros | None:
    """When the person signed in (OpenID Connect Core 1.0, section 2; RFC 9068, section 2.2.1). A wrong one is as good as none."""
    if isinstance(said, bool) or not isinstance(said, int) or not 0 < said <= now // SECOND:
        return None
    return said * SECOND


def _represented(said: object, names: ClaimNames) -> Represented | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise TokenRefused(TokenFault.MALFORMED)
    found = _identity(said, names)
    if found.type is not IdentityType.ORGANISATION:
        raise TokenRefused(TokenFault.BAD_IDENTITY)
    return Represented(_text(said, names.name), found, _accounts(said.get(names.accounts)))


def _accounts(said: object) -> dict[str, str]:
    """Accounts at platforms, by code; of platforms that nobody knows here too. None said is no account."""
    if said is None:
        return {}
    if not isinstance(said, dict) or len(said) > MOST_ACCOUNTS:
        raise TokenRefused(TokenFault.MALFORMED)
    for code, account in said.items():
        if len(code) > LONGEST_CODE or not account or len(_plain(account)) > LONGEST_ACCOUNT:
            raise TokenRefused(TokenFault.MALFORMED)
    return said


def _identity(claims: Mapping[str, Any], names: ClaimNames) -> Identity:
    try:
        return identity(_text(claims, names.identity_type), _text(claims, names.identity_number))
    except BadIdentity:
        raise TokenRefused(TokenFault.BAD_IDENTITY) from None


def _assurance(said: object) -> Assurance:
    """A level as a number or as its digit, since many providers keep all attributes as text. None said is level 0."""
    if isinstance(said, bool) or not isinstance(said, int | str) or said not in _LEVELS:
        raise TokenRefused(TokenFault.MALFORMED)
    return _LEVELS[said]


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    if value is None or value == "":
        raise TokenRefused(TokenFault.MISSING_CLAIM)
    return _plain(value)


def _plain(value: object) -> str:
    # Control characters and lone surrogates: no database takes them, and nobody is called so.
    if not isinstance(value, str) or any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise TokenRefused(TokenFault.MALFORMED)
    return value
