"""Holes in a platform's numbering, over a real store: who is asked about, when, and when nobody is."""

from uuid import UUID

import pytest
from prometheus_client import REGISTRY

from domain.caller import Grant, Ground, Party
from domain.event import EventKind
from domain.identity import Identity, IdentityType
from domain.job import JobKind
from domain.knowledge import CaseObservation, Facts
from domain.sequence import Span, end_of
from domain.source import Terms, answered
from domain.times import HOUR, MINUTE, SECOND
from integrations.port import Numbered, PlatformEvent
from integrations.registry import Registry
from resolvers.events import Receipt, Reception
from resolvers.intake import GRACE, Intake
from resolvers.missing import Missing
from store.contacts import settle, unsettle
from store.shared.memory import MemoryBus
from store.store import Store
from tests.doubles.knowledge import NOW, row
from tests.doubles.platform import MemoryPlatform


def settled(outcome: str) -> float:
    """How many holes of the platform came to this."""
    return REGISTRY.get_sample_value("tongban_event_gaps_total", {"platform": "44", "outcome": outcome}) or 0


LIN, HE = (Identity(IdentityType.RESIDENT, f"44010619920317000{number}") for number in (1, 2))


class Counting(MemoryPlatform):
    """Events are `id who number within`; `within` may be missing, and `number` too."""

    def read_event(self, body: bytes, received: int, lag: int = 0) -> PlatformEvent:
        event_id, who, *place = body.decode().split()
        numbered = Numbered(int(place[0]), *place[1:]) if place else None
        person = {"lin": LIN, "he": HE}[who]
        case = CaseObservation(Facts(f"case of {who}", "permit"), (row(1, EventKind.RECEIVED, 0),), received, False)
        return PlatformEvent(event_id, received, person, cases=(case,), numbered=numbered)


