"""Accounts at platforms, as the identity provider links them: who is asked by which, and which events find whom."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest

from domain.assurance import UNVOUCHED, Assurance, Vouched
from domain.caller import Caller, Freshness, Grant, Ground, Locale, Represented, SignIn
from domain.identity import Identity, IdentityType, identity
from domain.job import JobKind
from domain.knowledge import CaseObservation
from domain.page import Page
from domain.times import MINUTE, SECOND, Micros
from integrations.asker import READER, Asker
from integrations.gather import Gather
from integrations.port import Answer, Envelope, PlatformEvent, Unreachable
from integrations.registry import Registry
from resolvers.afterwards import Afterwards
from resolvers.arrivals import Arrivals
from resolvers.cases import CasePage, ReadCases
from resolvers.discovery import Discovery
from resolvers.events import Receipt, Reception
from resolvers.intake import Intake
from resolvers.jobs import JobRunner
from resolvers.missing import Missing
from resolvers.questions import Questions
from resolvers.refresh import Refresh
from resolvers.upkeep import Upkeep
from store.shared.memory import MemoryBus, MemoryClaims
from store.store import Store
from tests.contract.variant_world import variant
from tests.doubles.knowledge import NOW
from tests.doubles.platform import MemoryPlatform
from tests.unit.resolvers.asked_world import cases_of

LIN, WANG = identity("111", "11010519491231002X"), Identity(IdentityType.RESIDENT, "110105199003070038")
FIRM = identity("001", "91350100M000100Y43")
NONE: Any = None


class Archive(MemoryPlatform):
    """Knows people by accounts; `held`: the numbers of the cases of each."""

    def __init__(self, world: "World") -> None:
        super().__init__("archive", lambda: world.now)
        self.by_account, self.held, self.accounts = True, dict[str, list[str]](), list[str]()
        self.terms = replace(self.terms, max_age=0)

    async def cases(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        sent = await self._sent(identity, asker)
        self.accounts.append(vouched.account)
        return Answer(cases_of(self.held.get(vouched.account, []), sent), sent)

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        return self.read_event(envelope.body, envelope.received)

    def read_event(self, body: bytes, received: Micros, lag: Micros = 0) -> PlatformEvent:
        said = json.loads(body)
        return PlatformEvent(said["id"], received, account=said["of"], cases=cases_of([said["no"]], received))


class World:
    """A server and a worker."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.archive = Archive(self)
        registry = Registry({"archive": variant("archive")}, {"archive": self.archive})
        intake = Intake(store, lambda: self.now, MemoryBus())
        gather, questions = Gather(lambda: self.now, MemoryClaims()), Questions(intake, lambda: 0.5)
        self.reception = Reception(store, registry, intake)
        shared = store, registry, gather, questions
        discovery = Discovery(*shared, clock=lambda: self.now, chance=lambda: 0.5)
        refresh = Refresh(*shared, discovery=discovery, afterwards=Afterwards(intake))
        self.reading = ReadCases(store, refresh)
        missing = Missing(intake, registry, lambda: 0.5)
        self.upkeep = Upkeep(*shared, self.reception, missing, clock=lambda: self.now, chance=lambda: 0.5)
        works = {
            JobKind.LINK: self.upkeep.link,
            JobKind.CATCH_UP: self.upkeep.catch_up,
            JobKind.DISCOVER: discovery.discover,
        }
        self.runner = JobRunner(store.jobs, works, lambda: self.now, lambda: 1.0, "one")
        self.serves_anew()

    def serves_anew(self) -> None:
        """Another process, that has seen nobody."""
        self.arrivals = Arrivals(NONE, self.store, self.reception)

    def token(self, who: Identity = LIN, account: str = "", age: Micros = 0) -> SignIn:
        """Issued so long ago."""
        accounts = {"archive": account, "elsewhere": "x"} if account else {}
        return SignIn("s", "app", Assurance.HIGH, "", who, issued=self.now - age, accounts=accounts)

    async def arrives(self, sign_in: SignIn) -> Caller:
        deadline = asyncio.get_running_loop().time() + 5
        return await self.arrivals.caller(sign_in, locale=Locale.EN, now=self.now, deadline=deadline)

    async def reads(self, sign_in: SignIn, freshness: Freshness = Freshness.RECENT) -> CasePage:
        caller = await self.arrives(sign_in)
        return await self.reading.list_for(caller, page=Page(20, None), stage=None, freshness=freshness)

    async def numbers(self, sign_in: SignIn, freshness: Freshness = Freshness.RECENT) -> set[str]:
        return {item.facts.number for item in (await self.reads(sign_in, freshness)).items}

    async def hears(self, event_id: str, account: str, number: str) -> Receipt:
        body = json.dumps({"id": event_id, "of": account, "no": number}).encode()
        return await self.reception.receive("archive", {}, body, self.now)

    async def works(self) -> None:
        """What is due, and what comes of it."""
        for _ in range(3):
            for kind in (JobKind.LINK, JobKind.CATCH_UP, JobKind.DISCOVER):
                await self.runner.run_once(kind)

    async def links(self) -> int:
        return len(await self.store.db.rows("SELECT id FROM linked_account"))


