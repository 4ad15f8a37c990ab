"""Access tokens of a token endpoint (RFC 6749), sent as bearer tokens (RFC 6750); each fetched once for all who wait for it."""

import asyncio
import base64
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_plus, urlencode

import aiohttp

from domain.times import SECOND, Micros
from integrations.form.authentication import TokenEndpoint
from integrations.http import Request, Response, Tls, raise_for_status, send, url_of
from integrations.port import Drifted, PlatformTrouble, Refused

EARLY: Micros = 30 * SECOND
"""How long before its end a token is no longer used; of a short one, half of its life."""

REFUSAL_KEPT: Micros = 10 * SECOND
"""How long an endpoint that gives no token is left alone: for everybody, if it refused us, else for whose token was asked for.

A wrong secret stays wrong, and locks us out if tries are counted.
"""

_OURS = ("invalid_client", "unauthorized_client")
"""Errors of a token endpoint that say something about us."""

LONGEST_S = 24 * 3600
MOST_BYTES = 64 * 1024
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token as a header can hold it (RFC 6750, section 2.1)."""


@dataclass(frozen=True)
class Line:
    """How token endpoints of a platform are reached: by the session and the trust of its questions."""

    session: aiohttp.ClientSession
    clock: Callable[[], Micros]
    tls: Tls


@dataclass(frozen=True)
class _Held:
    token: str = field(repr=False)
    until: Micros

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


class ClientRefused(Refused):
    """The endpoint refuses us, whoever's token is asked for."""


class Refusal:
    """Why no token was given last, for as long as that is taken to hold."""

    def __init__(self, clock: Callable[[], Micros]) -> None:
        self._clock = clock
        self._trouble: PlatformTrouble | None = None
        self._until: Micros = 0

    @property
    def holds(self) -> bool:
        return self._clock() < self._until

    def keep(self, trouble: PlatformTrouble) -> None:
        self._trouble, self._until = trouble, self._clock() + REFUSAL_KEPT

    def raise_if_it_holds(self) -> None:
        """Raises PlatformTrouble."""
        if self._trouble and self.holds:
            raise type(self._trouble)(self._trouble.detail)


class Client:
    """Who we are at one token endpoint, whoever's tokens are fetched there.

    Until a token is given, and after a refusal of us, one fetch finds out for all how we stand.
    """

    def __init__(self, clock: Callable[[], Micros]) -> None:
        self._refusal = Refusal(clock)
        self._finding_out = asyncio.Lock()
        self._is_welcome = False

    async def fetched(self, fetch: Callable[[], Awaitable[_Held]]) -> _Held:
        """Raises PlatformTrouble."""
        if not self._is_welcome:
            async with self._finding_out:
                if not self._is_welcome:
                    return await self._fetched(fetch)
        return await self._fetched(fetch)

    async def _fetched(self, fetch: Callable[[], Awaitable[_Held]]) -> _Held:
        self._refusal.raise_if_it_holds()
        try:
            held = await fetch()
        except ClientRefused as refusal:
            self._is_welcome = False
            self._refusal.keep(refusal)
            raise
        self._is_welcome = True
        return held


class Bearer:
    """One access token: kept until shortly before its end; one that is refused is fetched anew.

    `request` makes what asks for one. `unsaid_s`: how long a token is taken to live whose answer does not say it. `client` is
    shared by all tokens that are fetched under one name.
    """

    def __init__(self, line: Line, client: Client, request: Callable[[], Request], unsaid_s: int) -> None:
        self._line, self._client, self._request, self._unsaid_s = line, client, request, unsaid_s
        self._fetching = asyncio.Lock()
        self._held: _Held | None = None
        self._refusal = Refusal(line.clock)

    async def headers(self) -> dict[str, str]:
        """Raises PlatformTrouble."""
        # Whoever holds the lock fetches for all: cut off by its time limit, it leaves that to the next.
        async with self._fetching:
            if self._held is None or self._is_over(self._held):
                self._held = await self._fetched()
            return self._held.headers

    def refused(self, headers: Mapping[str, str]) -> None:
        """Forgets the token that was sent in these headers."""
        # Not if another question has fetched a new one meanwhile: that one was not refused.
        if self._held is not None and self._held.headers.items() <= headers.items():
            self._held = None

    @property
    def is_idle(self) -> bool:
        """Whether it holds nothing that can still be used, nor a refusal, and nobody waits for it."""
        holds = (self._held and not self._is_over(self._held)) or self._refusal.holds
        return not (self._fetching.locked() or holds)

    def _is_over(self, held: _Held) -> bool:
        return held.until <= self._line.clock()

    async def _fetched(self) -> _Held:
        self._refusal.raise_if_it_holds()
        try:
            return await self._client.fetched(self._fetch)
        except ClientRefused:
            raise
        except (Refused, Drifted) as refusal:
            self._refusal.keep(refusal)
            raise

    async def _fetch(self) -> _Held:
        asked = self._line.clock()
        try:
            response = await send(self._line.session, self._request(), MOST_BYTES, self._line.tls)
            _raise_for_client(response)
            raise_for_status(response)
        except PlatformTrouble as trouble:
            raise type(trouble)(f"token endpoint: {trouble.detail}", trouble.pause_s) from None
        token, said_s = _read(response.body)
        life = min(self._unsaid_s if said_s is None else said_s, LONGEST_S) * SECOND
        return _Held(token, asked + life - min(EARLY, life // 2))


def token_request(form: TokenEndpoint, secrets: Mapping[str, str], said: Mapping[str, str | None]) -> Request:
    """What asks an endpoint for a token: `said`, scope, and who we are as the form wants it said. None is left out."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    body = {**said, "scope": form.scope}
    if form.client_id and form.client_secret:
        client, secret = secrets[form.client_id.setting], secrets[form.client_secret.setting]
        if form.send == "body":
            body |= {"client_id": client, "client_secret": secret}
        else:
            headers["Authorization"] = _basic(client, secret)
    filled = urlencode({name: value for name, value in body.items() if value is not None})
    return Request("POST", url_of(secrets[form.token_address.setting]), headers, filled.encode())


def _basic(client: str, secret: str) -> str:
    """As RFC 6749 wants it in section 2.3.1: both encoded as in a form before they are joined."""
    return "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()


def _raise_for_client(response: Response) -> None:
    """Raises ClientRefused where it is us whom the endpoint refuses (RFC 6749, section 5.2)."""
    status = response.status
    if status in (401, 403) or (status == 400 and _error_of(response.body) in _OURS):
        raise ClientRefused(f"HTTP {status}")


def _error_of(body: bytes) -> object:
    return (_document(body) or {}).get("error")


def _document(body: bytes) -> dict[str, Any] | None:
    """The JSON object of an answer; None if it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _read(body: bytes) -> tuple[str, int | None]:
    """Token and seconds of an answer (RFC 6749, section 5.1), None where it says none. Raises Drifted."""
    if (document := _document(body)) is None:
        raise Drifted("token endpoint: not a JSON object")
    token, kind, seconds = (document.get(name) for name in ("access_token", "token_type", "expires_in"))
    if not isinstance(token, str) or not _TOKEN.fullmatch(token) or str(kind).lower() != "bearer":
        raise Drifted("token endpoint: no bearer token")
    if seconds is None:
        return token, None
    # Some say it as a text.
    if not (str(seconds).isascii() and str(seconds).isdigit() and len(str(seconds)) < 10):
        raise Drifted("token endpoint: expires_in is not in seconds")
    return token, int(seconds)
