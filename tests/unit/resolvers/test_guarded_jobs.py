"""Jobs about a platform that is dead, behind a real guard: they cost it little, and the others nothing."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from domain.assurance import UNVOUCHED, Subject, Vouched
from domain.caller import Party
from domain.health import BreakerState, Figures
from domain.identity import Identity, IdentityType
from domain.job import JobKind
from domain.knowledge import CaseObservation, Facts
from domain.licence import LicenceObservation
from domain.source import Reason
from domain.times import SECOND, Micros
from integrations.asker import READER, Asker
from integrations.gather import Gather
from integrations.guard.breaker import LEAST_CALLS
from integrations.guard.guard import Guard
from integrations.port import Answer
from integrations.registry import Registry, read_descriptions
from resolvers.events import Reception
from resolvers.intake import Intake
from resolvers.jobs import MOST_OF_ONE, JobRunner
from resolvers.missing import Missing
from resolvers.questions import Questions
from resolvers.upkeep import Upkeep
from store.shared.memory import MemoryBus, MemoryClaims
from store.store import Store
from tests.doubles.knowledge import NOW
from tests.doubles.platform import MemoryPlatform

PARTIES = 60


class Guarded(MemoryPlatform):
    """A platform in memory, behind a guard like a described one."""

    def __init__(self, code: str, clock: Callable[[], Micros]) -> None:
        super().__init__(code, clock)
        self.poll_every = 60 * SECOND
        self.guarded_for(60.0)

    def guarded_for(self, timeout_s: float) -> None:
        """From now on by a guard that knows nothing yet."""
        self.timeout_s, self.guard = timeout_s, Guard(self.code, timeout_s, 32, lambda: 0.5)

    def figures(self, at: Micros) -> Figures:
        return self.guard.figures(at)

    async def cases(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        return await self._guarded(asker, super().cases, identity)

    async def licences(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[LicenceObservation]:
        return await self._guarded(asker, super().licences, identity)

    async def _guarded(self, asker: Asker, put: Any, identity: Identity) -> Any:
        async with self.guard.question(asker) as call:
            return await call(lambda: put(identity, asker))


class Office:
    """A worker, a platform that hangs and a healthy one, and parties who have a case at each of them."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.dead, self.well = Guarded("44", self.clock), Guarded("31", self.clock)
        registry = Registry(read_descriptions(), {"44": self.dead, "31": self.well})
        intake = Intake(store, self.clock, MemoryBus())
        questions = Questions(intake, lambda: 0.5)
        gather = Gather(self.clock, MemoryClaims())
        reception = Reception(store, registry, intake)
        missing = Missing(intake, registry, lambda: 0.5)
        shared = store, registry, gather, questions, reception, missing
        upkeep = Upkeep(*shared, clock=self.clock, chance=lambda: 0.5)
        self.questions, self.gather = questions, gather
        self.runner = JobRunner(store.jobs, {JobKind.POLL: upkeep.poll}, self.clock, lambda: 1.0, "one")

    def clock(self) -> Micros:
        return self.now

    async def fill(self, timeout_s: float) -> None:
        """Everybody's jobs come due: those about the dead platform first. Each has this time limit."""
        for platform in (self.dead, self.well):
            platform.case_rows = (CaseObservation(Facts("T1", "permit"), (), self.now, True),)
        for number in range(PARTIES):
            who = Identity(IdentityType.RESIDENT, f"{number:018}")
            party = Party(self.store.sealer.party_id(who), self.store.sealer.person_key(who), "", who)
            await self.store.parties.register(party, self.now)
            for platform in (self.dead, self.well):
                await self.gather.start(self.questions.about(party.id, Subject(who), "cases", platform))
        while self.gather._resting:
            await asyncio.sleep(0.01)  # what was asked just now would be asked a moment later than the rest
        self.dead.open.clear()
        for platform in (self.dead, self.well):
            platform.asked.clear()
            platform.guarded_for(timeout_s)
        self.now += 60 * SECOND
        await self.store.db.rows("UPDATE job SET due_us = due_us - 1000 WHERE platform = '44'")

    async def waiting(self) -> Counter[str]:
        """How many jobs are still due, by platform."""
        rows = await self.store.db.rows("SELECT platform FROM job WHERE due_us <= $1 AND kind = 'poll'", self.now)
        return Counter(item["platform"] for item in rows)

    @asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        running = asyncio.create_task(self.runner.run(stop))
        yield
        stop.set()
        await asyncio.wait_for(running, 30)


async def test_a_dead_platform_does_not_hold_up_the_others(store: Store) -> None:
    """Although its jobs were due first and more than there are places: the healthy one's are done before its time limit."""
    office = Office(store)
    await office.fill(timeout_s=60.0)
    async with asyncio.timeout(40), office.working():
        while (await office.waiting())["31"]:
            await asyncio.sleep(0.05)
        assert (await office.waiting())["44"] == PARTIES
        assert len(office.dead.asked) == MOST_OF_ONE
        office.dead.open.set()


async def test_the_breaker_gives_the_places_back(store: Store) -> None:
    """After one time limit nobody waits for it any more: one batch was asked, the others are put back in no time."""
    office = Office(store)
    await office.fill(timeout_s=0.4)
    async with asyncio.timeout(40), office.working():
        while await office.waiting():
            await asyncio.sleep(0.05)
    assert office.dead.figures(NOW).breaker is BreakerState.OPEN
    assert LEAST_CALLS <= len(office.dead.asked) <= MOST_OF_ONE
    assert len(office.well.asked) == 2 * PARTIES
    rows = await store.db.rows("SELECT trouble, COUNT(*) AS many FROM contact WHERE trouble <> '' GROUP BY trouble")
    assert {item["trouble"] for item in rows} <= {Reason.TIMEOUT.value, Reason.BREAKER_OPEN.value}
