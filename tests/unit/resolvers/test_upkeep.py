"""What the jobs do, over a real store and a platform in memory, on a clock of the test's own."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from domain.assurance import Subject
from domain.caller import Grant, Ground, Party
from domain.event import EventKind
from domain.identity import Identity, IdentityType
from domain.job import PACES, JobKind
from domain.knowledge import CaseObservation, Facts
from domain.source import Reason
from domain.times import DAY, HOUR, MINUTE, SECOND, Micros
from integrations.form.connection import LONGEST_TIMEOUT_S
from integrations.gather import TAKING_IN_S, Gather, Question
from integrations.port import BreakerOpen, PlatformTrouble, Refused, Unreachable
from integrations.registry import Registry, read_descriptions
from resolvers.events import Reception
from resolvers.intake import Intake
from resolvers.jobs import LEASE_S, MARGIN_S, JobRunner
from resolvers.missing import Missing
from resolvers.questions import NOUNS, FederatedNoun, Questions
from resolvers.upkeep import POLLED_FOR, Away, NotYet, Upkeep
from store.contacts import miss
from store.jobs import schedule
from store.purge import RETENTION
from store.shared.memory import MemoryBus, MemoryClaims
from store.store import Store
from tests.doubles.knowledge import NOW, row
from tests.doubles.platform import MemoryPlatform

EVERY = 10 * MINUTE
ACCEPTED, GRANTED = row(1, EventKind.ACCEPTED, 0), row(2, EventKind.GRANTED, 1)


class Kept:
    """One party at one polled platform, and a worker."""

    def __init__(self, store: Store) -> None:
        self.store, self.now = store, NOW
        self.platform = MemoryPlatform("44", lambda: self.now)
        self.platform.poll_every = EVERY
        self.registry = Registry(read_descriptions(), {"44": self.platform})
        self.gather = Gather(lambda: self.now, MemoryClaims())
        intake = Intake(store, lambda: self.now, MemoryBus())
        self.questions = Questions(intake, lambda: 0.5)
        reception = Reception(store, self.registry, intake)
        missing = Missing(intake, self.registry, lambda: 0.5)
        self.upkeep = Upkeep(
            *(store, self.registry, self.gather, self.questions, reception, missing),
            clock=lambda: self.now,
            chance=lambda: 0.5,
        )
        works = {
            JobKind.POLL: self.upkeep.poll,
            JobKind.CATCH_UP: self.upkeep.catch_up,
            JobKind.GAPS: self.upkeep.gaps,
            JobKind.LINK: self.upkeep.link,
            JobKind.PURGE: self.upkeep.purge,
        }
        self.runner = JobRunner(store.jobs, works, lambda: self.now, lambda: 1.0, "one")
        self.identity = Identity(IdentityType.RESIDENT, "0" * 18)
        party_id = store.sealer.party_id(self.identity)
        self.party = Party(party_id, store.sealer.person_key(self.identity), "", self.identity)
        self.grant = Grant(party_id, Ground.OWN)

    def says(self, *events: Any) -> None:
        """What the platform answers about cases from now on: one with these events, or none."""
        self.platform.case_rows = (CaseObservation(Facts("T1", "permit"), events, self.now, True),) if events else ()

    async def ask(self) -> None:
        """A citizen reads."""
        await self.store.parties.register(self.party, self.now)
        question = self.questions.about(self.party.id, Subject(self.identity), "cases", self.platform)
        await self.gather.start(question)

    async def misses(self, *nouns: FederatedNoun) -> None:
        """An event of the platform did not come."""
        async with self.store.db.transaction() as session:
            await miss(session, self.party.id, "44", nouns, self.now)
            await schedule(session, JobKind.CATCH_UP, self.now, self.party.id, "44")

    async def jobs(self) -> Mapping[str, tuple[Micros, int]]:
        """When each job but the linking of a new party comes due from now, and how often it failed, by kind."""
        rows = await self.store.db.rows("SELECT kind, due_us, failures FROM job WHERE kind <> 'link'")
        return {item["kind"]: (item["due_us"] - self.now, item["failures"]) for item in rows}

    async def told(self) -> list[str]:
        return [item["kind"] for item in await self.store.db.rows("SELECT kind FROM notification")]


@pytest.fixture
def kept(store: Store) -> Kept:
    return Kept(store)


async def test_a_platform_that_holds_something_is_polled(kept: Kept) -> None:
    """What it says then is news like any other; and it is asked again as long as it holds something."""
    kept.says(ACCEPTED)
    await kept.ask()
    assert await kept.jobs() == {"poll": (EVERY, 0)}
    kept.now += EVERY
    kept.says(ACCEPTED, GRANTED)
    assert await kept.runner.run_once(JobKind.POLL) == 1
    assert await kept.told() == ["granted"]
    assert await kept.jobs() == {"poll": (EVERY, 0)}
    assert await kept.runner.run_once(JobKind.POLL) == 0


async def test_what_changed_long_ago_is_polled_less_until_somebody_looks(kept: Kept) -> None:
    """A reader has it asked again soon, for that is when something may have begun."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += 60 * DAY
    await kept.runner.run_once(JobKind.POLL)
    assert await kept.jobs() == {"poll": (10 * EVERY, 0)}
    kept.now += MINUTE
    await kept.ask()
    assert await kept.jobs() == {"poll": (EVERY, 0)}


