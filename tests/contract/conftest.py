"""What the suites of what processes share have in common."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from tests.contract.shared_world import KINDS, Pair, shared_pair


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=KINDS)
async def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Pair]:
    async with shared_pair(request.param, tmp_path_factory.mktemp("shared")) as (pair, _):
        yield pair


@pytest.fixture
def name() -> str:
    return uuid4().hex
