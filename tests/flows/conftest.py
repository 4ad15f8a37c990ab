"""What the tests of dispatching share, and those of several processes."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from store.store import Store
from tests.flows.dispatch_world import World
from tests.flows.fleet import Fleet, fleet_of
from tests.flows.outside import calm


@pytest.fixture
def world(store: Store) -> World:
    """Parties with phones and news, over an empty store of each kind."""
    return World(store)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Fleet]:
    """A server of two processes on PostgreSQL and a Redis Cluster, for the tests of one module."""
    async with fleet_of(tmp_path_factory.mktemp("fleet")) as fleet:
        yield fleet


@pytest_asyncio.fixture(loop_scope="module")
async def calm_after(fleet: Fleet) -> AsyncIterator[None]:
    """After each test the simulated world is without trouble."""
    yield
    await calm(fleet.one)
