"""The certified OpenID provider of npm as a process beside the tests, and a phone's way through its pages."""

import asyncio
import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
from yarl import URL

from app.simulation import CLIENT
from simulator.oidc.tokens import about
from simulator.personas import PERSONAS
from tests.node import installed

SOURCE = Path(__file__).parents[1] / "oidc_provider"
BACK = "cn.example.tongban:/signed-in"
START_S = 30.0


@dataclass(frozen=True)
class Certified:
    """A running provider; the personas of the simulated world are its people."""

    issuer: str
    keys_file: Path
    process: asyncio.subprocess.Process
    session: aiohttp.ClientSession

    @property
    def port(self) -> int:
        return URL(self.issuer).port or 0

    async def asked(self, path: str = "/jwks") -> int:
        """How often a path was asked for since the process started."""
        async with self.session.get(f"{self.issuer}/asked") as answer:
            return int(json.loads(await answer.text()).get(path, 0))

    async def rotate(self, *, keep_old: bool) -> None:
        """Signs with new keys from now on."""
        async with self.session.post(f"{self.issuer}/rotate" + ("?keep=1" if keep_old else "")) as answer:
            assert answer.status == 200

    async def keys(self) -> list[dict[str, Any]]:
        """The published keys."""
        async with self.session.get(f"{self.issuer}/jwks") as answer:
            return list((await answer.json())["keys"])

    async def token(self, persona: str, **wanted: str) -> str:
        """The access token of a persona who signed in; `wanted` are audience, alg and ttl."""
        return str((await self.sign_in(persona, **wanted))["access_token"])

    async def sign_in(self, persona: str, client: str = CLIENT, **wanted: str) -> dict[str, Any]:
        """Authorization code with PKCE (RFC 7636) as an app does it, through the provider's own pages: the tokens."""
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
            return await Arrival(browser, self.issuer, client, persona, _resource(wanted)).tokens()

    async def renewed(self, refresh_token: str) -> dict[str, Any]:
        """The tokens for a refresh token of the first client."""
        given = {"grant_type": "refresh_token", "client_id": CLIENT, "refresh_token": refresh_token}
        return await _granted(self.session, f"{self.issuer}/token", given)

    async def stop(self) -> None:
        """Ends the process, as an outage does; its keys stay in their file."""
        assert self.process.stdin
        self.process.stdin.close()
        await self.process.wait()


@dataclass(frozen=True)
class Arrival:
    """One person at the provider, with an app and a browser."""

    browser: aiohttp.ClientSession
    issuer: str
    client: str
    persona: str
    resource: str

    async def tokens(self) -> dict[str, Any]:
        async with self.browser.get(f"{self.issuer}/.well-known/openid-configuration") as answer:
            found = await answer.json()
        state, verifier = secrets.token_urlsafe(), secrets.token_urlsafe(48)
        asked = {
            "response_type": "code", "client_id": self.client, "redirect_uri": BACK, "scope": "openid profile",
            "resource": self.resource, "state": state, "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        told = await self._through_the_pages(URL(found["authorization_endpoint"]).with_query(asked))
        assert (told["state"], told["iss"]) == ([state], [self.issuer]), told
        given = {
            "grant_type": "authorization_code", "client_id": self.client, "redirect_uri": BACK,
            "code": told["code"][0], "code_verifier": verifier,
        }  # fmt: skip
        return await _granted(self.browser, found["token_endpoint"], given)

    async def _through_the_pages(self, address: URL) -> dict[str, list[str]]:
        """Follows redirects and fills in the forms for sign-in and consent, until the app is called back."""
        form: dict[str, str] | None = None
        while not str(address).startswith(BACK):
            method = "POST" if form else "GET"
            async with self.browser.request(method, address, data=form, allow_redirects=False) as answer:
                page = await answer.text()
                assert answer.status in (200, 302, 303), page
                form = None if answer.status != 200 else {"login": self.persona, "password": "x"} | _hidden(page)
                there = answer.headers["location"] if form is None else _found(r'action="([^"]+)"', page)
                address = address.join(URL(there))
        return parse_qs(urlsplit(str(address)).query)


async def _granted(session: aiohttp.ClientSession, endpoint: str, given: Mapping[str, str]) -> dict[str, Any]:
    """What the token endpoint gives for a grant."""
    async with session.post(endpoint, data=given) as answer:
        assert answer.status == 200, await answer.text()
        tokens: dict[str, Any] = await answer.json()
        return tokens


def _hidden(page: str) -> dict[str, str]:
    return {"prompt": _found(r'name="prompt" value="([^"]+)"', page)}


def _found(pattern: str, page: str) -> str:
    match = re.search(pattern, page)
    assert match, page
    return match[1]


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _resource(wanted: Mapping[str, str]) -> str:
    """The resource indicator (RFC 8707) out of which the provider reads what the token is for."""
    return str(URL("https://tongban.example/").with_query(wanted))


@asynccontextmanager
async def certified_provider(folder: Path, port: int = 0, keys: Path | None = None) -> AsyncIterator[Certified]:
    """Runs the provider until the block ends. Its issuer follows from the port; its keys outlive it in a file."""
    program = installed(SOURCE, "provider.mjs")
    people = {name: about(persona) for name, persona in PERSONAS.items()}
    settings = folder / "provider.json"
    keys_file = keys or folder / "provider-keys.json"
    settings.write_text(json.dumps({"port": port, "keys": str(keys_file), "people": people}))
    with (folder / "provider.log").open("a") as log:
        process = await asyncio.create_subprocess_exec(
            *("node", str(program), str(settings)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdin and process.stdout
    try:
        issuer = (await asyncio.wait_for(process.stdout.readline(), START_S)).decode().strip()
        assert issuer, (folder / "provider.log").read_text()
        async with aiohttp.ClientSession() as session:
            yield Certified(issuer, keys_file, process, session)
    finally:
        process.stdin.close()
        await process.wait()
