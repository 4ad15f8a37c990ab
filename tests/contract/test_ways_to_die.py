"""Every way in which a simulated platform can answer badly, over every wire: a trouble with its name, in little memory."""

import asyncio
import time
import tracemalloc
from collections.abc import AsyncIterator, Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from domain.source import Reason
from integrations.port import Platform, PlatformTrouble
from simulator.faults import ERRORS, TRAP
from simulator.settings import Settings
from simulator.world import Simulator
from tests.contract.province_world import COMPANY, connected, of
from tests.ways import BY_HAND, GENERATED, QUIET, WAYS, knobs_of, ways_at

pytestmark = pytest.mark.asyncio(loop_scope="module")

EIGHT = 8
"""The three platforms made by hand, and one over each of the five wires."""

WHO = of(COMPANY)
MOST_HELD = 24 * 1024 * 1024
"""Bytes that one question may cost at its worst, both ends counted; the largest cap of a description is 4 MiB."""


class Eight:
    """Simulated platforms, and the same ones connected."""

    def __init__(self, world: Simulator, session: aiohttp.ClientSession) -> None:
        self.world, self._session = world, session

    def connected(self, **limits: Any) -> Mapping[str, Platform]:
        """As if for the first time: nothing is remembered of how they have been doing."""
        return connected(self.world, self._session, **limits).connected

    def killable(self, way: str) -> list[str]:
        """The codes of the platforms that can be killed in this way."""
        return [code for code, one in self.world.platforms.items() if way in ways_at(code, one.port.url)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def eight(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Eight]:
    settings = Settings(platforms=EIGHT, folder=tmp_path_factory.mktemp("eight"))
    async with Simulator(settings) as world, aiohttp.ClientSession() as session:
        yield Eight(world, session)


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def calm(eight: Eight) -> AsyncIterator[None]:
    """After each test everybody is well."""
    yield
    for one in eight.world.platforms.values():
        await one.turn(**QUIET)


async def test_every_error_of_the_wire_has_a_reason(eight: Eight) -> None:
    """None that the simulator knows is left out here."""
    assert set(ERRORS) <= WAYS.keys()
    for code, one in eight.world.platforms.items():
        if code not in BY_HAND:
            assert set(one.error_names()) <= WAYS.keys()
            assert set(one.errors) <= GENERATED


@pytest.mark.parametrize("way", WAYS)
async def test_each_way_has_its_reason_over_each_wire(eight: Eight, way: str) -> None:
    """And says nothing of whom it is about; afterwards the platform answers as before."""
    patience = {"timeout_s": 0.5} if WAYS[way] is Reason.TIMEOUT else {}
    connected, afterwards = eight.connected(**patience), eight.connected()
    for code in eight.killable(way):
        await eight.world.platforms[code].turn(**knobs_of(way))
    await asyncio.gather(*(dies(connected[code], WAYS[way]) for code in eight.killable(way)))
    for code in eight.killable(way):
        await eight.world.platforms[code].turn(**QUIET)
        assert await held(afterwards[code])
        assert eight.world.platforms[code].traffic.asked[TRAP] == 0


async def dies(platform: Platform, reason: Reason) -> None:
    for ask in (platform.cases, platform.licences):
        began = time.perf_counter()
        with pytest.raises(PlatformTrouble) as caught:
            await ask(WHO)
        assert caught.value.reason is reason, (platform.code, caught.value.detail)
        assert WHO.number not in str(caught.value)
        assert time.perf_counter() - began < 5


async def held(platform: Platform) -> set[str]:
    """The numbers of all that the platform holds of the company."""
    cases, licences = (await platform.cases(WHO)).observations, (await platform.licences(WHO)).observations
    assert cases and licences
    return {one.facts.number for one in cases} | {one.licence.number for one in licences}


@pytest.mark.parametrize("way", ["huge", "nested", "bomb"])
async def test_no_answer_fills_the_memory(eight: Eight, way: str) -> None:
    connected = eight.connected()
    for code in eight.killable(way):
        await eight.world.platforms[code].turn(**knobs_of(way))
        tracemalloc.start()
        try:
            with pytest.raises(PlatformTrouble):
                await connected[code].cases(WHO)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < MOST_HELD, code


async def test_whoever_follows_a_redirect_is_counted(eight: Eight) -> None:
    """Else that nobody follows one would show nothing."""
    code = next(iter(eight.world.platforms))
    simulated = eight.world.platforms[code]
    await simulated.turn(error="redirect")
    async with aiohttp.ClientSession() as careless, careless.post(simulated.port.url + "/any", data=b"x") as answer:
        assert (answer.status, simulated.traffic.asked[TRAP]) == (200, 1)
    simulated.traffic.asked.clear()
