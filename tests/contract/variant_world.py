"""Platforms of other hands: a server on loopback that answers as a test says, described by the files in variants/."""

import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from os import urandom
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from domain.identity import identity
from domain.times import Micros
from integrations.description import Description, read_description
from integrations.port import Platform
from integrations.registry import Access, connect
from store.shared.memory import MemoryQuotas
from tests.contract.platform_world import clock

VARIANTS = Path(__file__).parent / "variants"
LIN = identity("111", "11010519491231002X")
FIRM = identity("001", "91350100M000100Y43")


@dataclass(frozen=True)
class Asked:
    """A question as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Desk:
    """A server that notes what it is asked. `answer(request, body)` gives a response, or bytes or JSON for one."""

    answer: Callable[[web.Request, bytes], Any]
    asked: list[Asked] = field(default_factory=list)
    address: str = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.asked.append(Asked(request.method, request.raw_path, headers, body))
        given = self.answer(request, body)
        if hasattr(given, "__await__"):
            given = await given
        return given if isinstance(given, web.StreamResponse) else web.json_response(given)


@asynccontextmanager
async def desk(answer: Callable[[web.Request, bytes], Any], tls: ssl.SSLContext | None = None) -> AsyncIterator[Desk]:
    """A running server. With `tls` by HTTPS at localhost."""
    running = Desk(answer)
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", running.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        running.address = f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}"
        yield running
    finally:
        await runner.cleanup()


def variant(code: str, **limits: Any) -> Description:
    """The description of a variant, with other limits."""
    found = read_description(VARIANTS / code / "platform.toml")
    return found.model_copy(update={"limits": found.limits.model_copy(update=limits)})


def named_by(description: Description, authentication: Any, **connection: Any) -> Description:
    """The same platform, to which we name ourselves otherwise."""
    changed = description.connection.model_copy(update={"authentication": authentication, **connection})
    return description.model_copy(update={"connection": changed})


def platform_at(
    address: str,
    description: Description,
    session: aiohttp.ClientSession,
    secrets: dict[str, str] | None = None,
    now: Callable[[], Micros] = clock,
    event_secrets: Sequence[str] = (),
) -> Platform:
    """The platform, connected."""
    access = {description.code: Access(address, secrets or {}, event_secrets)}
    registry = connect({description.code: description}, access, session, now, urandom, MemoryQuotas())
    return registry.connected[description.code]
