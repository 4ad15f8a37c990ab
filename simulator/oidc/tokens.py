"""What the tokens of a persona say."""

import secrets
import time
from collections.abc import Callable

from simulator.oidc.keys import Claims, KeyRing, new_key
from simulator.personas import Persona

CLIENT, LIFETIME_S = "tongban-phone", 3600
_WRONG = "http://127.0.0.1:9/not-the-issuer"


class Tokens:
    """Makes access tokens (RFC 9068) and ID tokens for personas."""

    def __init__(self, keys: KeyRing, issuer: Callable[[], str], audience: str) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience

    def access(self, persona: Persona, client: str = CLIENT, *, scope: str | None = None,
               ttl_s: float = LIFETIME_S, claims: Claims | None = None, fault: str | None = None) -> str:  # fmt: skip
        """An access token. `claims` override (null removes); `fault` is one of FAULTS, applied last."""
        said = self._said(persona, client, ttl_s) | ({"scope": scope} if scope else {}) | (claims or {})
        said = {name: value for name, value in said.items() if value is not None}
        return self._faulty(said, fault)

    def identity(self, persona: Persona, client: str, nonce: str | None) -> str:
        """An ID token for the client that signed in."""
        said = self._said(persona, client, LIFETIME_S)
        for name in ("client_id", "identity_type", "identity_number", "represents", "accounts"):
            said.pop(name, None)
        said |= {"aud": client} | ({"nonce": nonce} if nonce else {})
        return self._keys.sign(said, "JWT")

    def _said(self, persona: Persona, client: str, ttl_s: float) -> Claims:
        now = int(time.time())
        return {
            "iss": self._issuer(), "aud": self._audience, "azp": client, "client_id": client,
            "iat": now, "auth_time": now, "exp": int(now + ttl_s), "jti": secrets.token_hex(12), **about(persona),
        }  # fmt: skip

    def _faulty(self, said: Claims, fault: str | None) -> str:
        kind = "at+jwt"
        if fault == "unsigned":
            return self._keys.unsigned(said, kind)
        if fault == "hs256":
            return self._keys.confused(said, kind)
        if fault == "expired":
            said |= {"iat": said["iat"] - 2 * LIFETIME_S, "exp": said["iat"] - LIFETIME_S}
        elif fault == "audience":
            said["aud"] = "somebody-else"
        elif fault == "issuer":
            said["iss"] = _WRONG
        return self._keys.sign(said, kind, new_key() if fault == "other-key" else None)


FAULTS = ("expired", "audience", "unsigned", "other-key", "hs256", "issuer")


def about(persona: Persona) -> Claims:
    """What is known of the person, the same in tokens and at /userinfo. `sub` is of the human who signs in."""
    person, organisation = persona.signs_in, persona.acts_for
    said: Claims = {"sub": f"person-{persona.name.removesuffix('-org')}", "name": person.name, "real_name_level": 3,
                    "identity_type": person.kind, "identity_number": person.number}  # fmt: skip
    if organisation:
        said["represents"] = {"identity_type": organisation.kind, "identity_number": organisation.number,
                              "name": organisation.name}  # fmt: skip
    if persona.accounts:
        (said["represents"] if organisation else said)["accounts"] = dict(persona.accounts)
    return said
