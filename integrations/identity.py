"""Bearer tokens: who signed in, with which client, at which real-name level.

Access tokens are JWTs after RFC 9068 from an OpenID Connect provider; how they are checked follows RFC 8725. Header
fields that bring keys along (jwk, jku, x5u, x5c) are never looked at: keys come from discovery alone.
"""

import unicodedata
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from joserfc import errors, jws, jwt

from domain.caller import Assurance, Represented, SignIn
from domain.identity import BadIdentity, Identity, IdentityType, identity
from domain.times import SECOND, Micros
from integrations.fetch import Fetch
from integrations.provider_keys import ProviderKeys, ProviderUnavailable, PublicKey
from integrations.tokens import TokenFault, TokenRefused, digest, read_header, read_object

__all__ = ["ClaimNames", "IdentityProvider", "ProviderUnavailable", "TokenFault", "TokenRefused"]

ALGORITHMS = ("ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "Ed25519")
LEEWAY_S = 60
"""How far the provider's clock may be ahead of ours. No such grace after `exp`: the client renews its token."""
REMEMBERED = 10_000
LONGEST_CLIENT = 64

_LATEST_S = 253_402_300_799  # the end of the year 9999: beyond it is a mistake, or milliseconds


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """What the provider calls the claims that are not standard. Inside `represents` the same names are used."""

    identity_type: str = "identity_type"
    identity_number: str = "identity_number"
    name: str = "name"
    assurance: str = "real_name_level"
    represents: str = "represents"


class IdentityProvider:
    """Turns tokens of one issuer into sign-ins. Tokens never appear in what it raises or logs."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        claims: ClaimNames,
        fetch: Fetch,
        algorithms: Sequence[str] = ALGORITHMS,
        remembered: int = REMEMBERED,
    ) -> None:
        self._issuer, self._audience, self._names = issuer, audience, claims
        self._keys = ProviderKeys(issuer, fetch)
        self._registry = _Registry(algorithms=algorithms, strict_check_header=False)
        self._algorithms = frozenset(algorithms)
        self._known = _Known(remembered)

    async def sign_in(self, token: str, now: Micros) -> SignIn:
        """What a token says, once all of it is believed. Raises TokenRefused, or ProviderUnavailable without keys."""
        known_as = digest(token)
        self._keys.keep_fresh(now)
        found = self._known.get(known_as, self._keys.generation)
        if found is None:
            found = await self._verified(token, now)
            self._known.put(known_as, self._keys.generation, found)
        if found.expires <= now:
            raise TokenRefused(TokenFault.EXPIRED)
        return found

    async def _verified(self, token: str, now: Micros) -> SignIn:
        header = read_header(token, self._algorithms)
        key = await self._keys.key(header.kid, now)
        if key is None:
            raise TokenRefused(TokenFault.UNKNOWN_KEY)
        claims = read_object(self._signed(token, key))
        self._check(claims, now)
        return _sign_in(claims, self._names)

    def _signed(self, token: str, key: PublicKey) -> bytes:
        try:
            payload = jws.deserialize_compact(token, key, registry=self._registry).payload
        except errors.BadSignatureError:
            raise TokenRefused(TokenFault.BAD_SIGNATURE) from None
        except (errors.KeyParameterError, errors.InvalidKeyCurveError, errors.UnsupportedAlgorithmError):
            raise TokenRefused(TokenFault.WRONG_ALGORITHM) from None
        except (errors.JoseError, ValueError):
            raise TokenRefused(TokenFault.MALFORMED) from None
        return payload

    def _check(self, claims: Mapping[str, Any], now: Micros) -> None:
        """Issuer, audience and times. joserfc checks none of them unless asked, and gives `exp` the leeway too."""
        rules = jwt.JWTClaimsRegistry(
            now=now // SECOND,
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
        )
        _require_times(claims)
        try:
            rules.validate(dict(claims))
        except errors.MissingClaimError:
            raise TokenRefused(TokenFault.MISSING_CLAIM) from None
        except errors.ClaimError as error:
            raise TokenRefused(_REASON_OF.get(error.claim, TokenFault.MALFORMED)) from None


_LEVELS: Mapping[int | str, Assurance] = {
    form: level for level in Assurance for form in (level.value, str(level.value))
}

_REASON_OF = {
    "iss": TokenFault.WRONG_ISSUER,
    "aud": TokenFault.WRONG_AUDIENCE,
    "exp": TokenFault.EXPIRED,
    "nbf": TokenFault.NOT_YET_VALID,
    "iat": TokenFault.NOT_YET_VALID,
}


class _Registry(jws.JWSRegistry):
    """Without joserfc's warning at each EdDSA token: providers use that name, and the key fixes the curve."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise errors.UnsupportedAlgorithmError("not an allowed algorithm")
        return self.algorithms[name]


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


def _require_times(claims: Mapping[str, Any]) -> None:
    """Whole seconds of this era. RFC 7519 would allow fractions; a text or a fraction is more likely a mistake."""
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LATEST_S:
            raise TokenRefused(TokenFault.MALFORMED)


def _sign_in(claims: Mapping[str, Any], names: ClaimNames) -> SignIn:
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
    )


def _represented(said: object, names: ClaimNames) -> Represented | None:
    if said is None:
        return None
    if not isinstance(said, dict):
        raise TokenRefused(TokenFault.MALFORMED)
    found = _identity(said, names)
    if found.type is not IdentityType.ORGANISATION:
        raise TokenRefused(TokenFault.BAD_IDENTITY)
    return Represented(_text(said, names.name), found)


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
    # Control characters and lone surrogates: no database takes them, and nobody is called so.
    if not isinstance(value, str) or any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
        raise TokenRefused(TokenFault.MALFORMED)
    return value
