"""Jobs on each kind of database: leased once, fenced, put again, given back."""

import asyncio
from contextvars import copy_context
from uuid import uuid4

import pytest

from domain.assurance import Subject
from domain.caller import Grant, Ground
from domain.delivery import AttemptOutcome, DeliveryState, Outcome
from domain.event import EventKind
from domain.job import Holding, Job, JobKind
from domain.source import Reason
from domain.times import DAY, MINUTE, SECOND
from store.purge import RETENTION
from store.store import Store
from tests.contract.store_world import LATER, NOW, case, due, keep, licence, one_lease, party, person

LEASE = 60 * SECOND


async def leased(store: Store, owner: str = "one", now: int = NOW, kind: JobKind = JobKind.POLL) -> list[Job]:
    return await store.jobs.lease(kind, owner, now, now + LEASE, 10)


async def one(store: Store, owner: str = "one", now: int = NOW) -> Job:
    (job,) = await leased(store, owner, now)
    return job


async def test_a_job_is_made_once(store: Store) -> None:
    """The same kind for the same party and platform again is not another job, and does not move the first."""
    somebody = uuid4()
    assert await store.jobs.schedule(JobKind.POLL, NOW, somebody, "44")
    assert not await store.jobs.schedule(JobKind.POLL, LATER, somebody, "44")
    assert await store.jobs.schedule(JobKind.POLL, LATER, somebody, "33")
    assert await store.jobs.schedule(JobKind.CATCH_UP, LATER, somebody, "44")
    assert await store.jobs.schedule(JobKind.GAPS, LATER)
    assert not await store.jobs.schedule(JobKind.GAPS, NOW)
    job = await one(store)
    assert (job.party_id, job.platform, job.kind, job.failures) == (somebody, "44", JobKind.POLL, 0)


async def test_what_is_due_is_leased_to_one(store: Store) -> None:
    """Not before it is due, and not to another while the lease lasts; then with a greater fence."""
    await store.jobs.schedule(JobKind.POLL, NOW, uuid4(), "44")
    assert await leased(store, now=NOW - 1) == []
    first = await one(store)
    assert await leased(store, "two", NOW + LEASE - 1) == []
    second = await one(store, "two", NOW + LEASE)
    assert (second.id, second.fence > first.fence) == (first.id, True)


async def test_jobs_about_some_platforms_may_be_passed_over(store: Store) -> None:
    """Whatever was due first; they stay for others."""
    for number, platform in enumerate(("44", "33", "31", "44")):
        await store.jobs.schedule(JobKind.POLL, NOW + number, uuid4(), platform)
    besides = await store.jobs.lease(JobKind.POLL, "one", LATER, LATER + LEASE, 10, ["44", "33"])
    assert [job.platform for job in besides] == ["31"]
    assert sorted(job.platform for job in await leased(store, "two", LATER)) == ["33", "44", "44"]


@pytest.mark.parametrize("what", ["again", "end", "give_back", "give_up"])
async def test_a_holder_whose_lease_ended_changes_nothing(store: Store, what: str) -> None:
    """Whoever was frozen past its lease is told that the job is no longer its own, and the later holder's word counts."""
    await store.jobs.schedule(JobKind.POLL, NOW, uuid4(), "44")
    frozen = await one(store)
    holder = await one(store, "two", NOW + LEASE)
    late = {
        "again": store.jobs.again(frozen, LATER),
        "end": store.jobs.end(frozen),
        "give_back": store.jobs.give_back(frozen),
        "give_up": store.jobs.give_up(frozen),
    }
    assert not await late.pop(what)
    for other in late.values():
        other.close()
    assert await leased(store, "three", NOW + LEASE) == []
    assert await store.jobs.again(holder, NOW + LEASE + MINUTE, failures=2)
    (job,) = await leased(store, "three", NOW + LEASE + MINUTE)
    assert job.failures == 2


