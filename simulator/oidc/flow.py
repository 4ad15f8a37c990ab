"""The authorisation code flow (RFC 6749, RFC 7636): requests, one-time codes, and what is refused."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass

from simulator.oidc.keys import encoded
from simulator.personas import PERSONAS, Persona

_CODE_LIFETIME_S = 60
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class RefusedError(Exception):
    """An OAuth error: its code and its description."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description


@dataclass(frozen=True)
class Asked:
    """A sound authorisation request."""

    client: str
    redirect_uri: str
    challenge: str
    scope: str
    state: str | None
    nonce: str | None


@dataclass(frozen=True)
class Given:
    """What a code stands for."""

    asked: Asked
    persona: Persona
    until: float


def asked(query: Mapping[str, str]) -> Asked:
    """The authorisation request in a query. Raises RefusedError, to be told to the client by redirection."""
    if query.get("response_type") != "code":
        raise RefusedError("unsupported_response_type", "response_type must be code")
    if query.get("code_challenge_method") != "S256" or not _CHALLENGE.fullmatch(query.get("code_challenge", "")):
        raise RefusedError("invalid_request", "PKCE with code_challenge_method S256 is required")
    return Asked(query["client_id"], query["redirect_uri"], query["code_challenge"],
                 query.get("scope", "openid"), query.get("state"), query.get("nonce"))  # fmt: skip


class Codes:
    """Codes that were given out; each is good once, for a minute."""

    def __init__(self) -> None:
        self._given: dict[str, Given] = {}

    def give(self, request: Asked, persona: Persona) -> str:
        """A new code for this persona."""
        code = secrets.token_urlsafe(24)
        self._given[code] = Given(request, persona, time.monotonic() + _CODE_LIFETIME_S)
        return code

    def take(self, form: Mapping[str, str]) -> Given:
        """What the code in a token request stands for. Raises RefusedError; the code is spent either way."""
        given = self._given.pop(form.get("code", ""), None)
        if given is None or given.until < time.monotonic():
            raise RefusedError("invalid_grant", "the code is unknown, spent or too old")
        if (form.get("client_id"), form.get("redirect_uri")) != (given.asked.client, given.asked.redirect_uri):
            raise RefusedError("invalid_grant", "client_id and redirect_uri must be those of the authorisation request")
        challenge = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if not hmac.compare_digest(challenge, given.asked.challenge):
            raise RefusedError("invalid_grant", "code_verifier does not match code_challenge")
        return given


def chosen(name: str) -> Persona:
    """The persona of this name. Raises RefusedError."""
    if name not in PERSONAS:
        raise RefusedError("invalid_grant", f"choose one of {', '.join(PERSONAS)}")
    return PERSONAS[name]
