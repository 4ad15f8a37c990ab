"""Kill any subset of twelve platforms in any way: every healthy row is there, and exactly the dead ones are named."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import turns
from domain.caller import Freshness
from domain.source import Reason
from integrations.gather import APART_S
from integrations.port import PlatformTrouble, TimedOut
from store.database import open_database
from store.migrate import migrate
from store.sealing import Sealer
from store.store import Store, store_of
from tests.doubles.scripted_store import scripted_store
from tests.unit.resolvers.twelve import CODES, DEADLINE_S, LONGEST_S, Fate, Model, Twelve, clock, seen

DEADLINE_MS, LONGEST_MS = round(DEADLINE_S * 1000), round(LONGEST_S * 1000)


def troubles(above: type[PlatformTrouble] = PlatformTrouble) -> list[type[PlatformTrouble]]:
    """Every trouble that there is."""
    return [found for one in above.__subclasses__() for found in (one, *troubles(one))]


def spans(least: int, most: int) -> st.SearchStrategy[float]:
    return st.integers(least, most).map(lambda ms: ms / 1000)


IN_TIME, TOO_LATE = spans(0, DEADLINE_MS - 1), spans(DEADLINE_MS + 1, LONGEST_MS - 1)
WELL = st.builds(Fate, IN_TIME)
DEAD = st.one_of(
    st.builds(Fate, IN_TIME, st.sampled_from(troubles())),
    st.builds(Fate, TOO_LATE, st.none() | st.sampled_from(troubles())),
    st.just(Fate(LONGEST_S, TimedOut)),
)
PAUSES = st.sampled_from([2 * APART_S, 3.0, 30.0, 90.0, 7200.0])
"""Whoever asks the same sooner waits for that long."""


@st.composite
def rounds(draw: st.DrawFn) -> list[tuple[float, list[Fate]]]:
    """Of each: how long before nothing happens, and what becomes of each platform."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        dead = draw(st.sets(st.sampled_from(CODES)))
        found.append((draw(PAUSES), [draw(DEAD if code in dead else WELL) for code in CODES]))
    return found


def test_every_reason_of_a_platform_can_befall_it() -> None:
    """Nobody is asked in vain for a reason that no trouble has."""
    assert {one.reason for one in troubles()} >= set(Reason) - {Reason.NOT_ASKED, Reason.BREAKER_OPEN}


@pytest.fixture(scope="module", autouse=True)
def _no_time_but_platforms() -> Iterator[None]:
    """A rest between two pieces of a long page takes a millisecond; what is reckoned with here is what platforms take."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(turns, "REST_S", 0.0)
        yield


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at this version's schema, to be copied."""
    file = tmp_path_factory.mktemp("migrated") / "test.db"

    async def make() -> None:
        async with open_database(f"sqlite://{file}") as db:
            await migrate(db)

    asyncio.run(make())
    return file


@given(history=rounds())
@settings(max_examples=40, deadline=None)
@scripted_store
async def test_whoever_dies_is_named_and_everybody_else_is_there(
    migrated: Path, history: list[tuple[float, list[Fate]]]
) -> None:
    """Rows, reasons, completeness and the moment of the answer follow from how each call ends; late answers are taken in."""
    with tempfile.TemporaryDirectory() as folder:
        file = shutil.copy(migrated, folder)
        async with open_database(f"sqlite://{file}") as db:
            await _lived(store_of(db, Sealer({"k1": bytes(32)}, "k1", bytes(32), os.urandom)), history)


async def _lived(store: Store, history: list[tuple[float, list[Fate]]]) -> None:
    twelve = Twelve(store)
    model = Model(twelve.platforms[CODES[0]].terms)
    for pause, fates in history:
        await asyncio.sleep(pause)
        twelve.doom(fates)
        expected = model.read(clock(), fates)
        assert seen(await twelve.read(Freshness.LIVE)) == expected
    assert await twelve.gather.drain(LONGEST_S + 1) == 0
    # This question has the failed ones asked again. It waits for none, so none may answer before it has read.
    twelve.doom([Fate(LONGEST_S)] * len(CODES))
    assert seen(await twelve.read(Freshness.KNOWN)) == model.later(clock())
    await twelve.gather.drain(LONGEST_S + 1)