async def test_a_finished_job_is_not_finished_again(store: Store) -> None:
    """Once it was put again or given back, its holder holds nothing any more."""
    await store.jobs.schedule(JobKind.POLL, NOW, uuid4(), "44")
    job = await one(store)
    assert await store.jobs.give_back(job)
    assert not await store.jobs.again(job, LATER)
    job = await one(store, "two")
    assert await store.jobs.end(job)
    assert not await store.jobs.end(job)
    assert await leased(store, now=LATER) == []


async def test_a_job_scheduled_in_somebodys_hands_is_not_lost(store: Store) -> None:
    """Its holder may have looked before there was a reason: its end leaves the job due then, and nobody has it before."""
    somebody = uuid4()
    await store.jobs.schedule(JobKind.POLL, NOW, somebody, "44")
    holder = await one(store)
    assert await store.jobs.schedule(JobKind.POLL, LATER, somebody, "44")
    assert await leased(store, "two", NOW + LEASE - 1) == []
    assert await store.jobs.end(holder)
    assert not await store.jobs.end(holder)
    assert await leased(store, "two", LATER - 1) == []
    assert (await one(store, "two", LATER)).id == holder.id


async def test_the_holders_word_counts_where_it_puts_a_job_again(store: Store) -> None:
    """Whatever was scheduled meanwhile, its own failure too; and it may give up all the same."""
    somebody = uuid4()
    await store.jobs.schedule(JobKind.POLL, NOW, somebody, "44")
    holder = await one(store)
    await store.jobs.schedule(JobKind.POLL, NOW + SECOND, somebody, "44")
    assert await store.jobs.again(holder, NOW + MINUTE, failures=3)
    assert await leased(store, "two", NOW + MINUTE - 1) == []
    holder = await one(store, "two", NOW + MINUTE)
    await store.jobs.schedule(JobKind.POLL, LATER, somebody, "44")
    assert (holder.failures, await store.jobs.give_up(holder)) == (3, True)
    assert await leased(store, now=LATER) == []


@pytest.mark.parametrize(("scheduled", "comes"), [(SECOND, SECOND), (2 * MINUTE, MINUTE), (None, MINUTE)])
async def test_a_link_that_was_scheduled_meanwhile_comes_no_later(
    store: Store, scheduled: int | None, comes: int
) -> None:
    """Its second try of an event is due soon, however rarely the others that wait are looked at."""
    somebody = uuid4()
    await store.jobs.schedule(JobKind.LINK, NOW, somebody)
    (holder,) = await leased(store, kind=JobKind.LINK)
    if scheduled:
        await store.jobs.schedule(JobKind.LINK, NOW + scheduled, somebody)
    assert await store.jobs.again(holder, NOW + MINUTE, failures=3)
    assert await store.jobs.longest_due(JobKind.LINK) == NOW + comes


async def test_who_was_frozen_ends_nothing_that_was_scheduled(store: Store) -> None:
    """Scheduling does not give a lost lease back."""
    somebody = uuid4()
    await store.jobs.schedule(JobKind.POLL, NOW, somebody, "44")
    frozen = await one(store)
    holder = await one(store, "two", NOW + LEASE)
    await store.jobs.schedule(JobKind.POLL, LATER, somebody, "44")
    assert not await store.jobs.end(frozen)
    assert not await store.jobs.give_up(frozen)
    assert await store.jobs.end(holder)
    assert await one(store, "three", LATER)


async def test_a_poll_that_slowed_down_is_hastened(store: Store) -> None:
    """And nothing else is: a catch-up that backs off is not brought forward by each reader that fails as well."""
    somebody = uuid4()
    for kind, moved in ((JobKind.POLL, True), (JobKind.CATCH_UP, False)):
        await store.jobs.schedule(kind, LATER, somebody, "44")
        assert await store.jobs.schedule(kind, NOW, somebody, "44") is moved
        assert len(await leased(store, kind=kind)) == moved