@pytest.fixture
def world(store: Store) -> World:
    return World(store)


async def test_a_platform_is_asked_by_the_account_that_is_linked(world: World) -> None:
    """By readers and by jobs; of platforms that nobody describes nothing is kept."""
    world.archive.held = {"A-1": ["T1"], "A-2": ["T2"]}
    page = await world.reads(world.token(account="A-1"))
    assert [item.facts.number for item in page.items] == ["T1"]
    assert (page.sources.is_complete, page.sources.unlinked, await world.links()) == (True, 0, 1)
    world.now += MINUTE
    await world.works()
    assert set(world.archive.accounts) == {"A-1"}
    subject = await world.store.parties.subject(
        Grant(world.store.sealer.party_id(LIN), Ground.SYSTEM, "poll"), world.now
    )
    assert subject and subject.accounts == {"archive": "A-1"}


async def test_without_an_account_nobody_is_asked(world: World) -> None:
    """It is counted, the list is not complete, and no job tries it in vain."""
    for freshness in (Freshness.RECENT, Freshness.LIVE):
        page = await world.reads(world.token(), freshness)
        assert (page.sources.is_complete, page.sources.shown, page.sources.unlinked) == (False, (), 1)
        world.now += MINUTE
        await world.works()
    assert world.archive.asked == []
    assert await world.store.db.rows("SELECT kind FROM job WHERE kind <> 'link'") == []


async def test_an_account_that_is_linked_later_is_asked_by_at_once(world: World) -> None:
    """Also by a job, if nobody waits."""
    world.archive.held = {"A-1": ["T1"]}
    await world.reads(world.token())
    world.now += SECOND
    assert await world.numbers(world.token(account="A-1")) == {"T1"}
    await world.reads(world.token(WANG))
    world.now += SECOND
    world.archive.held["A-2"] = ["T2"]
    await world.arrives(world.token(WANG, "A-2"))
    world.now += MINUTE
    await world.works()
    assert await world.numbers(world.token(WANG, "A-2"), Freshness.KNOWN) == {"T2"}


async def test_events_find_the_account(world: World) -> None:
    """Those that came before it was linked are taken in when it is, and by nobody else's sign-in."""
    world.archive.error = Unreachable("down")
    assert await world.hears("e1", "A-1", "T1") is Receipt.UNLINKED
    assert await world.hears("e2", "A-2", "T2") is Receipt.UNLINKED
    assert await world.numbers(world.token(), Freshness.KNOWN) == set()
    world.now += SECOND
    assert await world.numbers(world.token(account="A-1"), Freshness.KNOWN) == {"T1"}
    assert await world.hears("e3", "A-1", "T3") is Receipt.APPLIED
    assert await world.numbers(world.token(account="A-1"), Freshness.KNOWN) == {"T1", "T3"}


async def test_many_events_that_waited_are_linked_by_the_job(world: World) -> None:
    """The first request takes in some of them."""
    world.archive.error = Unreachable("down")
    for n in range(25):
        await world.hears(f"e{n}", "A-1", f"T{n:02}")
        world.now += 1
    assert len(await world.numbers(world.token(account="A-1"), Freshness.KNOWN)) == 20
    await world.works()
    states = await world.store.db.rows("SELECT state, COUNT(*) AS many FROM platform_event GROUP BY state")
    assert states == [{"state": "applied", "many": 25}]


