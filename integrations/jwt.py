"""The only place where a token is believed: type, algorithm, signature, issuer, audience and times, all of them each time.

The rules are those of RFC 9068, section 4, and RFC 8725. Header fields that bring keys along (jwk, jku, x5u, x5c) are
never looked at: keys come from discovery alone.
"""

from collections.abc import Collection, Mapping
from typing import Any

from joserfc import errors, jws, jwt
from joserfc.util import urlsafe_b64decode

from domain.times import SECOND, Micros
from integrations.provider_keys import ProviderKeys, PublicKey
from integrations.tokens import TokenFault, TokenRefused, plain, read_object

ALGORITHMS = frozenset({"ES256", "ES384", "ES512", "RS256", "PS256", "EdDSA", "Ed25519"})
"""With a public key each, so that no key that a provider publishes can serve as a secret."""
LEEWAY_S = 60
"""How far the provider's clock may be ahead of ours. No such grace after `exp`: the client renews its token."""

_LATEST_S = 253_402_300_799  # the end of the year 9999: beyond it is a mistake, or milliseconds
_TYPES = frozenset({"at+jwt", "application/at+jwt"})


class Verifier:
    """Holds tokens to one issuer and one audience; there is no way to ask it for less."""

    def __init__(self, *, issuer: str, audience: str, keys: ProviderKeys, algorithms: Collection[str]) -> None:
        """Raises ValueError if issuer or audience is empty, or if an algorithm is not one of ALGORITHMS."""
        if not issuer or not audience or not algorithms or not ALGORITHMS.issuperset(algorithms):
            raise ValueError("a token must be held to an issuer, an audience and algorithms with public keys")
        self._issuer, self._audience, self._keys = issuer, audience, keys
        self._algorithms = frozenset(algorithms)
        self._registry = _Registry(algorithms=sorted(algorithms), strict_check_header=False)

    async def claims(self, token: str, now: Micros) -> Mapping[str, Any]:
        """What an access token says, once all of it is believed. Raises TokenRefused, or ProviderUnavailable."""
        key = await self._keys.key(_key_id(token, self._algorithms), now)
        if key is None:
            raise TokenRefused(TokenFault.UNKNOWN_KEY)
        claims = read_object(self._signed(token, key))
        self._check(claims, now)
        return claims

    def _signed(self, token: str, key: PublicKey) -> bytes:
        try:
            return jws.deserialize_compact(token, key, registry=self._registry).payload
        except errors.BadSignatureError:
            raise TokenRefused(TokenFault.BAD_SIGNATURE) from None
        except (errors.KeyParameterError, errors.InvalidKeyCurveError, errors.UnsupportedAlgorithmError):
            raise TokenRefused(TokenFault.WRONG_ALGORITHM) from None
        except (errors.JoseError, ValueError):
            raise TokenRefused(TokenFault.MALFORMED) from None

    def _check(self, claims: Mapping[str, Any], now: Micros) -> None:
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
            raise TokenRefused(_FAULT_OF.get(error.claim, TokenFault.MALFORMED)) from None
        # joserfc gives `exp` the leeway too.
        if claims["exp"] * SECOND <= now:
            raise TokenRefused(TokenFault.EXPIRED)


_FAULT_OF = {
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


def _key_id(token: str, algorithms: Collection[str]) -> str:
    """The key that a signed access token names; nothing is believed by then. Raises TokenRefused."""
    segments = plain(token).split(b".")
    if len(segments) != 3:
        raise TokenRefused(TokenFault.MALFORMED)
    header = read_object(_decoded(segments[0]))
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm == "none" or not segments[2]:
        raise TokenRefused(TokenFault.UNSIGNED)
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise TokenRefused(TokenFault.WRONG_ALGORITHM)
    # RFC 9068, section 4: only this type, or an ID token of a client that is called like our audience would sign in.
    if str(header.get("typ")).lower() not in _TYPES:
        raise TokenRefused(TokenFault.WRONG_TYPE)
    # `crit` and `b64` (RFC 7797) change how a token is to be read; we know no extension that may.
    if "crit" in header or "b64" in header or not isinstance(kid, str):
        raise TokenRefused(TokenFault.MALFORMED)
    return kid


def _decoded(segment: bytes) -> bytes:
    try:
        return urlsafe_b64decode(segment)
    except ValueError:
        raise TokenRefused(TokenFault.MALFORMED) from None


def _require_times(claims: Mapping[str, Any]) -> None:
    """Whole seconds of this era. RFC 7519 would allow fractions; a text or a fraction is more likely a mistake."""
    for name in ("exp", "nbf", "iat"):
        value = claims.get(name, 0)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LATEST_S:
            raise TokenRefused(TokenFault.MALFORMED)
