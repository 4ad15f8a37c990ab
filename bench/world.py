"""Where a bench runs: a database of its own, the simulated world, and the house in this process or a process of its own."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import uvloop
from starlette.applications import Starlette
from starlette.routing import Route

from api.graphql import GraphQLDoor
from app.build import Server, open_server
from app.demo import prepare, register_phone
from app.settings import Settings, load_settings
from app.simulation import Service, Simulation, fresh_keys, service, simulation

SERVER = "postgres://postgres@127.0.0.1:5432"
KINDS = ("sqlite", "postgres")
WITHOUT_END = {"TONGBAN_CALLER_BUDGET": str(10**12), "TONGBAN_ADDRESS_BUDGET": str(10**12)}
"""Budgets of who asks for as long as it is measured."""


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs it on the loop that the service runs on."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


@asynccontextmanager
async def database(kind: str, folder: Path) -> AsyncIterator[str]:
    """The URL of an empty database, which goes away with the block."""
    if kind == "sqlite":
        yield f"sqlite://{folder}/bench.db"
        return
    name, admin = f"tongban_bench_{uuid4().hex}", await asyncpg.connect(f"{SERVER}/postgres")
    try:
        await admin.execute(f"CREATE DATABASE {name}")
        yield f"{SERVER}/{name}"
    finally:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.close()


@asynccontextmanager
async def simulated(
    kind: str, budgets: Mapping[str, str] = WITHOUT_END
) -> AsyncIterator[tuple[Simulation, dict[str, str], Path]]:
    """A simulated world, the environment of a service in it with a database at this version's schema, and its folder."""
    with tempfile.TemporaryDirectory(prefix="tongban-bench-") as text:
        folder = Path(text)
        async with database(kind, folder) as url, simulation(folder) as world:
            environment = world.environment(url, fresh_keys(), 0) | dict(budgets)
            settings = load_settings(environment)
            await prepare(settings)
            await register_phone(settings, budget=10**12)
            yield world, environment, folder


@asynccontextmanager
async def served(kind: str) -> AsyncIterator[tuple[Simulation, Service, Settings]]:
    """A service in a process of its own, and its world."""
    async with simulated(kind) as (world, environment, folder), service(world, environment, folder) as running:
        yield world, running, load_settings(environment)


@asynccontextmanager
async def housed(kind: str) -> AsyncIterator[tuple[Simulation, Server]]:
    """The house in this process, without a server around it; its world is a process of its own."""
    async with simulated(kind) as (world, environment, _), open_server(load_settings(environment)) as server:
        yield world, server


def door_of(server: Server) -> GraphQLDoor:
    """What answers POST /graphql: the server shows nobody its schema and use cases, so they are found behind the route."""
    web: Any = server.web
    while not isinstance(web, Starlette):
        web = web._app
    route = next(item for item in web.routes if isinstance(item, Route) and item.path == "/graphql")
    door: GraphQLDoor = route.endpoint.__self__  # type: ignore[attr-defined]
    return door


@dataclass(frozen=True)
class Doorstep:
    """The whole application without a wire: what POST /graphql answers to whoever holds this token."""

    server: Server
    bearer: str

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer."""
        said: list[Any] = []
        coming = iter([{"type": "http.request", "body": body, "more_body": False}])

        async def receive() -> Any:
            return next(coming, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            said.append(message)

        await self.server.web(self._scope(len(body)), receive, send)
        return said[0]["status"], b"".join(one.get("body", b"") for one in said[1:])

    def _scope(self, length: int) -> dict[str, Any]:
        headers = {
            "host": "127.0.0.1",
            "content-type": "application/json",
            "content-length": str(length),
            "accept": "application/graphql-response+json",
            "authorization": f"Bearer {self.bearer}",
        }
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
            "state": {},
        }
