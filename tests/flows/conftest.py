"""What the tests of dispatching share."""

import pytest

from store.store import Store
from tests.flows.dispatch_world import World


@pytest.fixture
def world(store: Store) -> World:
    """Parties with phones and news, over an empty store of each kind."""
    return World(store)