class Desk:
    """A reception with two people who are known."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        intake = Intake(store, lambda: self.now, MemoryBus())
        self.platform = Counting("44")
        registry = Registry({}, {"44": self.platform})
        self.reception = Reception(store, registry, intake)
        self.missing = Missing(intake, registry, lambda: 0.5)

    async def arrive(self, *people: Identity) -> None:
        sealer = self.store.sealer
        for person in people:
            party = Party(sealer.party_id(person), sealer.person_key(person), "", person)
            assert await self.store.parties.register(party, NOW)

    async def receive(self, text: str) -> None:
        receipt = await self.reception.receive("44", {}, text.encode(), self.now)
        assert receipt in (Receipt.APPLIED, Receipt.UNLINKED)

    async def asked(self, after: int = GRACE) -> set[UUID]:
        """About whom a catch-up waits, once so much time has passed and the holes were looked at."""
        self.now += after
        await self.missing.settle(100)
        rows = await self.store.db.rows("SELECT party_id FROM job WHERE kind = $1", JobKind.CATCH_UP.value)
        return {UUID(str(item["party_id"])) for item in rows}

    def party(self, person: Identity) -> UUID:
        return self.store.sealer.party_id(person)

    def grant(self, person: Identity) -> Grant:
        return Grant(self.party(person), Ground.OWN)

    async def is_behind(self, person: Identity, noun: str = "cases") -> bool:
        contacts = await self.store.contacts.all(self.grant(person), noun)
        return "44" in contacts and contacts["44"].is_behind


@pytest.fixture
async def desk(store: Store) -> Desk:
    desk = Desk(store)
    await desk.arrive(LIN, HE)
    return desk


async def test_a_hole_within_a_case_asks_about_its_party(desk: Desk) -> None:
    """After the grace and not before; the contact knows that it is behind, and the hole is settled."""
    await desk.receive("a lin 1 x")
    await desk.receive("c lin 3 x")
    await desk.receive("d he 1 y")
    assert await desk.asked(GRACE - 1) == set()
    assert await desk.asked(1) == {desk.party(LIN)}
    assert (await desk.is_behind(LIN), await desk.is_behind(HE)) == (True, False)
    assert await desk.store.gaps.due(desk.now, 10) == []


async def test_the_first_of_a_case_that_is_not_number_one(desk: Desk) -> None:
    """What is counted within something begins at one."""
    await desk.receive("b lin 2 x")
    assert await desk.asked() == {desk.party(LIN)}


async def test_the_first_of_a_platform_is_its_beginning(desk: Desk) -> None:
    """Nobody knows what it sent before."""
    await desk.receive("b lin 1000")
    assert await desk.asked() == set()


async def test_a_hole_over_everything_asks_about_whoever_has_a_case_under_way(desk: Desk) -> None:
    """Also about one of whom no event came after it."""
    await desk.receive("a lin 7")
    await desk.receive("b he 9")
    assert await desk.asked() == {desk.party(LIN), desk.party(HE)}


async def test_what_is_filled_in_time_asks_nobody(desk: Desk) -> None:
    """Backwards, repeated and about two cases at once."""
    for text in ("c lin 3 x", "b lin 2 x", "e he 2 y", "c lin 3 x", "a lin 1 x", "d he 1 y"):
        event = desk.reception.receive("44", {}, text.encode(), desk.now)
        assert await event in (Receipt.APPLIED, Receipt.DUPLICATE)
    assert await desk.asked() == set()
    assert not await desk.is_behind(LIN)


async def test_who_never_signed_in_is_not_asked_about(store: Store, caplog: pytest.LogCaptureFixture) -> None:
    """The first sign-in asks anyway; and nobody is warned of it."""
    desk = Desk(store)
    before = settled("nobody")
    await desk.receive("c lin 3 x")
    assert await desk.asked() == set()
    assert await desk.store.gaps.due(desk.now, 10) == []
    assert (settled("nobody") - before, caplog.messages) == (1, [])


async def test_the_second_hole_of_a_round_counts_too(desk: Desk) -> None:
    """A question put between the two makes up for the first one only: the party is asked about, once."""
    await desk.receive("b lin 2 x")
    desk.now += 2 * SECOND
    async with desk.store.db.transaction() as session:
        contact = await unsettle(session, desk.party(LIN), "cases", "44")
        word = answered(contact, desk.now, "", False, Terms(MINUTE, HOUR))
        await settle(session, desk.party(LIN), "cases", word)
    desk.now += 2 * SECOND
    await desk.receive("d lin 4 x")
    assert await desk.asked() == {desk.party(LIN)}
    assert await desk.is_behind(LIN)


async def test_a_noun_that_the_platform_does_not_have_is_not_missed(desk: Desk) -> None:
    """Nothing would ever make up for it."""
    desk.platform.nouns = frozenset({"cases"})
    await desk.receive("c lin 3 x")
    await desk.asked()
    assert (await desk.is_behind(LIN), await desk.is_behind(LIN, "licences")) == (True, False)


async def test_who_listens_hears_that_something_is_missing(desk: Desk) -> None:
    """Of each list that it may be about."""
    await desk.receive("c lin 3 x")
    before = await desk.store.parties.seq(desk.grant(LIN))
    await desk.asked()
    told = await desk.store.surveys.changed(desk.grant(LIN), Span(end_of(before), 9))
    assert {one.value for one in told} == {"cases", "licences"}


async def test_how_many_did_not_come_is_said_where_that_is_known(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """What was below may have been purged."""
    await desk.receive("a lin 90 x")
    await desk.receive("b lin 93 x")
    await desk.asked()
    assert [getattr(record, "count", None) for record in caplog.records] == [None, 2]


async def test_without_a_number_nothing_is_missed(desk: Desk) -> None:
    """An event is no worse for not saying its place."""
    await desk.receive("a lin")
    await desk.receive("c lin")
    assert await desk.asked() == set()


async def test_an_answer_to_a_later_question_makes_up_for_it(desk: Desk) -> None:
    """And one that was asked before the hole was seen does not."""
    await desk.receive("c lin 3 x")
    await desk.asked()
    contacts, party = desk.store.contacts, desk.party(LIN)
    for sent, behind in ((NOW - SECOND, True), (NOW + SECOND, False)):
        async with desk.store.db.transaction() as session:
            contact = await unsettle(session, party, "cases", "44")
            await settle(session, party, "cases", answered(contact, sent, "", False, Terms(MINUTE, HOUR)))
        assert (await contacts.all(Grant(party, Ground.OWN), "cases"))["44"].is_behind is behind


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [((EventKind.RECEIVED,), False), ((EventKind.RECEIVED, EventKind.VISIT_DEMANDED), True)],
    ids=["beginning", "middle"],
)
async def test_the_first_word_on_a_case_from_the_middle_of_it(
    desk: Desk, kinds: tuple[EventKind, ...], asked: bool
) -> None:
    """Rows that came before may be unknown; a case that was only handed in has none before it."""
    rows = tuple(row(number, kind, number) for number, kind in enumerate(kinds))
    case = CaseObservation(Facts("T1", "permit"), rows, NOW, False)
    event = PlatformEvent("e", NOW, LIN, cases=(case,))

    async def claim(_: object) -> bool:
        return True

    assert await desk.reception.intake.event(desk.party(LIN), "44", event, claim)
    assert (await desk.asked(0) == {desk.party(LIN)}) is asked
    assert await desk.is_behind(LIN) is asked
