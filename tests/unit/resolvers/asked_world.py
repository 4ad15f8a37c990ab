"""Many platforms in memory, one party, and the use cases that read its cases over a real store."""

import asyncio
from collections.abc import Iterable, Mapping

from domain.assurance import UNVOUCHED, Assurance, Shown, Vouched, vouched
from domain.caller import Caller, Freshness, Grant, Ground, Locale, Party
from domain.event import EventKind
from domain.identity import Identity, IdentityType
from domain.job import JobKind
from domain.knowledge import CaseObservation, Facts
from domain.page import Page
from domain.source import Sources
from domain.times import Micros
from integrations.asker import READER, Asker
from integrations.gather import Gather
from integrations.port import Answer, PlatformEvent
from integrations.registry import Registry
from resolvers.afterwards import Afterwards
from resolvers.cases import CasePage, ReadCases
from resolvers.discovery import Discovery
from resolvers.intake import Intake
from resolvers.jobs import JobRunner
from resolvers.questions import FederatedNoun, Questions
from resolvers.refresh import Refresh
from store.shared.memory import MemoryBus, MemoryClaims
from store.store import Store
from tests.doubles.knowledge import NOW, row
from tests.doubles.platform import MemoryPlatform

ACCEPTED = row(1, EventKind.ACCEPTED, 0)
PATIENT_S = 5.0


class Holder(MemoryPlatform):
    """A platform in memory that holds cases with these numbers."""

    numbers: tuple[str, ...] = ()

    async def cases(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        self.vouched.append(vouched)
        sent = await self._sent(identity, asker)
        return Answer(cases_of(self.numbers, sent), sent)


def cases_of(numbers: Iterable[str], dated: Micros) -> tuple[CaseObservation, ...]:
    return tuple(CaseObservation(Facts(number, "permit"), (ACCEPTED,), dated, True) for number in numbers)


class Asked:
    """A clock of its own; `works` does the discoveries that are due."""

    def __init__(self, store: Store, many: int) -> None:
        self.store, self.now = store, NOW
        self.platforms: dict[str, Holder] = {}
        self.identity = Identity(IdentityType.RESIDENT, "0" * 18)
        party_id = store.sealer.party_id(self.identity)
        self.party = Party(party_id, store.sealer.person_key(self.identity), "", self.identity)
        self.vouched = UNVOUCHED
        self.gather = Gather(lambda: self.now, MemoryClaims())
        self.intake = Intake(store, lambda: self.now, MemoryBus())
        self.afterwards = Afterwards(self.intake)
        self.connect(many)

    def connect(self, many: int) -> None:
        """A server and a worker whose settings connect so many."""
        for number in range(len(self.platforms), many):
            self.platforms[f"p{number:03}"] = Holder(f"p{number:03}", lambda: self.now)
        connected = dict(list(self.platforms.items())[:many])
        self.questions = Questions(self.intake, lambda: 0.5)
        shared = self.store, Registry({}, connected), self.gather, self.questions
        self.discovery = Discovery(*shared, clock=lambda: self.now, chance=lambda: 0.5)
        self.reading = ReadCases(self.store, Refresh(*shared, discovery=self.discovery, afterwards=self.afterwards))
        works = {JobKind.DISCOVER: self.discovery.discover}
        self.runner = JobRunner(self.store.jobs, works, lambda: self.now, lambda: 1.0, "one")

    def says(self, platform: str, *numbers: str) -> None:
        """What a platform answers about cases from now on."""
        self.platforms[platform].numbers = numbers

    async def read(self, freshness: Freshness = Freshness.RECENT, wait_s: float = PATIENT_S) -> CasePage:
        """The citizen reads."""
        await self.store.parties.register(self.party, self.now)
        deadline = asyncio.get_running_loop().time() + wait_s
        caller = Caller(self.party, "app", Assurance.HIGH, False, Locale.EN, self.now, deadline, self.vouched)
        return await self.reading.list_for(caller, page=Page(20, None), stage=None, freshness=freshness)

    async def signs_in(self, level: Assurance) -> None:
        """At that level, now."""
        await self.store.parties.register(self.party, self.now)
        grant, shown = Grant(self.party.id, Ground.OWN), Shown(level, self.now)
        self.vouched = vouched(await self.store.parties.show(grant, shown), self.now)

    async def sources(self, freshness: Freshness = Freshness.RECENT, wait_s: float = PATIENT_S) -> Sources:
        return (await self.read(freshness, wait_s)).sources

    async def hears(self, platform: str, number: str) -> None:
        """An event."""
        await self.store.parties.register(self.party, self.now)
        event = PlatformEvent("e", self.now, cases=cases_of([number], self.now))

        async def claim(_: object) -> bool:
            return True

        assert await self.intake.event(self.party.id, platform, event, claim)

    async def works(self) -> int:
        """How many runs of the job it took until none was due."""
        runs = 0
        while await self.runner.run_once(JobKind.DISCOVER):
            runs += 1
            self.now += 1_000_000
        return runs

    async def wants(self, noun: FederatedNoun) -> None:
        await self.discovery.want((await self.caller()).grant, noun, at_once=True)

    async def caller(self) -> Caller:
        await self.store.parties.register(self.party, self.now)
        return Caller(self.party, "app", Assurance.HIGH, False, Locale.EN, self.now, 0.0)

    async def jobs(self) -> Mapping[str, Micros]:
        """When each job comes due from now, by kind."""
        rows = await self.store.db.rows("SELECT kind, due_us FROM job WHERE kind <> 'link'")
        return {item["kind"]: item["due_us"] - self.now for item in rows}

    def asked(self) -> dict[str, int]:
        """Which platforms were asked, and how often, since this was looked at last."""
        found = {code: len(one.asked) for code, one in self.platforms.items() if one.asked}
        for one in self.platforms.values():
            one.asked.clear()
        return found
