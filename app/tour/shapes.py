"""The two shapes in which the service is toured, each of them opened with two phones."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp

from app.demo import prepare, register_phone
from app.phone import Phone
from app.settings import load_settings
from app.simulation import Simulation, fresh_keys, service, worker
from app.tour.journey import PERSONA, STRANGER, Journey
from app.tour.servers import database, redis


@asynccontextmanager
async def alone(world: Simulation, folder: Path) -> AsyncIterator[Journey]:
    """The service in one process on SQLite, the worker inside. Raises SimulationFailed."""
    room = _room(folder, "alone")
    async with _opened(world, _settings(world, f"sqlite://{room}/tongban.db"), room, workers=0) as trip:
        yield trip


@asynccontextmanager
async def several(world: Simulation, folder: Path) -> AsyncIterator[Journey]:
    """A server and two workers on PostgreSQL and Redis. Raises Missing, and SimulationFailed."""
    room = _room(folder, "several")
    async with redis(room) as hints, database() as url:
        environment = {**_settings(world, url), "TONGBAN_REDIS_URL": hints}
        async with _opened(world, environment, room, workers=2) as trip:
            yield trip


def _room(folder: Path, name: str) -> Path:
    room = folder / name
    room.mkdir()
    return room


def _settings(world: Simulation, database_url: str) -> dict[str, str]:
    return world.environment(database_url, fresh_keys(), 0, list(world.facts["platforms"]))


@asynccontextmanager
async def _opened(
    world: Simulation, environment: Mapping[str, str], folder: Path, workers: int
) -> AsyncIterator[Journey]:
    await prepare(load_settings(environment))
    await register_phone(load_settings(environment))
    async with AsyncExitStack() as stack:
        served, working = await asyncio.gather(
            stack.enter_async_context(service(world, environment, folder)),
            asyncio.gather(*(stack.enter_async_context(worker(environment, folder)) for _ in range(workers))),
        )
        session = await stack.enter_async_context(aiohttp.ClientSession())
        phone, stranger = [Phone(session, served.url, await world.token(name)) for name in (PERSONA, STRANGER)]
        yield Journey(world, environment, folder, stack, served, phone, stranger, working)
