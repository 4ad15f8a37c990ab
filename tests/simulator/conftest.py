"""A simulator on free ports, and short words for talking to it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from joserfc.jwk import RSAKey

from simulator.ports import Port
from simulator.settings import Settings
from simulator.world import Simulator

Ask = Callable[..., Awaitable[Any]]


@pytest.fixture(scope="session")
def rsa_key() -> RSAKey:
    """One key pair for all, since making one takes longer than a test."""
    return RSAKey.generate_key(2048, {"kid": "for-tests"})


@pytest.fixture
async def world(tmp_path: Path, rsa_key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Simulator]:
    monkeypatch.setattr(RSAKey, "generate_key", lambda *_: rsa_key)
    settings = Settings(
        folder=tmp_path,
        app_key="the-key",
        event_secret="the-secret",
        event_secret33="another-secret",
        username="asker",
        password="the-password",
        api_key="the-api-key",
        event_retry_s=0.01,
    )
    async with Simulator(settings) as simulator:
        yield simulator


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def ask(world: Simulator, http: aiohttp.ClientSession) -> Ask:
    """Ask the platform a question; its whole answer."""

    async def ask(path: str, *, key: str = "the-key", **body: Any) -> Any:
        url = f"{world.platform.port.url}/exchange/{path}"
        async with http.post(url, json=body, headers={"X-App-Key": key}) as answer:
            return {"status": answer.status, **await answer.json()}

    return ask


@pytest.fixture
def everything(ask: Ask, tell: Any) -> Ask:
    """All rows of one noun that a persona has, page by page."""

    async def everything(noun: str, persona: str) -> list[Any]:
        who = next(one for one in await tell.get("/personas") if one["name"] == persona)
        rows: list[Any] = []
        for page in range(1, 5):
            data = (await ask(f"{noun}/query", APPLYER_ID_TYPE=who["identity_type"], APPLYER_ID=who["identity_number"],
                              PAGE_NO=page, PAGE_SIZE=100))["data"]  # fmt: skip
            rows += data["LIST"]
        assert len(rows) == data["TOTAL"]
        return rows

    return everything


@dataclass
class Tell:
    """The control API."""

    base: str
    http: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        async with self.http.get(self.base + path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, *, status: int = 200, **body: Any) -> Any:
        async with self.http.post(self.base + path, json=body) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def case(self, persona: str, step: str, platform: str = "44") -> str:
        """The number of a case of this persona whose last step was this one."""
        cases = await self.get(f"/cases?persona={persona}&platform={platform}")
        return str(next(case["case"] for case in cases if case["last_step"] == step))


@pytest.fixture
def tell(world: Simulator, http: aiohttp.ClientSession) -> Tell:
    return Tell(world.control.port.url, http)


@dataclass
class Receiver:
    """Where events are posted to: answers `statuses` one after the other, then 202, and keeps what came."""

    statuses: list[int] = field(default_factory=list)
    came: list[tuple[dict[str, str], str]] = field(default_factory=list)
    url: str = ""
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.came.append((dict(request.headers), await request.text()))
        self.news.set()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 202)

    async def got(self, count: int) -> None:
        """Wait, three seconds at most, until exactly so many have come."""
        async with asyncio.timeout(3):
            while len(self.came) < count:
                self.news.clear()
                await self.news.wait()
        assert len(self.came) == count

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]


@pytest.fixture
async def receiver(tell: Tell) -> AsyncIterator[Receiver]:
    receiver = Receiver()

    def app() -> web.Application:
        app = web.Application()
        app.router.add_post("/platforms/{code}/events", receiver.take)
        return app

    port = Port("127.0.0.1", 0, app)
    await port.open()
    receiver.url = f"{port.url}/platforms/44/events"
    await tell.post("/knobs", events_to=receiver.url)
    yield receiver
    await port.close()