async def test_the_oldest_come_first_and_kinds_apart(store: Store) -> None:
    """Of one kind those that wait longest, at most as many as asked for."""
    for place in range(5):
        await store.jobs.schedule(JobKind.POLL, NOW - place, uuid4(), "44")
    await store.jobs.schedule(JobKind.CATCH_UP, NOW - MINUTE, uuid4(), "44")
    assert await store.jobs.longest_due(JobKind.POLL) == NOW - 4
    first = await store.jobs.lease(JobKind.POLL, "one", NOW, NOW + LEASE, 2)
    rest = await store.jobs.lease(JobKind.POLL, "one", NOW, NOW + LEASE, 9)
    assert (len(first), len(rest)) == (2, 3)
    assert await store.jobs.longest_due(JobKind.PURGE) is None


async def test_no_two_leasers_ever_hold_the_same_job(store: Store) -> None:
    """Twelve at once, some of whose leases end while others take: at no instant is a job in two hands."""
    for _ in range(40):
        await store.jobs.schedule(JobKind.POLL, NOW, uuid4(), "44")
    held: list[Job] = []

    async def worker(owner: str, now: int) -> None:
        while batch := await store.jobs.lease(JobKind.POLL, owner, now, now + LEASE, 3):
            held.extend(batch)

    for era in range(3):
        now = NOW + era * LEASE
        await asyncio.gather(*(worker(f"{era}-{name}", now) for name in range(12)))
        mine = [job for job in held if job.lease_until == now + LEASE]
        assert len(mine) == len({job.id for job in mine}) == 40
    assert {job.fence for job in held} == {1, 2, 3}
    assert len({(job.id, job.fence) for job in held}) == 120


async def test_purge_takes_what_is_old_and_nothing_else(store: Store) -> None:
    """Ended deliveries go with their attempts; what is due or younger stays, and so do notifications."""
    grant = await party(store)
    await due(store, grant, 3, NOW)
    for state in (DeliveryState.DONE, DeliveryState.FAILED):
        delivery = await one_lease(store)
        number = await store.outbox.begin(delivery, NOW)
        assert number
        await store.outbox.finish(delivery, number, Outcome(AttemptOutcome.ACCEPTED), state, 0, NOW)
    kept = RETENTION["delivery"].keep
    assert await store.purge.batch("delivery", NOW + kept, 10) == 0
    assert await store.purge.batch("delivery", NOW + kept + 1, 1) == 1
    assert await store.purge.batch("delivery", NOW + kept + 1, 10) == 1
    assert await store.purge.batch("delivery", NOW + kept + 1, 10) == 0
    assert [row["state"] for row in await store.db.rows("SELECT state FROM delivery")] == ["due"]
    assert await store.db.rows("SELECT id FROM attempt") == []
    assert len(await store.db.rows("SELECT id FROM notification")) == 3


async def test_purge_leaves_events_that_wait(store: Store) -> None:
    """Of old events only those applied or dropped go: one that waits for its citizen, or for a person to look, is not lost."""
    for state in ("applied", "unlinked", "quarantined", "dropped"):
        await store.db.rows(
            "INSERT INTO platform_event (id, platform, event_id, digest, state, problem, person_key, received_us, sealed, "
            "key_id) VALUES ($1, '44', $2, '', $3, '', '', $4, $5, 'k1')",
            *(uuid4(), state, state, NOW, b""),
        )
    assert await store.purge.batch("platform_event", NOW + 400 * DAY, 1) == 1
    assert await store.purge.batch("platform_event", NOW + 400 * DAY, 10) == 1
    left = await store.db.rows("SELECT state FROM platform_event ORDER BY state")
    assert [row["state"] for row in left] == ["quarantined", "unlinked"]


