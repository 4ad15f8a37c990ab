"""What most tests stand on: a store of each kind, and a whole service in a simulated world."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.demo import prepare
from app.settings import load_settings
from app.simulation import fresh_keys, service, simulation
from store.database import open_database
from store.migrate import migrate
from store.sealing import Sealer
from store.store import Store, store_of
from tests.databases import KINDS, empty_database
from tests.live import Live


@pytest.fixture(params=KINDS)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store of each kind; its sealer has one key, k1."""
    async with empty_database(request.param, tmp_path) as url, open_database(url) as db:
        await migrate(db)
        yield store_of(db, Sealer({"k1": bytes(32)}, "k1", bytes(32), os.urandom))


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Live]:
    """A service on each kind of database, in a world of its own, for the tests of one module.

    Those tests share its event loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.
    """
    folder = tmp_path_factory.mktemp("live")
    async with empty_database(request.param, folder) as database, simulation(folder) as world:
        environment = world.environment(database, fresh_keys(), 0)
        await prepare(load_settings(environment))
        async with service(world, environment, folder) as served:
            yield Live(world, served, database, environment)
