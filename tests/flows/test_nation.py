"""All 34 provincial divisions connected at once, over five dialects, by descriptions alone."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from app.simulation import MOST
from tests.killing import Nation, check, nation, spread
from tests.ways import WAYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

ENOUGH_MS, DEADLINE_MS = 10_000, 4000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def all_of_it(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nation]:
    async with nation(tmp_path_factory.mktemp("nation"), MOST) as one:
        yield one


async def test_a_company_sees_its_business_in_every_division(all_of_it: Nation) -> None:
    """In one list, complete; and nobody who is registered is counted as not connected any more."""
    async with all_of_it.phone() as phone:
        told = await phone.reads(ENOUGH_MS)
        check(all_of_it, {}, True, told)
        assert (len(told.current), told.cases["unconnectedSources"]) == (MOST, 0)


async def test_the_last_one_alive_is_heard(all_of_it: Nation) -> None:
    """Thirty-three die, in every way that there is; the phone gets what the last one holds, and the names of the others."""
    dead = spread(all_of_it, list(all_of_it.held)[:-1])
    assert set(dead.values()) == WAYS.keys()
    async with all_of_it.phone() as phone:
        await all_of_it.kill(dead)
        try:
            told = await phone.reads(DEADLINE_MS)
        finally:
            await all_of_it.heal(dead)
        check(all_of_it, dead, False, told)