async def test_an_account_that_is_no_longer_said_is_let_go(world: World) -> None:
    """Nobody is asked, what it held leaves the list, and events about it wait for whoever it is linked to next."""
    world.archive.held = {"A-1": ["T1"]}
    await world.reads(world.token(account="A-1"))
    world.now += SECOND
    page = await world.reads(world.token())
    assert (page.items, page.sources.unlinked, page.sources.is_complete, await world.links()) == ([], 1, False, 0)
    assert await world.hears("e1", "A-1", "T1") is Receipt.UNLINKED
    before = len(world.archive.asked)
    world.now += MINUTE
    await world.works()
    assert len(world.archive.asked) == before
    assert await world.numbers(world.token(account="A-1")) == {"T1"}


async def test_another_account_takes_the_place_of_one(world: World) -> None:
    """What the old one held leaves the list at once."""
    world.archive.held = {"A-1": ["T1"], "A-2": ["T2"]}
    await world.reads(world.token(account="A-1"))
    world.now += SECOND
    assert await world.numbers(world.token(account="A-2"), Freshness.KNOWN) == set()
    assert await world.numbers(world.token(account="A-2")) == {"T2"}
    assert await world.links() == 1


async def test_an_account_is_one_party_s_at_a_time(world: World) -> None:
    """The old link ends: nothing of it is shown, asked or heard there any more, though the old token still says it."""
    world.archive.held = {"A-1": ["T1"]}
    old = world.token(account="A-1")
    await world.reads(old)
    world.now += SECOND
    assert await world.numbers(world.token(WANG, "A-1")) == {"T1"}
    asked = len(world.archive.asked)
    page = await world.reads(old)
    assert (page.items, page.sources.unlinked, len(world.archive.asked)) == ([], 1, asked)
    assert await world.hears("e1", "A-1", "T9") is Receipt.APPLIED
    assert await world.numbers(world.token(WANG, "A-1"), Freshness.KNOWN) == {"T1", "T9"}


async def test_an_answer_on_its_way_does_not_come_back_to_whom_it_left(world: World) -> None:
    """It was asked for by an account that is somebody else's by now."""
    world.archive.held = {"A-1": ["T1"]}
    world.archive.open.clear()
    old = world.token(account="A-1")
    reading = asyncio.create_task(world.reads(old))
    async with asyncio.timeout(5):
        while not world.archive.asked:
            await asyncio.sleep(0.01)
    world.now += SECOND
    await world.reads(world.token(WANG, "A-1"), Freshness.KNOWN)
    world.now += SECOND
    world.archive.open.set()
    await reading
    assert await world.numbers(old, Freshness.KNOWN) == set()


async def test_an_older_token_takes_nothing_back(world: World) -> None:
    """In another process, which has not seen the newer one."""
    await world.reads(world.token(account="A-1"))
    world.now += SECOND
    older = world.token(age=2 * SECOND)
    world.serves_anew()
    await world.reads(older)
    assert await world.links() == 1


async def test_what_is_not_other_writes_nothing(world: World, store: Store) -> None:
    """However many tokens say it."""
    await world.reads(world.token(account="A-1"))

    async def seq() -> int:
        return await store.parties.seq(Grant(store.sealer.party_id(LIN), Ground.OWN))

    before = await seq()
    for _ in range(3):
        world.now += SECOND
        await world.reads(world.token(account="A-1"), Freshness.KNOWN)
    world.serves_anew()
    await world.reads(world.token(account="A-1"), Freshness.KNOWN)
    assert await seq() == before


async def test_accounts_are_of_whom_one_acts_for(world: World) -> None:
    """A person's are not asked by for the organisation."""
    world.archive.held = {"A-1": ["T1"], "F-1": ["T2"]}
    firm = Represented("firm", FIRM, {"archive": "F-1"})
    assert await world.numbers(replace(world.token(account="A-1"), acting=firm)) == {"T2"}
    assert set(world.archive.accounts) == {"F-1"}
    assert await world.links() == 1


async def test_an_account_is_sealed(world: World) -> None:
    """And found by a keyed hash, which is of its platform too."""
    await world.reads(world.token(account="A-1"))
    (kept,) = await world.store.db.rows("SELECT * FROM linked_account")
    assert not any(b"A-1" in (value if isinstance(value, bytes) else str(value).encode()) for value in kept.values())
    assert kept["account_key"] == world.store.sealer.account_key("archive", "A-1")
    assert kept["account_key"] != world.store.sealer.account_key("other", "A-1")
