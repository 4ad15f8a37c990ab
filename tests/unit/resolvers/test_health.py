"""What a process writes of platforms, and what whoever asks is told of all of them."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import date

import pytest

from domain.caller import Locale
from domain.health import BreakerState, Figures, PlatformState, Pushed
from domain.platform import Absence, PlatformCard
from domain.times import SECOND, Micros
from integrations.registry import Registry, read_descriptions
from resolvers import health
from resolvers.health import KEPT, SILENT, WRITTEN_EVERY, Pulse, Statuses
from store.database import StoreUnavailable
from store.store import Store
from tests.doubles.knowledge import NOW
from tests.doubles.platform import MemoryPlatform
from tests.doubles.scripted import scripted

WELL = Figures({30: 5}, answered=NOW)
SHUT = Figures({}, failed=10, breaker=BreakerState.OPEN, opened=NOW)
UNCONNECTED = PlatformCard(
    "61", dict.fromkeys(Locale, "Shaanxi"), "", "provincial", None, Absence.NO_INTERFACE, date(2026, 3, 1)
)


class Seen(MemoryPlatform):
    """A platform of which this is seen."""

    seen = WELL

    def figures(self, at: Micros) -> Figures:
        return self.seen


class Rows:
    """The rows of all processes in memory, and when they were written and read; `error` is raised instead."""

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.silent = False
        self.written: list[tuple[Micros, Mapping[str, Figures]]] = []
        self.reads: list[Micros] = []

    async def write(self, owner: str, at: Micros, figures: Mapping[str, Figures]) -> None:
        if self.error:
            raise self.error
        self.written.append((at, figures))

    async def read(self, since: Micros) -> list[Mapping[str, Figures]]:
        self.reads.append(since)
        if self.silent:
            await asyncio.Event().wait()
        if self.error:
            raise self.error
        return [figures for _, figures in self.written]

    async def pushed(self, platforms: object) -> dict[str, Pushed]:
        return {}


class World:
    """Two connected platforms, one that is described, one that is registered, and a clock that stands still."""

    def __init__(self, rows: object = None) -> None:
        self.now, self.rows = NOW, Rows()
        self.one, self.other = Seen("44"), Seen("31")
        connected = {"44": self.one, "31": self.other}
        registry = Registry(read_descriptions(), connected, {"61": UNCONNECTED}, frozenset({"bad"}))  # type: ignore[arg-type]
        self.pulse = Pulse(rows or self.rows, registry, lambda: self.now, "one")  # type: ignore[arg-type]
        self.second = Pulse(rows or self.rows, registry, lambda: self.now, "two")  # type: ignore[arg-type]
        self.statuses = Statuses(rows or self.rows, registry, lambda: self.now)  # type: ignore[arg-type]

    async def states(self) -> dict[str, str]:
        return {one.card.code: one.state.value for one in (await self.statuses.at_hand()).statuses}


async def test_it_is_written_now_and_then() -> None:
    """At the start and every 15 s, and at once when a breaker turns; in between nothing is."""
    world = World()
    for seconds in (0, 1, 14, 15, 16):
        world.now = NOW + seconds * SECOND
        await world.pulse.beat()
    assert [at - NOW for at, _ in world.rows.written] == [0, WRITTEN_EVERY]
    world.one.seen = SHUT
    await world.pulse.beat()
    await world.pulse.beat()
    assert [at - NOW for at, _ in world.rows.written] == [0, WRITTEN_EVERY, 16 * SECOND]
    assert world.rows.written[-1][1] == {"44": SHUT, "31": WELL}


@scripted
async def test_it_goes_on_whatever_happens() -> None:
    """Also while the database is away, which is said once; and what was not written is written when it is back."""
    world, stop = World(), asyncio.Event()
    world.rows.error = StoreUnavailable("x")
    records: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = records.append  # type: ignore[method-assign]
    health.log.addHandler(handler)
    running = asyncio.create_task(world.pulse.run(stop))
    await asyncio.sleep(5)
    world.rows.error = None
    await asyncio.sleep(2)
    stop.set()
    await running
    health.log.removeHandler(handler)
    assert [record.getMessage() for record in records] == ["health: the store does not answer"]
    assert len(world.rows.written) == 1


async def test_all_processes_are_told_of_together(store: Store) -> None:
    """On each kind of database: two processes' calls are added, and one that is silent for a minute has no part."""
    world = World(store.health)
    await world.pulse.beat()
    world.one.seen = Figures({30: 2}, failed=1)
    await world.second.beat()
    report = await world.statuses.report()
    found = {one.card.code: one for one in report.statuses}
    assert found["44"].health and (found["44"].health.calls, found["44"].health.asked_by) == (8, 2)
    world.now += SILENT
    assert (await world.states())["44"] == "unknown"


async def test_every_known_platform_is_there() -> None:
    """By code; those that are not connected with why and since when, the broken one by its code."""
    world = World()
    await world.pulse.beat()
    report = await world.statuses.report()
    told = [(one.card.code, one.state, one.card.absence, bool(one.health)) for one in report.statuses]
    assert told == [
        ("31", PlatformState.OPERATIONAL, None, True),
        ("33", PlatformState.NOT_CONNECTED, Absence.NO_ACCESS, False),
        ("44", PlatformState.OPERATIONAL, None, True),
        ("61", PlatformState.NOT_CONNECTED, Absence.NO_INTERFACE, False),
        ("bad", PlatformState.NOT_CONNECTED, Absence.BROKEN, False),
    ]


async def test_whatever_the_traffic_there_is_one_look() -> None:
    """In five seconds, for a hundred at once and one after the other; then another."""
    world = World()
    await asyncio.gather(*(world.statuses.report() for _ in range(100)))
    world.now += KEPT - 1
    await world.statuses.report()
    assert len(world.rows.reads) == 1
    world.now += 1
    await world.statuses.report()
    assert world.rows.reads == [NOW - SILENT, NOW + KEPT - SILENT]


async def test_whoever_leaves_does_not_take_the_look_along() -> None:
    """A reader that hangs up ends its own waiting only."""
    world = World()
    leaving, staying = (asyncio.create_task(world.statuses.report()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert (await staying).is_read


@pytest.mark.parametrize("silent", [True, False])
async def test_without_the_database_nothing_is_made_up(silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which platforms there are is said and no word on how they do, also if it hangs; for five seconds nobody asks again."""
    monkeypatch.setattr(health, "LONGEST_READ_S", 0.05)
    world = World()
    world.rows.silent, world.rows.error = silent, None if silent else StoreUnavailable("x")
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            await world.statuses.report()
    assert (await world.statuses.at_hand()).is_read is False
    assert await world.states() == {
        **dict.fromkeys(("31", "44"), "unknown"),
        **dict.fromkeys(("33", "61", "bad"), "not-connected"),
    }
    assert len(world.rows.reads) == 1
