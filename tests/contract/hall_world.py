"""A platform that believes assertions alone, by the keys that are published: variants/hall at work."""

import asyncio
import json
from collections.abc import Callable
from os import urandom
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.util import urlsafe_b64decode

from domain.times import SECOND, Micros

ISSUER, AUDIENCE = "https://tongban.example.cn", "https://hall.example.cn"
SECRETS = {"app_key": "k", "client_id": "tong ban", "client_secret": "s:ecret"}


class Hall:
    """A platform and its token endpoint. It gives tokens for assertions that it believes by what we publish, and answers about
    whom a token is. Of `lives` the next is how long a token lives; `credulous`: it looks at no signature. `least`: the level
    below which it gives no token."""

    def __init__(self, published: bytes, clock: Callable[[], Micros]) -> None:
        self.keys, self.clock = KeySet.import_key_set(json.loads(published)), clock
        self.lives: list[int | None] = []
        self.credulous = False
        self.least = 0
        self.token_answer: Callable[[], Any] | None = None
        self.forms: list[dict[str, str]] = []
        self.assertions: list[dict[str, Any]] = []
        self.people: dict[str, str] = {}
        self.asked: list[str] = []

    @property
    def exchanged(self) -> list[str]:
        """Whom tokens were given for."""
        return [claims["sub"] for claims in self.assertions]

    async def answer(self, request: web.Request, body: bytes) -> Any:
        if request.path == "/token":
            await asyncio.sleep(0.01)
            return self._token(dict(parse_qsl(body.decode())))
        who = self.people.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if who is None or request.headers["X-App"] != "k":
            return web.json_response({"error": "invalid_token"}, status=401)
        self.asked.append(who)
        return {"cases": [{"number": who, "title": "居住证", "created": "2026-11-20T09:00:00+08:00"}], "total": 1}

    def _token(self, form: dict[str, str]) -> Any:
        self.forms.append(form)
        if self.token_answer is not None:
            return self.token_answer()
        try:
            claims = self._claims(form["subject_token"])
        except (JoseError, ValueError):
            return web.json_response({"error": "invalid_request"}, status=400)
        self.assertions.append(claims)
        token = f"{len(self.assertions)}.{urandom(8).hex()}"
        self.people[token] = claims["sub"]
        life = self.lives.pop(0) if self.lives else 3600
        said = {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer"}
        return {"access_token": token, **said, **({} if life is None else {"expires_in": life})}

    def _claims(self, token: str) -> dict[str, Any]:
        """As docs/platforms/assertions.md says that a platform verifies. Raises JoseError and ValueError."""
        if self.credulous:
            return dict(json.loads(urlsafe_b64decode(token.split(".")[1].encode())))
        claims, now = jwt.decode(token, self.keys, algorithms=["ES256"]).claims, self.clock() // SECOND
        essential = {"iss": ISSUER, "aud": AUDIENCE}
        named = {name: {"essential": True, "value": value} for name, value in essential.items()}
        jwt.JWTClaimsRegistry(now=now, **named).validate(claims)  # type: ignore[arg-type]
        if not now < claims["exp"] <= claims["iat"] + 60 or claims["iat"] > now:
            raise ValueError("not of this minute")
        if claims["jti"] in [seen["jti"] for seen in self.assertions]:
            raise ValueError("seen before")
        if int(claims.get("acr", 0)) < self.least:
            raise ValueError("not signed in at the level that is wanted")
        return claims
