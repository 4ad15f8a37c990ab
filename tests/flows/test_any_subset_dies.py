"""Kill any subset of twelve platforms over real HTTP: every healthy row is there, and exactly the dead ones are named."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from domain.source import Reason
from tests.killing import Kills, Nation, check, nation, spread
from tests.processes import resident_bytes
from tests.ways import WAYS

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE_MS, ENOUGH_MS = 4000, 10_000
"""Those who are well must answer within it though others use the same cores. bench/kills measures how late an answer comes."""

MOST_GROWN = 96 * 1024 * 1024
"""Bytes that a round may leave behind: eleven answers of 200 MB at once, of which no more than 2 MiB are ever held."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def twelve(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Nation]:
    async with nation(tmp_path_factory.mktemp("twelve")) as one:
        yield one


async def lived(twelve: Nation, kills: Kills, known: bool) -> None:
    """One life of a service: all are well, some die, all are well again."""
    async with twelve.phone() as phone:
        if known:
            check(twelve, {}, known, await phone.reads(ENOUGH_MS))
        before = resident_bytes()
        await twelve.kill(kills)
        try:
            told = await phone.reads(DEADLINE_MS if _holds_up(kills) else ENOUGH_MS)
        finally:
            await twelve.heal(kills)
        check(twelve, kills, known, told)
        assert told.seconds < ENOUGH_MS / 1000
        assert resident_bytes() - before < MOST_GROWN


def _holds_up(kills: Kills) -> bool:
    """Whether somebody is waited for until the deadline."""
    return any(WAYS[way] is Reason.TIMEOUT for way in kills.values())


@st.composite
def kills(draw: st.DrawFn, ways: dict[str, list[str]]) -> dict[str, str]:
    """Who is killed, and in which of the ways that there are with each."""
    dead = draw(st.sets(st.sampled_from(sorted(ways))))
    return {code: draw(st.sampled_from(ways[code])) for code in sorted(dead)}


@given(data=st.data(), known=st.booleans())
@settings(
    max_examples=6,
    deadline=None,
    # Nothing smaller is looked for: each example costs seconds, and a list of who was killed how is readable as it is.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_whoever_dies_is_named_and_everybody_else_is_there(
    twelve: Nation, data: st.DataObject, known: bool
) -> None:
    """Any subset, each in any way, whether or not the platforms had answered before."""
    await lived(twelve, data.draw(kills(twelve.ways)), known)


@pytest.mark.parametrize("known", [False, True])
async def test_eleven_of_twelve_die_in_as_many_ways(twelve: Nation, known: bool) -> None:
    await lived(twelve, spread(twelve, list(twelve.held)[1:]), known)
