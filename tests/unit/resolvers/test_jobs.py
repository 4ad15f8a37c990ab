"""The runner of jobs: trouble stays where it is, and leases are given back or lost."""

import asyncio
from uuid import UUID, uuid4

import pytest
from prometheus_client import REGISTRY

from domain.job import PACES, Job, JobKind
from domain.times import MINUTE, SECOND, Micros
from resolvers import jobs as module
from resolvers.jobs import LEASE_S, LEFT_ALONE, MOST, MOST_OF_ONE, JobRunner, room_beside
from resolvers.upkeep import Away, NotYet
from store.jobs import Jobs
from store.store import Store
from tests.doubles.knowledge import NOW


class Shop:
    """Jobs that do what the test says, by platform: fine, trouble, away, a defect; or waiting until `open` is set, after which
    the asked one is away. One that is not away any more may still refuse."""

    def __init__(self, store: Store) -> None:
        self.store, self.now, self.done = store, NOW, list[str]()
        self.tries, self.inside, self.is_away, self.refuses = 0, 0, True, False
        self.open, self.begun = asyncio.Event(), asyncio.Event()

    def runner(self, owner: str = "one") -> JobRunner:
        works = dict.fromkeys((JobKind.POLL, JobKind.GAPS, JobKind.CATCH_UP), self._work)
        return JobRunner(self.store.jobs, works, lambda: self.now, lambda: 1.0, owner)

    async def _work(self, job: Job) -> Micros | None:
        match job.platform:
            case "trouble":
                raise NotYet
            case "away":
                self.tries += 1
                if self.is_away:
                    raise Away
                if self.refuses:
                    raise NotYet
            case "asked":
                self.tries += 1
                self.begun.set()
                await self.open.wait()
                raise Away
            case "defect":
                raise ZeroDivisionError
            case "slow":
                self.inside += 1
                self.begun.set()
                await self.open.wait()
        self.done.append(job.platform)
        return self.now + MINUTE

    async def due(self, *platforms: str, kind: JobKind = JobKind.POLL) -> None:
        for platform in platforms:
            await self.store.jobs.schedule(kind, self.now, uuid4(), platform)

    async def state(self) -> dict[str, tuple[int, int, str]]:
        """Seconds until it is due, failures and lease, by platform."""
        rows = await self.store.db.rows("SELECT platform, due_us, failures, lease FROM job")
        return {
            item["platform"]: ((item["due_us"] - self.now) // SECOND, item["failures"], item["lease"]) for item in rows
        }


@pytest.fixture
def shop(store: Store) -> Shop:
    return Shop(store)


async def test_trouble_stays_with_its_job(shop: Shop) -> None:
    """One that is in trouble and one with a defect come later; the third is done as if they were not there."""
    await shop.due("trouble", "fine", "defect")
    assert await shop.runner().run_once(JobKind.POLL) == 3
    assert await shop.state() == {"trouble": (600, 1, ""), "fine": (60, 0, ""), "defect": (600, 1, "")}
    shop.now += 600 * SECOND
    await shop.runner().run_once(JobKind.POLL)
    assert (await shop.state())["trouble"] == (1200, 2, "")


async def test_the_operator_sees_how_late_jobs_are(shop: Shop) -> None:
    """By what waited longest of those begun; nothing once none is due."""
    await shop.due("fine")
    shop.now += 5 * SECOND
    await shop.due("slow")
    shop.now += 2 * SECOND
    shop.open.set()
    for late in (7, 0):
        await shop.runner().run_once(JobKind.POLL)
        assert REGISTRY.get_sample_value("tongban_jobs_overdue_seconds", {"kind": "poll"}) == late


async def test_what_cannot_be_written_down_stays_with_its_job(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect on the way back to the store breaks off no other job: this one comes back when its lease ends."""
    await shop.due("slow", "fine")
    again = Jobs.again

    async def defective(jobs: Jobs, job: Job, due: Micros, failures: int = 0) -> bool:
        if job.platform == "fine":
            shop.open.set()
            raise ZeroDivisionError
        return await again(jobs, job, due, failures)

    monkeypatch.setattr(Jobs, "again", defective)
    assert await shop.runner().run_once(JobKind.POLL) == 2
    assert await shop.state() == {"slow": (60, 0, ""), "fine": (0, 0, "one")}


async def test_a_slow_kind_holds_up_no_other(shop: Shop) -> None:
    """While a poll waits, the look for gaps is done; told to stop, the runner ends the poll first."""
    await shop.due("slow")
    stop = asyncio.Event()
    running = asyncio.create_task(shop.runner().run(stop))
    await shop.begun.wait()
    await shop.due("fine", kind=JobKind.GAPS)
    async with asyncio.timeout(5):
        while shop.done != ["fine"]:
            await asyncio.sleep(0.02)
    stop.set()
    shop.open.set()
    await asyncio.wait_for(running, 5)
    assert shop.done == ["fine", "slow"]


async def test_a_slow_job_holds_up_its_own_place_only(shop: Shop) -> None:
    """While one waits, more than there are places at a time are done beside it."""
    await shop.due("slow", *["fine"] * (2 * MOST))
    stop = asyncio.Event()
    running = asyncio.create_task(shop.runner().run(stop))
    async with asyncio.timeout(20):
        while len(shop.done) < 2 * MOST:
            await asyncio.sleep(0.02)
    assert set(shop.done) == {"fine"}
    stop.set()
    shop.open.set()
    await asyncio.wait_for(running, 5)


async def test_a_platform_that_is_away_is_asked_by_one(shop: Shop) -> None:
    """After the first trouble the others are put back unasked; once a minute one tries, and when it is answered all go on."""
    runner = shop.runner()
    await shop.due("away")
    await runner.run_once(JobKind.POLL)
    await shop.due(*["away"] * 5, "fine")
    await runner.run_once(JobKind.POLL)
    assert (shop.tries, shop.done, await shop.state()) == (1, ["fine"], {"away": (600, 0, ""), "fine": (60, 0, "")})
    for is_away, tries in ((True, 2), (False, 7)):
        shop.is_away = is_away
        shop.now += LEFT_ALONE
        await shop.due(*["away"] * 5)
        await runner.run_once(JobKind.POLL)
        assert shop.tries == tries


async def test_a_platform_that_answers_badly_is_back(shop: Shop) -> None:
    """What refuses one may answer another: all go on."""
    runner = shop.runner()
    await shop.due("away")
    await runner.run_once(JobKind.POLL)
    shop.is_away, shop.refuses = False, True
    shop.now += LEFT_ALONE
    await shop.due("away")
    await runner.run_once(JobKind.POLL)
    await shop.due(*["away"] * 5)
    await runner.run_once(JobKind.POLL)
    assert shop.tries == 1 + 1 + 5


async def test_what_was_not_asked_did_not_fail(shop: Shop) -> None:
    """However often it is put back it is not given up: somebody owes the party an answer."""
    runner = shop.runner()
    await shop.due("away", kind=JobKind.CATCH_UP)
    await runner.run_once(JobKind.CATCH_UP)
    most = PACES[JobKind.CATCH_UP].most or 0
    await shop.store.db.rows("UPDATE job SET failures = $1, due_us = $2", most - 1, shop.now)
    assert await runner.run_once(JobKind.CATCH_UP) == 1
    assert (shop.tries, (await shop.state())["away"][1]) == (1, most - 1)


async def test_while_one_finds_out_the_others_are_put_back(shop: Shop) -> None:
    """Whether a platform is back takes as long as its answer, and meanwhile nobody else asks it."""
    runner = shop.runner()
    shop.open.set()
    await shop.due("asked")
    await runner.run_once(JobKind.POLL)
    shop.open.clear()
    shop.now += LEFT_ALONE
    await shop.due(*["asked"] * 5)
    finding_out = asyncio.create_task(runner.run_once(JobKind.POLL))
    held = "SELECT id FROM job WHERE lease <> ''"
    async with asyncio.timeout(20):
        while shop.tries < 2 or (shop.tries == 2 and len(await shop.store.db.rows(held)) > 1):
            await asyncio.sleep(0.02)
    shop.open.set()
    await finding_out
    assert shop.tries == 2


async def test_a_runner_that_may_not_wait_gives_back(shop: Shop) -> None:
    """Cancelled in the middle of a job, it lets another worker have it at once, with nothing held against it."""
    await shop.due("slow")
    running = asyncio.create_task(shop.runner().run(asyncio.Event()))
    await shop.begun.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert await shop.state() == {"slow": (0, 0, "")}
    shop.open.set()
    assert await shop.runner("two").run_once(JobKind.POLL) == 1


async def test_a_job_is_broken_off_before_its_lease_ends(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it waits for: later, and nobody else does it meanwhile."""
    monkeypatch.setattr(module, "LEASE_S", module.MARGIN_S + 0.05)
    await shop.due("slow")
    assert await asyncio.wait_for(shop.runner().run_once(JobKind.POLL), 20) == 1
    assert await shop.state() == {"slow": (600, 1, "")}


def lease_lost(kind: JobKind) -> float:
    """How many jobs were found to be another's when they were done."""
    return REGISTRY.get_sample_value("tongban_jobs_total", {"kind": kind.value, "outcome": "lease-lost"}) or 0


@pytest.mark.parametrize(
    ("kind", "platform", "failures"),
    [
        (JobKind.POLL, "slow", 0),
        (JobKind.POLL, "asked", 0),
        (JobKind.CATCH_UP, "asked", (PACES[JobKind.CATCH_UP].most or 0) - 1),
    ],
    ids=["done", "backs off", "gives up"],
)
async def test_a_frozen_worker_comes_too_late(shop: Shop, kind: JobKind, platform: str, failures: int) -> None:
    """While it stood still its lease ended and another did the job: its own end of it moves nothing."""
    await shop.due(platform, kind=kind)
    await shop.store.db.rows("UPDATE job SET failures = $1", failures)
    frozen = asyncio.create_task(shop.runner().run_once(kind))
    await shop.begun.wait()
    shop.now += int(LEASE_S * SECOND)
    (job,) = await shop.store.jobs.lease(kind, "two", shop.now, shop.now + MINUTE, 1)
    assert isinstance(job.id, UUID)
    lost = lease_lost(kind)
    shop.open.set()
    await frozen
    assert lease_lost(kind) == lost + 1
    assert (await shop.state())[platform] == (-int(LEASE_S), failures, "two")
    assert await shop.store.jobs.again(job, shop.now + MINUTE)


async def test_a_platform_that_hangs_leaves_places_for_others(shop: Shop) -> None:
    """More jobs about it are due, and for longer, than there are places; what is due after them is done all the same."""
    await shop.due(*["slow"] * (2 * MOST))
    shop.now += SECOND
    await shop.due(*["fine"] * 40)
    stop = asyncio.Event()
    running = asyncio.create_task(shop.runner().run(stop))
    async with asyncio.timeout(20):
        while len(shop.done) < 40:
            await asyncio.sleep(0.02)
    assert (set(shop.done), shop.inside) == ({"fine"}, MOST_OF_ONE)
    stop.set()
    shop.open.set()
    await asyncio.wait_for(running, 20)


@pytest.mark.parametrize(
    ("taken", "room"),
    [
        ([], (MOST_OF_ONE, [])),
        (["a"] * 10, (MOST_OF_ONE - 10, [])),
        (["a"] * MOST_OF_ONE, (MOST - MOST_OF_ONE, ["a"])),
        (["a"] * MOST_OF_ONE + ["b"] * 3, (MOST - MOST_OF_ONE - 3, ["a"])),
        (["a"] * (MOST // 2) + ["b"] * (MOST // 2), (0, [])),
        ([""], (MOST_OF_ONE, [])),
    ],
)
def test_the_room_beside_what_is_under_way(taken: list[str], room: tuple[int, list[str]]) -> None:
    """However many of those found then are about one platform, it has no more than its part."""
    assert room_beside(taken) == room
