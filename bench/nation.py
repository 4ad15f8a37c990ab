"""As many platforms as are wanted, in memory: each answers after a while with what the simulated one holds of a citizen."""

import asyncio
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import TypeVar

from api.graphql import GraphQLDoor
from app.build import Server
from app.clock import clock
from app.simulation import Simulation
from bench.home_query import FOREVER, Asker
from domain.assurance import UNVOUCHED, Assurance, Vouched
from domain.caller import Locale
from domain.health import BreakerState, PlatformHealth
from domain.identity import Identity, IdentityType
from domain.job import Job, JobKind
from domain.knowledge import CaseObservation
from domain.licence import LicenceObservation
from domain.source import Terms
from domain.times import HOUR, MINUTE, Micros
from integrations import asker
from integrations.port import Answer, Envelope, PlatformEvent, TimedOut
from integrations.registry import Registry
from resolvers.cases import ReadCases
from resolvers.discovery import Discovery
from resolvers.licences import ReadLicences
from resolvers.refresh import Refresh
from simulator.platform44 import CODE

T = TypeVar("T", CaseObservation, LicenceObservation)
TERMS = Terms(MINUTE, HOUR)
Rows = tuple[Sequence[CaseObservation], Sequence[LicenceObservation]]


@dataclass
class Remote:
    """Satisfies integrations.port.Platform. It answers after `latency_s`; one that is slower than `timeout_s` never does."""

    code: str
    held: Rows = ((), ())
    latency_s: float = 0.0
    timeout_s: float = 8.0
    terms: Terms = TERMS
    poll_every: Micros | None = None
    least, by_account = Assurance.NONE, False
    nouns: frozenset[str] = frozenset({"cases", "licences"})

    def knows(self, kind: IdentityType) -> bool:
        return kind is IdentityType.RESIDENT

    def health(self) -> PlatformHealth:
        return PlatformHealth(0, None, None, None, BreakerState.CLOSED)

    async def cases(
        self, identity: Identity, by: asker.Asker = asker.READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        return await self._answer(self.held[0])

    async def licences(
        self, identity: Identity, by: asker.Asker = asker.READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[LicenceObservation]:
        return await self._answer(self.held[1])

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        raise NotImplementedError

    def read_event(self, body: bytes, received: Micros, lag: Micros = 0) -> PlatformEvent:
        raise NotImplementedError

    async def _answer(self, held: Sequence[T]) -> Answer[T]:
        sent = clock()
        await asyncio.sleep(min(self.latency_s, self.timeout_s))
        if self.latency_s > self.timeout_s:
            raise TimedOut("no answer")
        return Answer(tuple(replace(item, dated=sent) for item in held), sent)


@dataclass
class Nation:
    """A door to the house as it would be were these platforms connected, and a citizen before it."""

    platforms: dict[str, Remote]
    asker: Asker
    discovery: Discovery

    async def surveyed(self) -> None:
        """Reads, and does the job, until everybody was asked."""
        await self.asker.home("LIVE")
        job = Job(self.asker.caller.party.id, JobKind.DISCOVER, self.asker.caller.party.id, "", 0, 0, 0, 0)
        while await self.discovery.discover(job):
            pass


async def rows_of(server: Server, world: Simulation, door: GraphQLDoor, persona: str) -> Rows:
    """What the simulated platform holds of somebody."""
    identity = (await door._arrivals.sign_in(await world.token(persona), clock())).identity
    platform = server.house.registry.connected[CODE]
    return (await platform.cases(identity)).observations, (await platform.licences(identity)).observations


async def nation(
    server: Server, world: Simulation, door: GraphQLDoor, persona: str, platforms: Sequence[Remote], first: int = 20
) -> Nation:
    """These platforms, and somebody who reads so many rows."""
    house, connected = server.house, {one.code: one for one in platforms}
    registry = Registry(dict.fromkeys(connected, house.registry.descriptions[CODE]), connected)
    shared = house.store, registry, house.gather, house.questions
    discovery = Discovery(*shared, clock=clock, chance=lambda: 0.5)
    refresh = Refresh(*shared, discovery=discovery, afterwards=house.afterwards)
    own = copy(door)
    own._use = replace(
        door._use, cases=ReadCases(house.store, refresh), licences=ReadLicences(house.store, refresh), platforms={}
    )
    sign_in = await door._arrivals.sign_in(await world.token(persona), clock())
    caller = await door._arrivals.caller(sign_in, locale=Locale.EN, now=clock(), deadline=FOREVER)
    return Nation(connected, Asker(own, sign_in, caller, first), discovery)
