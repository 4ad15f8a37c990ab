"""A platform that speaks our own interface, well or with planted faults, and benches of the conformance kit before it."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from os import urandom
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from app.kit.bench import Bench
from app.kit.check import Check, Finding, run_all
from app.kit.seal import signer_of
from app.kit.suite import suite_of
from app.platform import EXAMPLES
from domain.identity import Identity, identity
from integrations.description import Description, read_description
from integrations.port import Answer, Envelope, EventRefused, Platform, PlatformEvent, PlatformTrouble
from integrations.registry import Access

LIN = identity("111", "440524188001010014")
FIRM = identity("001", "91350100M000100Y43")
CHEN = identity("111", "44010619900307001X")
PATH = {"cases": "/v1/cases/query", "licences": "/v1/licences/query"}
SECRETS = {"client_id": "us", "client_secret": "ours"}


def described(folder: Path, **limits: Any) -> Description:
    """The example of the native dialect, with other limits."""
    file = folder / "example" / "platform.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text((EXAMPLES / "native.toml").read_text("utf-8"), "utf-8")
    found = read_description(file)
    return found.model_copy(update={"limits": found.limits.model_copy(update=limits)})


def case(n: int, **changes: Any) -> dict[str, Any]:
    """The n-th case as the interface says, with other things in it; None takes a field away."""
    events = [
        {"row": "1", "kind": "received", "at": f"2026-11-{n + 1:02}T09:12:00+08:00"},
        {"row": "2", "kind": "accepted", "at": f"2026-11-{n + 2:02}T09:12:00+08:00", "unit": "示例局"},
    ]
    made = {
        "number": f"SZ-2026-{n:06}",
        "title": "食品经营许可",
        "applicant": "林晓岚",
        "hotline": "12345",
        "events": events,
    }
    return {name: value for name, value in (made | {"promised": "2026-12-04"} | changes).items() if value is not None}


def licence(n: int, **changes: Any) -> dict[str, Any]:
    made = {"number": f"JY-{n:06}", "name": "食品经营许可证", "state": "valid", "holder": "林晓岚"}
    return made | {"issued": "2026-11-24", "updated": "2026-11-24T16:20:00+08:00"} | changes


class Province:
    """LIN holds five cases and two licences, the firm nothing; asked for the cases of CHEN it breaks. `faults`: what else is
    wrong with it."""

    def __init__(self, *faults: str) -> None:
        self.faults = set(faults)
        self.cases, self.licences = [case(n) for n in range(5)], [licence(n) for n in range(2)]
        self.asked = 0
        self.address = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/oauth2/token", self._token)
        app.router.add_post(PATH["cases"], self._cases)
        app.router.add_post(PATH["licences"], self._licences)
        return app

    async def _token(self, request: web.Request) -> web.Response:
        given = aiohttp.BasicAuth.decode(request.headers["authorization"])
        if given.password != SECRETS["client_secret"] and "any-credentials" not in self.faults:
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    async def _cases(self, request: web.Request) -> web.Response:
        return await self._answer(request, "cases", [self._spoilt(one) for one in self.cases])

    async def _licences(self, request: web.Request) -> web.Response:
        return await self._answer(request, "licences", self.licences)

    def _spoilt(self, one: dict[str, Any]) -> dict[str, Any]:
        """A case with the planted faults in its last event."""
        one = json.loads(json.dumps(one))
        last = one["events"][-1]
        if "unknown-word" in self.faults:
            last["kind"] = "considered"
        if "bad-date" in self.faults:
            last["at"] = "2026年11月20日"
        if "other-date" in self.faults:
            last["at"] = "20261120091200"
        if "new-keys" in self.faults:
            last["row"] = f"r{self.asked}"
        if "lost-field" in self.faults and self.asked % 2:
            del one["hotline"]
        return one

    async def _answer(self, request: web.Request, noun: str, rows: list[dict[str, Any]]) -> web.Response:
        self.asked += 1
        if request.headers.get("authorization") not in self._accepted(request):
            return web.Response(status=401)
        if "slow" in self.faults:
            await asyncio.sleep(2)
        if "redirect" in self.faults:
            return web.Response(status=302, headers={"Location": "/elsewhere"})
        try:
            question = json.loads(await request.read())
        except ValueError:
            return web.json_response({noun: [], "page": {}}, status=200 if "anything-goes" in self.faults else 400)
        if question["identity"]["number"] == CHEN.number and noun == "cases":
            return web.Response(status=500)
        if question["identity"]["number"] != LIN.number:
            return web.json_response({noun: [], "page": {}}, status=404 if "404-nobody" in self.faults else 200)
        return self._page(noun, rows, question["page"])

    def _accepted(self, request: web.Request) -> tuple[str | None, ...]:
        if "any-token" in self.faults:
            return "Bearer t", request.headers.get("authorization") or ""
        return ("Bearer t", None) if "no-token" in self.faults else ("Bearer t",)

    def _page(self, noun: str, rows: list[dict[str, Any]], page: dict[str, Any]) -> web.Response:
        size, start = page["size"], int(page.get("after") or 0)
        if "one-page" in self.faults:
            size = 100
        end = start + size
        if "moving-pages" in self.faults and start:
            start -= 1
        listed = rows[start:end]
        if "short-pages" in self.faults and size < 100:
            listed = listed[:-1]
        answer = {noun: listed, "page": {"next": str(end) if end < len(rows) else None}}
        if "untyped" in self.faults:
            return web.Response(body=json.dumps(answer).encode(), headers={"Content-Type": ""})
        return web.json_response(answer)


class Credulous:
    """A platform as it would be if our own reading were broken: it believes and reads whatever comes."""

    def __init__(self, platform: Platform) -> None:
        self._platform, self._opened = platform, 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._platform, name)

    async def cases(self, identity: Any, **known: Any) -> Answer[Any]:
        try:
            return await self._platform.cases(identity, **known)
        except PlatformTrouble:
            return Answer((), clock())

    async def licences(self, identity: Any, **known: Any) -> Answer[Any]:
        try:
            return await self._platform.licences(identity, **known)
        except PlatformTrouble:
            return Answer((), clock())

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        self._opened += 1
        try:
            event = self._platform.read_event(envelope.body, envelope.received)
        except EventRefused:
            return PlatformEvent("e", clock())
        return replace(event, event_id=str(self._opened), happened=-self._opened, problem="")


@asynccontextmanager
async def running(province: Province) -> AsyncIterator[Province]:
    """The province at an address."""
    runner = web.AppRunner(province.app(), shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        province.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield province
    finally:
        await runner.cleanup()


def clock() -> int:
    return time.time_ns() // 1000


def bench_of(
    province: Province,
    description: Description,
    session: aiohttp.ClientSession,
    persons: Sequence[Identity] = (LIN, FIRM),
    kind: type[Bench] = Bench,
    **more: Any,
) -> Bench:
    """A bench before the province."""
    assert description.events
    secret = signer_of(description.events.signature, urandom).secret
    secrets = SECRETS | {"token_address": f"{province.address}/oauth2/token"}
    access = Access(province.address, secrets, [secret])
    return kind(description, access, persons, session, clock, urandom, **more)


async def findings(bench: Bench, checks: Sequence[Check[Bench]] | None = None) -> dict[str, Finding]:
    """What the checks found, by their names."""
    chosen = suite_of(None) if checks is None else checks
    return {result.name: result.finding async for result in run_all(chosen, bench, lambda name: None)}
