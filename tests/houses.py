"""The whole service for tests, with a simulated world around it: as one process, or as four."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp

from app.demo import prepare, register_phone
from app.settings import load_settings
from app.simulation import CLIENT, fresh_keys, service, simulation
from tests.crew import crew_of
from tests.databases import KINDS, migrated_database
from tests.live import Live
from tests.redis_servers import RedisServers

SHAPES = (*KINDS, "crew")
"""In which the product runs: one process on SQLite, one on PostgreSQL, four on PostgreSQL and a Redis Cluster."""

ROOMY = {"TONGBAN_CALLER_BUDGET": "10000000", "TONGBAN_ADDRESS_BUDGET": "10000000"}
"""Tests ask in a second what a person asks in an hour; tests/flows/test_budgets.py has budgets as they come."""


async def migrated(environment: dict[str, str]) -> dict[str, str]:
    """These settings, with their database at this version's schema and the apps of the simulated world registered."""
    settings = load_settings(environment)
    await prepare(settings)
    for client in (CLIENT, "another-app"):
        await register_phone(settings, client)
    return environment


@asynccontextmanager
async def house(
    kind: str, folder: Path, *options: str, platforms: Sequence[str] | None = None, **settings: str
) -> AsyncIterator[Live]:
    """`tongban serve` with these options on a database of this kind.

    `{...}` in a setting are facts of the simulated world. `platforms` as in `Simulation.environment`.
    """
    async with migrated_database(kind, folder) as database, simulation(folder) as world:
        told = {name: value.format(**world.facts) for name, value in settings.items()}
        environment = await migrated(world.environment(database, fresh_keys(), 0, platforms) | ROOMY | told)
        async with service(world, environment, folder, *options) as served:
            yield Live(world, served, database, environment)


@asynccontextmanager
async def crewed(
    redis: RedisServers, folder: Path, platforms: Sequence[str] | None = None, **settings: str
) -> AsyncIterator[Live]:
    """Two servers under one parent, and two workers: each flow loses one of them in the middle."""
    shared = {**settings, "TONGBAN_REDIS_URL": redis.url}
    # No connection is kept: one to a process that has died would fail a request that nobody had taken.
    async with (
        house("postgres", folder, "--workers", "2", platforms=platforms, **shared) as live,
        crew_of(live.service.process, live.environment, folder) as crew,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
    ):
        yield replace(live, world=replace(live.world, session=session), crew=crew)
