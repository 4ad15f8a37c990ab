"""The Google side of signing in: a service account of nobody, and the endpoint that gives tokens for its assertions."""

import asyncio
import json
import secrets
import time
from pathlib import Path

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

PROJECT = "tongban-simulator"
_ACCOUNT = f"push@{PROJECT}.iam.gserviceaccount.example"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPES = {"https://www.googleapis.com/auth/firebase.messaging", "https://www.googleapis.com/auth/cloud-platform"}
# Google's own libraries put this into "aud" whatever the account's token_uri says.
_GOOGLE = "https://oauth2.googleapis.com/token"
_LIFETIME_S = 3600


class ServiceAccount:
    """A key pair, and the access tokens given for its assertions. `delay_s` and `failure` spoil the endpoint."""

    def __init__(self) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(20)})
        self._valid: dict[str, float] = {}
        self.issued = 0
        self.delay_s = 0.0
        self.failure: str | None = None

    def write(self, folder: Path, token_uri: str) -> Path:
        """Write the JSON file that Google's libraries read, for the owner's eyes only; its path."""
        path = folder / "service-account.json"
        folder.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(json.dumps({
            "type": "service_account", "project_id": PROJECT, "private_key_id": self._key.kid,
            "private_key": self._key.as_pem(private=True).decode(), "client_email": _ACCOUNT,
            "client_id": "100000000000000000044", "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        }, indent=2))  # fmt: skip
        return path

    def believes(self, header: str) -> bool:
        """Whether an Authorization header carries a token given here that has not run out."""
        scheme, _, token = header.partition(" ")
        return scheme.lower() == "bearer" and self._valid.get(token, 0) > time.monotonic()

    async def token(self, request: web.Request, token_uri: str) -> web.Response:
        """POST /token: the JWT-bearer grant of RFC 7523."""
        await asyncio.sleep(self.delay_s)
        if self.failure == "http500":
            return web.json_response({"error": "internal_failure"}, status=500)
        form = await request.post()
        if form.get("grant_type") != _GRANT:
            return _refused("unsupported_grant_type", f"grant_type must be {_GRANT}")
        why = self._fault(str(form.get("assertion", "")), {token_uri, _GOOGLE})
        if self.failure == "invalid_grant" or why:
            return _refused("invalid_grant", why or "Invalid JWT Signature.")
        token = f"ya29.{secrets.token_urlsafe(32)}"
        self._valid[token] = time.monotonic() + _LIFETIME_S
        self.issued += 1
        return web.json_response({"access_token": token, "expires_in": _LIFETIME_S, "token_type": "Bearer"})

    def _fault(self, assertion: str, audiences: set[str]) -> str | None:
        """What is wrong with an assertion, or None."""
        try:
            claims = jwt.decode(assertion, self._key, algorithms=["RS256"]).claims
        except (JoseError, ValueError):
            return "Invalid JWT Signature."
        now, exp, iat = time.time(), claims.get("exp", 0), claims.get("iat", 0)
        if not (iat - 60 <= now < exp <= iat + _LIFETIME_S):
            return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe."
        if claims.get("iss") != _ACCOUNT or claims.get("aud") not in audiences:
            return "Invalid JWT: iss or aud is wrong."
        return None if _SCOPES & set(str(claims.get("scope", "")).split()) else "Invalid OAuth scope."


def _refused(error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=400)