async def test_a_slow_platform_is_not_in_trouble(kept: Kept) -> None:
    """Although its answer is older than its max-age by the time it comes."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    kept.platform.open.clear()
    polling = asyncio.create_task(kept.runner.run_once(JobKind.POLL))
    async with asyncio.timeout(5):
        while len(kept.platform.asked) < 2:
            await asyncio.sleep(0.02)
    kept.now += kept.platform.terms.max_age + SECOND
    kept.platform.open.set()
    await polling
    assert await kept.jobs() == {"poll": (EVERY, 0)}


async def test_what_could_not_be_taken_in_is_asked_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform answered and nothing of it was learned: the poll failed, and what it missed is told by the next."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    kept.says(ACCEPTED, GRANTED)

    async def defective(*_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(Intake, "cases", defective)
        await kept.runner.run_once(JobKind.POLL)
    (pause, failures) = (await kept.jobs())["poll"]
    assert failures == 1
    kept.now += pause
    kept.says(ACCEPTED, GRANTED)
    await kept.runner.run_once(JobKind.POLL)
    assert (await kept.told(), await kept.jobs()) == (["granted"], {"poll": (EVERY, 0)})


async def test_jobs_ask_as_jobs_and_readers_as_readers(kept: Kept) -> None:
    """So that a platform's last places and calls are kept for those who wait."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    await kept.runner.run_once(JobKind.POLL)
    assert [asker.reads for asker in kept.platform.askers] == [True, False, False]


def test_a_lease_outlasts_the_patience_of_a_job() -> None:
    """It may wait for each noun as long as the slowest platform takes and its answer is taken in, and still end in order."""
    assert len(NOUNS) * (LONGEST_TIMEOUT_S + TAKING_IN_S) <= LEASE_S - MARGIN_S


