"""Linking over a real store: what waited for a party is taken in at its first request and by its job, and nothing starves."""

import asyncio
import logging
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import pytest

from domain.assurance import Assurance
from domain.caller import Locale, SignIn
from domain.identity import Identity, IdentityType
from domain.job import PACES, JobKind
from domain.times import Micros
from integrations.registry import Registry
from resolvers.arrivals import Arrivals
from resolvers.events import AGAIN_AFTER, Receipt
from resolvers.intake import Intake
from resolvers.jobs import JobRunner
from resolvers.linking import MOST_AT_FIRST
from resolvers.upkeep import Upkeep
from store.database import StoreUnavailable
from store.parties import LINKED_AFTER, Parties
from store.sealing import Sealer
from store.store import Store, store_of
from tests.databases import KINDS
from tests.doubles.knowledge import NOW
from tests.unit.resolvers.test_events import PERSON, Broken, Desk

pytestmark = pytest.mark.parametrize("engine", KINDS)

NONE = cast(Any, None)
"""No questions are put here, and no tokens read."""

OTHER = Identity(IdentityType.RESIDENT, "440106199203170010")
FIRST, LONGEST = PACES[JobKind.LINK].first, PACES[JobKind.LINK].longest


class Office(Desk):
    """A desk with a worker beside it, on a clock of its own."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.now: Micros = NOW

    async def work(self) -> int:
        """What the worker does of what is due now; how many jobs that were."""
        upkeep = Upkeep(
            *(self.store, self.reception.registry, NONE, NONE, self.reception, NONE), lambda: self.now, lambda: 0.5
        )
        works = {JobKind.LINK: upkeep.link}
        return await JobRunner(self.store.jobs, works, lambda: self.now, lambda: 1.0, "one").run_once(JobKind.LINK)

    async def long_known(self) -> None:
        """The person has been here for as long as their job waits."""
        await self.arrive()
        self.now += LINKED_AFTER

    async def due(self) -> Micros | None:
        """In how long the party's job comes due; None if there is none."""
        due = await self.store.jobs.longest_due(JobKind.LINK)
        return None if due is None else due - self.now

    async def come(self, who: Identity = PERSON, patience_s: float = 10.0) -> None:
        """Somebody's first request."""
        arrivals = Arrivals(NONE, self.store, self.reception)
        deadline = asyncio.get_running_loop().time() + patience_s
        sign_in = SignIn("s", "app", Assurance.HIGH, "", who)
        await arrivals.caller(sign_in, locale=Locale.EN, now=self.now, deadline=deadline)

    async def fill(self, many: int) -> None:
        for number in range(many):
            await self.add(replace(self.event(f"e{number:03}"), received=NOW + number))

    async def states(self) -> list[str]:
        return [state for _, (state, _) in sorted((await self.kept()).items())]


@pytest.fixture
def office(store: Store) -> Office:
    return Office(store)


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """For whom events are taken in."""
    parties, event = list[UUID](), Intake.event

    async def noting(self: Intake, party_id: UUID, *others: Any) -> bool:
        parties.append(party_id)
        return await event(self, party_id, *others)

    monkeypatch.setattr(Intake, "event", noting)
    return parties


@pytest.fixture
def broken(office: Office) -> Office:
    """We are at fault in every event that is called `bad`."""
    office.reception = replace(
        office.reception, intake=Broken(office.store, lambda: office.now, office.reception.intake.bus)
    )
    return office


async def test_the_first_request_takes_in_some_and_the_job_the_rest(office: Office) -> None:
    """The oldest first; with nothing left the job is over."""
    await office.fill(MOST_AT_FIRST + 2)
    await office.come()
    assert await office.states() == ["applied"] * MOST_AT_FIRST + ["unlinked"] * 2
    assert await office.work() == 1
    assert await office.states() == ["applied"] * (MOST_AT_FIRST + 2)
    assert await office.due() is None


async def test_the_deadline_ends_the_first_request(office: Office) -> None:
    """Whatever waits: nobody waits longer for it than they said."""
    await office.fill(2)
    await office.come(patience_s=0.0)
    assert await office.states() == ["unlinked"] * 2
    assert await office.work() == 1
    assert await office.states() == ["applied"] * 2


async def test_a_request_that_dies_leaves_a_job(office: Office) -> None:
    """It comes with the party, in one transaction: nobody need look for parties whose events wait."""
    await office.fill(1)
    await office.arrive()
    assert (await office.due(), await office.states()) == (LINKED_AFTER, ["unlinked"])
    office.now += LINKED_AFTER
    assert await office.work() == 1
    assert await office.states() == ["applied"]