async def test_purge_forgets_silent_phones(store: Store) -> None:
    """A phone that registered within 270 days stays."""
    grant = await party(store)
    for token, seen in (("silent", NOW), ("seen", NOW + DAY)):
        await store.devices.register(grant, "app", "fcm", token, "en", seen)
    assert await store.purge.batch("device", NOW + 270 * DAY + 1, 10) == 1
    async with store.db.transaction() as session:
        assert len(await store.devices.addresses(session, grant.party_id)) == 1


@pytest.mark.parametrize("table", RETENTION)
@pytest.mark.parametrize("engine", ["postgres"])
async def test_purge_leaves_what_changes_under_its_hands(store: Store, table: str) -> None:
    """A phone that registers again while it is being removed stays; and so with the other tables. SQLite has one writer."""
    grant = await party(store)
    await due(store, grant, 1, NOW)
    await store.db.rows(
        "INSERT INTO platform_event (id, platform, event_id, digest, state, problem, person_key, received_us, sealed, "
        "key_id) VALUES ($1, '44', 'e', '', 'applied', '', '', $2, $3, 'k1')",
        *(uuid4(), NOW, b""),
    )
    await store.db.rows("UPDATE delivery SET state = 'done'")
    await store.health.write("one", NOW, {})
    await store.calls.add(NOW, {("app", "all"): 1})
    rule, outside = RETENTION[table], copy_context()
    async with store.db.transaction() as session:
        await session.rows(f"UPDATE {table} SET {rule.since} = $1", LATER)
        purge = store.purge.batch(table, NOW + rule.keep + 1, 10)
        purging = asyncio.create_task(purge, context=outside)
        await somebody_waits(store)
    assert await purging == 0
    assert len(await store.db.rows(f"SELECT id FROM {table}")) == 1


async def somebody_waits(store: Store) -> None:
    """Until a statement on this database waits for another's lock."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with asyncio.timeout(10):
        while not await store.db.rows(waiting):
            await asyncio.sleep(0.02)


async def test_a_platform_holds_something_of_a_party(store: Store) -> None:
    """While a row of it holds, and for a while after the last of them was retired."""
    grant = await party(store)

    async def holding(platform: str, since: int) -> Holding | None:
        return await store.contacts.holding(Grant(grant.party_id, Ground.SYSTEM, "poll"), platform, since)

    assert await holding("44", 0) is None
    await keep(store, grant, licence(LATER))
    assert await holding("44", LATER) == Holding(LATER, is_open=False)
    assert await holding("33", 0) is None
    await keep(store, grant, case(NOW, EventKind.GRANTED), case(NOW - 1))
    assert await holding("44", LATER) == Holding(LATER, is_open=True)
    for table in ("licence_index", "case_index"):
        await store.db.rows(f"UPDATE {table} SET retired = $1", True)
    assert (await holding("44", NOW - 1), await holding("44", NOW)) == (Holding(LATER, is_open=False), None)


async def test_a_failure_says_whether_rows_are_at_stake(store: Store) -> None:
    """A failed question tells whether the platform holds rows of that noun; one that is older than the last tells nothing."""
    grant = await party(store)

    async def failed(noun: str, sent: int) -> bool:
        return await store.contacts.fail(grant.party_id, noun, "44", sent, Reason.TIMEOUT)

    assert not await failed("cases", NOW)
    await keep(store, grant, case())
    assert (await failed("cases", NOW), await failed("cases", NOW + 1)) == (False, True)
    assert not await failed("licences", NOW + 1)


async def test_an_identity_can_be_asked_about_later(store: Store) -> None:
    """What a party signed in with is kept, sealed, for the jobs that ask when nobody is there; of nobody there is none."""
    somebody = person()
    await store.parties.register(somebody, NOW)
    assert await store.parties.subject(Grant(somebody.id, Ground.SYSTEM, "poll"), NOW) == Subject(somebody.identity)
    assert await store.parties.subject(Grant(uuid4(), Ground.SYSTEM, "poll"), NOW) is None