async def test_a_job_waits_as_long_as_the_platform_may_take(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not a second longer: then its place is free, and the question runs on."""
    monkeypatch.setattr("resolvers.upkeep.TAKING_IN_S", 0.1)
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    kept.platform.timeout_s = 0.2
    kept.platform.open.clear()
    began = asyncio.get_running_loop().time()
    await kept.runner.run_once(JobKind.POLL)
    assert 0.3 <= asyncio.get_running_loop().time() - began < 5
    assert (await kept.jobs())["poll"][1] == 1
    kept.platform.open.set()
    assert await kept.gather.drain(5) == 0


@pytest.mark.parametrize("trouble", [Unreachable, BreakerOpen])
async def test_a_platform_that_is_away_is_left_alone(kept: Kept, trouble: type[PlatformTrouble]) -> None:
    """What cannot be reached about one party would not answer about another; what refuses one may answer another."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    (job,) = await kept.store.jobs.lease(JobKind.POLL, "one", kept.now, kept.now + MINUTE, 1)
    kept.platform.error = trouble("down")
    with pytest.raises(Away):
        await kept.upkeep.poll(job)
    kept.now += MINUTE
    kept.platform.error = Refused("no")
    with pytest.raises(NotYet) as caught:
        await kept.upkeep.poll(job)
    assert caught.type is NotYet


async def test_a_platform_that_does_not_answer_is_left_alone(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its trouble is not written down yet when the job's patience is over; the question runs on, and what it brings counts."""
    monkeypatch.setattr("resolvers.upkeep.TAKING_IN_S", 0.02)
    kept.says(ACCEPTED)
    await kept.ask()
    kept.platform.timeout_s = 0.03
    kept.now += EVERY
    (job,) = await kept.store.jobs.lease(JobKind.POLL, "one", kept.now, kept.now + MINUTE, 1)
    kept.says(ACCEPTED, GRANTED)
    kept.platform.open.clear()
    with pytest.raises(Away):
        await kept.upkeep.poll(job)
    kept.platform.open.set()
    assert await kept.gather.drain(5) == 0
    assert await kept.told() == ["granted"]


async def test_nobody_is_polled_for_nothing(kept: Kept) -> None:
    """Neither where the platform holds nothing of the party, nor where it tells of changes itself."""
    kept.says()
    await kept.ask()
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    assert await kept.jobs() == {}


@pytest.mark.parametrize("kind", [JobKind.POLL, JobKind.CATCH_UP])
async def test_a_platform_that_is_not_connected_is_waited_for(kept: Kept, kind: JobKind) -> None:
    """A worker with other settings does not ask it, and leaves the job to those that know it."""
    kept.says(ACCEPTED)
    await kept.ask()
    await kept.store.jobs.schedule(kind, kept.now + EVERY, kept.party.id, "44")
    kept.now += 2 * EVERY
    connected = kept.registry.connected.pop("44")  # type: ignore[attr-defined]
    asked = len(kept.platform.asked)
    assert await kept.runner.run_once(kind) == 1
    assert ((await kept.jobs())[kind.value], len(kept.platform.asked)) == ((HOUR, 0), asked)
    kept.registry.connected["44"] = connected  # type: ignore[index]
    kept.now += HOUR
    assert await kept.runner.run_once(kind) == 1
    assert len(kept.platform.asked) == asked + (2 if kind is JobKind.POLL else 0)


async def test_a_job_ends_with_the_description(kept: Kept) -> None:
    """What no description speaks of any more will not come back."""
    await kept.store.jobs.schedule(JobKind.POLL, kept.now, uuid4(), "gone")
    await kept.store.jobs.schedule(JobKind.CATCH_UP, kept.now, uuid4(), "gone")
    await kept.runner.run_once(JobKind.POLL)
    await kept.runner.run_once(JobKind.CATCH_UP)
    assert await kept.jobs() == {}


async def test_a_poll_ends_when_nothing_is_held_for_long(kept: Kept) -> None:
    """What the platform takes back may come again: it is asked for some weeks more, and then no longer."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    gone = kept.now
    kept.says()
    await kept.runner.run_once(JobKind.POLL)
    while await kept.jobs():
        kept.now += DAY
        await kept.runner.run_once(JobKind.POLL)
    assert gone + POLLED_FOR - DAY <= kept.now <= gone + POLLED_FOR + DAY


async def test_an_outage_is_caught_up_without_a_reader(kept: Kept) -> None:
    """A question that failed is put again, later each time, until the platform answers; then what was missed is told."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    kept.platform.error = Unreachable("down")
    kept.now += HOUR
    await kept.ask()
    pauses = []
    for _ in range(3):
        (pause, _failures) = (await kept.jobs())["catch-up"]
        pauses.append(pause)
        kept.now += pause
        assert await kept.runner.run_once(JobKind.CATCH_UP) == 1
    assert pauses == [30 * SECOND, 30 * SECOND, MINUTE]
    kept.platform.error = None
    kept.now += HOUR
    kept.says(ACCEPTED, GRANTED)
    await kept.runner.run_once(JobKind.CATCH_UP)
    assert (await kept.told(), await kept.jobs()) == (["granted"], {})


async def test_a_polled_platform_is_not_caught_up_besides(kept: Kept) -> None:
    """Its poll asks again anyway."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.platform.error = Unreachable("down")
    kept.now += MINUTE
    await kept.ask()
    assert (await kept.jobs()).keys() == {"poll"}


@pytest.mark.parametrize(("chance", "pause"), [(0.0, 27), (1.0, 33)])
async def test_catch_ups_do_not_all_come_due_at_once(kept: Kept, chance: float, pause: int) -> None:
    """An outage of a platform does not end in one second's questions about all of its parties."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    kept.platform.error = Unreachable("down")
    kept.questions = replace(kept.questions, chance=lambda: chance)
    kept.now += HOUR
    await kept.ask()
    assert await kept.jobs() == {"catch-up": (pause * SECOND, 0)}


async def test_what_a_reader_caught_up_is_not_asked_again(kept: Kept) -> None:
    """If somebody read meanwhile and got an answer, the job ends without a question."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    kept.platform.error = Unreachable("down")
    kept.now += HOUR
    await kept.ask()
    kept.platform.error = None
    kept.now += MINUTE
    await kept.ask()
    asked = len(kept.platform.asked)
    await kept.runner.run_once(JobKind.CATCH_UP)
    assert (await kept.jobs(), len(kept.platform.asked)) == ({}, asked)


async def test_what_fails_behind_a_catch_up_is_caught_up(kept: Kept) -> None:
    """A question that fails while the job is being done, and that it did not ask, is not forgotten with the job's end."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    await kept.store.jobs.schedule(JobKind.CATCH_UP, kept.now, kept.party.id, "44")
    kept.now += MINUTE
    (job,) = await kept.store.jobs.lease(JobKind.CATCH_UP, "one", kept.now, kept.now + MINUTE, 1)
    assert await kept.upkeep.catch_up(job) is None
    kept.platform.error = Unreachable("down")
    await kept.ask()
    await kept.store.jobs.end(job)
    assert await kept.jobs() == {"catch-up": (30 * SECOND, 0)}


async def test_an_answer_from_before_makes_up_for_nothing(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job finds a question under way that was put before an event was missed: it asks once more."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += MINUTE
    kept.platform.open.clear()
    reading = asyncio.create_task(kept.ask())
    async with asyncio.timeout(5):
        while len(kept.platform.asked) < 2:
            await asyncio.sleep(0.02)
    kept.now += SECOND
    await kept.misses("cases")
    joined, ask = asyncio.Event(), kept.gather.ask

    async def joining(questions: Iterable[Question], deadline: float) -> Mapping[str, Reason]:
        joined.set()
        return await ask(questions, deadline)

    monkeypatch.setattr(kept.gather, "ask", joining)
    working = asyncio.create_task(kept.runner.run_once(JobKind.CATCH_UP))
    await joined.wait()
    kept.platform.open.set()
    await asyncio.gather(reading, working)
    assert await kept.jobs() == {"catch-up": (30 * SECOND, 1)}
    kept.now += 30 * SECOND
    await kept.runner.run_once(JobKind.CATCH_UP)
    assert (await kept.jobs(), len(kept.platform.asked)) == ({}, 3)


@pytest.mark.parametrize(("trouble", "raised"), [(Refused, NotYet), (Unreachable, Away)])
async def test_one_noun_does_not_keep_the_other_waiting(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, trouble: type[PlatformTrouble], raised: type[NotYet]
) -> None:
    """While cases are in trouble licences are asked for all the same, and the job knows what the trouble is."""
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    (job,) = await kept.store.jobs.lease(JobKind.POLL, "one", kept.now, kept.now + MINUTE, 1)

    async def failing(*_: object) -> None:
        raise trouble("no")

    monkeypatch.setattr(kept.platform, "cases", failing)
    with pytest.raises(NotYet) as caught:
        await kept.upkeep.poll(job)
    assert caught.type is raised
    assert (await kept.store.contacts.one(kept.grant, "licences", "44")).answered == kept.now


async def test_trouble_is_told_although_something_was_missed_before(kept: Kept) -> None:
    """Then and not again, and so is its end."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += MINUTE
    await kept.misses("cases")
    for error, told in ((Unreachable("down"), 1), (Unreachable("down"), 0), (None, 1)):
        kept.platform.error = error
        before = await kept.store.parties.seq(kept.grant)
        await kept.runner.run_once(JobKind.CATCH_UP)
        assert await kept.store.parties.seq(kept.grant) == before + told
        kept.now += HOUR


async def test_nothing_is_caught_up_where_nothing_is_held(kept: Kept) -> None:
    """A failed question to a platform that holds nothing of the party is the next reader's."""
    kept.platform.error = Unreachable("down")
    await kept.ask()
    assert await kept.jobs() == {}


async def test_a_platform_that_is_gone_is_given_up(kept: Kept) -> None:
    """After its last try, some days later, nothing is left in the table."""
    kept.platform.poll_every = None
    kept.says(ACCEPTED)
    await kept.ask()
    kept.platform.error = Unreachable("down")
    kept.now += HOUR
    await kept.ask()
    began, tries = kept.now, 0
    while await kept.jobs():
        kept.now += HOUR
        tries += await kept.runner.run_once(JobKind.CATCH_UP)
    assert tries == PACES[JobKind.CATCH_UP].most
    assert kept.now - began > 2 * DAY


async def test_purge_takes_batch_after_batch(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one run takes is taken in the next, a moment later; then it rests for an hour."""
    monkeypatch.setattr("resolvers.upkeep.PURGE_BATCH", 2)
    monkeypatch.setattr("resolvers.upkeep.PURGE_BATCHES", 2)
    for number in range(5):
        await kept.store.devices.register(kept.grant, "app", "fcm", f"token-{number}", "en", kept.now)
    await kept.store.jobs.schedule(JobKind.PURGE, kept.now)
    kept.now += RETENTION["device"].keep + 1
    await kept.runner.run_once(JobKind.PURGE)
    assert (len(await kept.store.db.rows("SELECT id FROM device")), await kept.jobs()) == (1, {"purge": (SECOND, 0)})
    kept.now += SECOND
    await kept.runner.run_once(JobKind.PURGE)
    assert (await kept.store.db.rows("SELECT id FROM device"), await kept.jobs()) == ([], {"purge": (HOUR, 0)})