async def test_more_than_a_batch_is_taken_in_by_one_job(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("resolvers.linking.BATCH", 2)
    await office.fill(5)
    await office.long_known()
    await office.work()
    assert (await office.states(), await office.due()) == (["applied"] * 5, None)


async def test_events_of_a_platform_no_longer_connected_are_in_nobodys_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many and however old. They wait for its return, and are looked at more and more rarely."""
    monkeypatch.setattr("resolvers.linking.BATCH", 2)
    for number in range(3):
        await office.add(replace(office.event(f"gone-{number}", "45"), received=NOW - 9))
    await office.add(office.event("here"))
    await office.long_known()
    await office.work()
    assert (await office.states(), await office.due()) == (["unlinked"] * 3 + ["applied"], FIRST)
    for _ in range(12):
        office.now += LONGEST
        assert await office.work() == 1
    assert await office.due() == LONGEST
    connected = {"44": office.sender, "45": office.sender}
    office.reception = replace(office.reception, registry=Registry({}, connected))
    office.now += LONGEST
    await office.work()
    assert (await office.states(), await office.due()) == (["applied"] * 4, None)


async def test_what_does_not_open_is_in_nobodys_way(
    office: Office, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its key is gone: more of it than a batch, and older, and the others are taken in. The log has one figure."""
    monkeypatch.setattr("resolvers.linking.BATCH", 2)
    other = Sealer({"lost": bytes(32)}, "lost", office.store.sealer.hash_key, office.store.sealer.entropy)
    for number in range(3):
        await Desk(store_of(office.store.db, other)).add(replace(office.event(f"lost-{number}"), received=NOW - 1))
    await office.add(office.event("good"))
    await office.long_known()
    with caplog.at_level(logging.ERROR):
        await office.work()
    assert await office.states() == ["applied"] + ["unlinked"] * 3
    assert [(record.getMessage(), record.__dict__["count"]) for record in caplog.records] == [
        ("kept events do not open", 3)
    ]
    assert await office.due() == FIRST


async def test_a_fault_in_one_event_keeps_nobody_from_signing_in(broken: Office) -> None:
    """The first request takes in the others; the job tries it half a minute later, and after that once more."""
    for event in ("bad", "good"):
        assert await broken.receive(id=event) is Receipt.UNLINKED
    await broken.come()
    assert await broken.kept() == {"bad": ("unlinked", ""), "good": ("applied", "")}
    for state, due in (("unlinked", AGAIN_AFTER), ("failed", None)):
        broken.now += LINKED_AFTER
        assert await broken.work() == 1
        assert ((await broken.kept())["bad"], await broken.due()) == ((state, "KeyError"), due)


async def test_what_is_read_as_about_somebody_else_waits_for_them(office: Office, taken: list[UUID]) -> None:
    """A description was corrected after the event came: it never gets into the list of whom it was taken to be about."""
    await office.fill(1)
    office.sender.read_as = OTHER
    await office.come()
    assert (await office.states(), taken) == (["unlinked"], [])
    office.now += LINKED_AFTER
    await office.work()
    assert (await office.states(), await office.due()) == (["unlinked"], None)
    await office.come(OTHER)
    assert (await office.states(), taken) == (["applied"], [office.store.sealer.party_id(OTHER)])


async def test_whoever_it_is_about_by_now_need_not_come_again(office: Office, taken: list[UUID]) -> None:
    """They are known long since: their job takes it in."""
    await office.come(OTHER)
    office.now += LINKED_AFTER
    await office.work()
    await office.fill(1)
    office.sender.read_as = OTHER
    await office.come()
    assert await office.work() == 1
    assert (await office.states(), taken) == (["applied"], [office.store.sealer.party_id(OTHER)])


async def test_a_failure_among_what_waits_is_tried_again_soon(broken: Office) -> None:
    """However long the job has been slowed down by events whose platform is not connected."""
    await broken.add(broken.event("gone", "45"))
    await broken.long_known()
    for _ in range(12):
        await broken.work()
        broken.now += LONGEST
    await broken.add(broken.event("bad"))
    await broken.work()
    assert await broken.due() == AGAIN_AFTER


async def test_the_job_that_meets_a_fault_comes_again(broken: Office) -> None:
    """The second try of an event is not its first reader's: nobody need come back for it."""
    assert await broken.receive(id="bad") is Receipt.UNLINKED
    await broken.long_known()
    await broken.work()
    assert (await broken.kept(), await broken.due()) == ({"bad": ("unlinked", "KeyError")}, AGAIN_AFTER)
    broken.now += AGAIN_AFTER
    await broken.work()
    assert (await broken.kept(), await broken.due()) == ({"bad": ("failed", "KeyError")}, None)


async def test_what_we_could_not_take_in_at_the_door_has_a_job(broken: Office) -> None:
    """Of a party whose job was over long ago."""
    await broken.long_known()
    await broken.work()
    assert await broken.due() is None
    assert await broken.receive(id="bad") is Receipt.KEPT
    assert await broken.due() == AGAIN_AFTER


@pytest.mark.parametrize(
    ("said", "receipt"),
    [({"id": "good"}, Receipt.APPLIED), ({"id": "bad"}, Receipt.KEPT), ({"id": "odd"}, Receipt.QUARANTINED)],
)
async def test_who_signs_in_while_an_event_is_kept_is_found(
    broken: Office, said: dict[str, str], receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look and the write; and its platform is told what became of it."""
    look = Parties.known

    async def known(self: Parties, person_key: str) -> Any:
        monkeypatch.undo()
        await broken.arrive()
        if said["id"] == "odd":
            broken.sender.problem = "CASE is missing"
        return await look(self, person_key)

    monkeypatch.setattr(Parties, "known", known)
    assert await broken.receive(**said) is receipt


async def test_an_event_whose_look_for_its_party_died_is_picked_up(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its platform got no answer, so it comes again: a repetition that was never taken in has the party's job made."""

    async def known(self: Parties, person_key: str) -> Any:
        raise StoreUnavailable("it dies here")

    with monkeypatch.context() as dying:
        dying.setattr(Parties, "known", known)
        assert await office.receive() is Receipt.UNAVAILABLE
    await office.long_known()
    await office.store.db.rows("DELETE FROM job")
    assert await office.receive() is Receipt.DUPLICATE
    assert await office.work() == 1
    assert (await office.states(), await office.due()) == (["applied"], None)
    assert await office.receive() is Receipt.DUPLICATE
    assert await office.due() is None
