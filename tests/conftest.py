"""What most tests stand on: a store of each kind, and a whole service in a simulated world."""

import os
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from app.demo import prepare
from app.settings import load_settings
from app.simulation import fresh_keys, service, simulation
from store.database import open_database
from store.migrate import migrate
from store.sealing import Sealer
from store.store import Store, store_of
from tests.crew import crew_of
from tests.databases import KINDS, empty_database
from tests.live import Live
from tests.redis_servers import redis_servers


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test wrote must get from process to process, lone surrogates too: pytest-xdist sends UTF-8."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "replace").decode()) for title, text in report.sections]
    return report


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind; its sealer has one key, k1."""
    async with empty_database(request.param, tmp_path) as url, open_database(url) as db:
        await migrate(db)
        yield store_of(db, Sealer({"k1": bytes(32)}, "k1", bytes(32), os.urandom))


SHAPES = (*KINDS, "crew")
"""In which the product runs: one process on SQLite, one on PostgreSQL, four on PostgreSQL and a Redis Cluster."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SHAPES)
async def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A service of each shape, in a world of its own, for the tests of one module.

    Those tests share its event loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
    """
    folder = tmp_path_factory.mktemp("live")
    async with lone(request.param, folder) if request.param in KINDS else crewed(folder) as live:
        yield live


@pytest.fixture(autouse=True)
def _flow(request: pytest.FixtureRequest) -> None:
    """Whose turn it is to die changes with each test."""
    live = request.getfixturevalue("live") if "live" in request.fixturenames else None
    if live is not None and live.crew is not None:
        live.crew.begin_flow()


@asynccontextmanager
async def lone(kind: str, folder: Path) -> AsyncIterator[Live]:
    """One process that does everything."""
    async with empty_database(kind, folder) as database, simulation(folder) as world:
        environment = world.environment(database, fresh_keys(), 0)
        await prepare(load_settings(environment))
        async with service(world, environment, folder) as served:
            yield Live(world, served, database, environment)


@asynccontextmanager
async def crewed(folder: Path) -> AsyncIterator[Live]:
    """Two servers under one parent, and two workers."""
    # No connection is kept: one to a process that has died would fail a request that nobody had taken.
    async with (
        empty_database("postgres", folder) as database,
        redis_servers("cluster", folder) as redis,
        simulation(folder) as simulated,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session,
    ):
        world = replace(simulated, session=session)
        environment = world.environment(database, fresh_keys(), 0) | {"TONGBAN_REDIS_URL": redis.url}
        await prepare(load_settings(environment))
        async with (
            service(world, environment, folder, "--workers", "2") as served,
            crew_of(served.process, environment, folder) as crew,
        ):
            yield Live(world, served, database, environment, crew)
