"""Access tokens of OAuth 2.0 client credentials (RFC 6749, section 4.4), fetched once for all who wait for one."""

import asyncio
import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import aiohttp

from domain.times import SECOND, Micros
from integrations.form.authentication import ClientCredentials
from integrations.http import Request, Tls, raise_for_status, send, url_of
from integrations.port import Drifted, PlatformTrouble, Refused

EARLY: Micros = 30 * SECOND
"""How long before its end a token is no longer used; of a short one, half of its life."""

UNSAID_S = 300
"""How long a token is taken to live whose answer does not say it."""

REFUSAL_KEPT: Micros = 10 * SECOND
"""How long an endpoint that gives no token is left alone: a wrong secret stays wrong, and locks us out if tries are counted."""

LONGEST_S = 24 * 3600
MOST_BYTES = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token as a header can hold it (RFC 6750, section 2.1)."""


@dataclass(frozen=True)
class _Held:
    token: str = field(repr=False)
    until: Micros

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class ClientToken:
    """Satisfies Identify. A token is kept until shortly before its end; one that is refused is fetched anew."""

    def __init__(
        self,
        form: ClientCredentials,
        secrets: Mapping[str, str],
        session: aiohttp.ClientSession,
        clock: Callable[[], Micros],
        tls: Tls,
    ) -> None:
        self._form, self._secrets, self._session, self._clock, self._tls = form, secrets, session, clock, tls
        self._fetching = asyncio.Lock()
        self._held: _Held | None = None
        self._refusal: PlatformTrouble | None = None
        self._refused_until: Micros = 0

    async def headers(self, request: Request) -> Mapping[str, str]:
        # Whoever holds the lock fetches for all: cut off by its time limit, it leaves that to the next.
        async with self._fetching:
            if self._held is None or self._held.until <= self._clock():
                self._held = await self._fetched()
            return self._held.headers

    def refused(self, headers: Mapping[str, str]) -> bool:
        # Not if another question has fetched a new one meanwhile: that one was not refused.
        if self._held is not None and self._held.headers == headers:
            self._held = None
        return True

    async def _fetched(self) -> _Held:
        if self._refusal and self._clock() < self._refused_until:
            raise type(self._refusal)(self._refusal.detail)
        try:
            return await self._fetch()
        except (Refused, Drifted) as refusal:
            self._refusal, self._refused_until = refusal, self._clock() + REFUSAL_KEPT
            raise

    async def _fetch(self) -> _Held:
        asked = self._clock()
        try:
            response = await send(self._session, self._request(), MOST_BYTES, self._tls)
            raise_for_status(response)
        except PlatformTrouble as trouble:
            raise type(trouble)(f"token endpoint: {trouble.detail}", trouble.pause_s) from None
        token, seconds = _read(response.body)
        life = min(seconds, LONGEST_S) * SECOND
        return _Held(token, asked + life - min(EARLY, life // 2))

    def _request(self) -> Request:
        form = self._form
        client, secret = self._secrets[form.client_id.setting], self._secrets[form.client_secret.setting]
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
        body = {"grant_type": "client_credentials", "scope": form.scope, "audience": form.audience}
        if form.send == "body":
            body |= {"client_id": client, "client_secret": secret}
        else:
            headers["Authorization"] = _basic(client, secret)
        filled = urlencode({name: value for name, value in body.items() if value is not None})
        return Request("POST", url_of(self._secrets[form.token_address.setting]), headers, filled.encode())


def _basic(client: str, secret: str) -> str:
    """As RFC 6749 wants it in section 2.3.1: both encoded as in a form before they are joined."""
    return "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()


def _read(body: bytes) -> tuple[str, int]:
    """Token and seconds of an answer (RFC 6749, section 5.1). Raises Drifted."""
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise Drifted("token endpoint: not a JSON object")
    token, kind, seconds = (document.get(name) for name in ("access_token", "token_type", "expires_in"))
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise Drifted("token endpoint: no bearer token")
    # Some say it as a text.
    told = str(UNSAID_S if seconds is None else seconds)
    if not (told.isascii() and told.isdigit() and len(told) < 10):
        raise Drifted("token endpoint: expires_in is not in seconds")
    return token, int(told)
