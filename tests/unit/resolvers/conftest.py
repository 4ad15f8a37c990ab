"""The store of a use case: what both databases make of its SQL is shown in tests/contract, so one suffices here."""

import pytest


@pytest.fixture
def engine() -> str:
    """Modules about what transactions do to each other have both."""
    return "sqlite"
