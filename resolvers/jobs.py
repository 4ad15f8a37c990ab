"""Doing jobs as they come due: each kind in a lane of its own, so that none waits for the trouble of another.

Nor do jobs about one platform wait for the trouble of another one: a place that gets free is filled at once, a part of the
places is for jobs about other platforms than the one that has most, and a platform that is away is asked by one job a minute,
while the others about it are put back unasked.
"""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence

import prometheus_client as prometheus

from domain.job import PACES, Job, JobKind
from domain.times import MINUTE, SECOND, Micros
from resolvers.upkeep import Away, NotYet
from store.database import StoreUnavailable
from store.jobs import Jobs

log = logging.getLogger(__name__)

DONE = prometheus.Counter("tongban_jobs_total", "Jobs that were done or tried", ["kind", "outcome"])
OVERDUE = prometheus.Gauge(
    "tongban_jobs_overdue_seconds", "How long the job begun last had been due; 0 if none was", ["kind"]
)

LEASE_S = 160.0
"""Long enough for a job that waits for both nouns of the slowest platform."""

MARGIN_S = 10.0
"""A job is broken off this long before its lease ends, so that no two workers ever do it at once."""

LOOK_S = 1.0
MOST = 32
"""Jobs of one kind that one worker does at a time."""

MOST_OF_ONE = 24
"""Those among them that are about one platform. One that hangs is known to be away only after its time limit."""

LEFT_ALONE: Micros = MINUTE
"""How long a worker puts jobs about a platform back once one of them found it away."""

Work = Callable[[Job], Awaitable[Micros | None]]
"""Does a job and gives when it comes due again, None if it is over. Raises NotYet, Away, or whatever a defect raises."""


class JobRunner:
    """`owner` names it in leases and must differ between any two that run at once. `chance()` gives a number of [0, 1]."""

    def __init__(
        self,
        jobs: Jobs,
        works: Mapping[JobKind, Work],
        clock: Callable[[], Micros],
        chance: Callable[[], float],
        owner: str,
    ) -> None:
        self._jobs, self._works = jobs, works
        self._clock, self._chance, self._owner = clock, chance, owner
        self._away: dict[str, Micros] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`, and then ends the jobs in hand. Cancelled, it gives their leases back."""
        async with asyncio.TaskGroup() as lanes:
            for kind in self._works:
                lanes.create_task(self._lane(kind, stop), name=f"jobs {kind.value}")

    async def run_once(self, kind: JobKind) -> int:
        """Does what is due of a kind, and gives how many jobs that were. Raises StoreUnavailable."""
        self._note_overdue(kind, leased := await self._lease(kind, MOST, []))
        async with asyncio.TaskGroup() as places:
            for job in leased:
                places.create_task(self._handle(job))
        return len(leased)

    async def _lane(self, kind: JobKind, stop: asyncio.Event) -> None:
        """Looks when a place gets free, and once a second."""
        under_way: dict[asyncio.Task[None], str] = {}
        async with asyncio.TaskGroup() as places:
            stopped = places.create_task(stop.wait())
            while not stop.is_set():
                for job in await self._fill(kind, list(under_way.values())):
                    under_way[places.create_task(self._handle(job))] = job.platform
                await asyncio.wait({stopped, *under_way}, timeout=LOOK_S, return_when=asyncio.FIRST_COMPLETED)
                under_way = {task: platform for task, platform in under_way.items() if not task.done()}

    async def _fill(self, kind: JobKind, taken: list[str]) -> list[Job]:
        """What is due, for the places that are left beside jobs about these platforms."""
        if len(taken) == MOST:
            return []
        found: list[Job] = []
        while more := await self._found(kind, [*taken, *(job.platform for job in found)]):
            found += more
        self._note_overdue(kind, found)
        return found

    async def _found(self, kind: JobKind, taken: list[str]) -> list[Job]:
        try:
            return await self._lease(kind, *room_beside(taken))
        except StoreUnavailable:
            log.warning("jobs: the store does not answer", extra={"kind": kind.value})
        except Exception:
            log.exception("jobs: none could be leased", extra={"kind": kind.value})
        return []

    async def _lease(self, kind: JobKind, most: int, besides: list[str]) -> list[Job]:
        now = self._clock()
        return (
            await self._jobs.lease(kind, self._owner, now, now + int(LEASE_S * SECOND), most, besides) if most else []
        )

    def _note_overdue(self, kind: JobKind, begun: list[Job]) -> None:
        now = self._clock()
        OVERDUE.labels(kind.value).set(max((now - job.due for job in begun), default=0) / SECOND)

    async def _handle(self, job: Job) -> None:
        """Whatever happens to it stays with it: the other jobs go on."""
        try:
            outcome = await self._done(job)
        except StoreUnavailable:
            # It comes back when its lease ends.
            log.warning("jobs: the store does not answer", extra={"kind": job.kind.value})
            outcome = "store-unavailable"
        except Exception:
            log.exception("a job failed", extra={"job": str(job.id), "kind": job.kind.value, "platform": job.platform})
            outcome = "fault"
        except asyncio.CancelledError:
            await self._give_back(job)
            raise
        DONE.labels(job.kind.value, outcome).inc()

    async def _done(self, job: Job) -> str:
        if self._is_left_alone(job.platform):
            return await self._put_back(job)
        try:
            async with asyncio.timeout(LEASE_S - MARGIN_S):
                due = await self._works[job.kind](job)
        except Away:
            self._away[job.platform] = self._clock() + LEFT_ALONE
            return await self._back_off(job, "not-yet")
        except NotYet:
            self._away.pop(job.platform, None)
            return await self._back_off(job, "not-yet")
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a job failed", extra={"job": str(job.id), "kind": job.kind.value, "platform": job.platform})
            return await self._back_off(job, "fault")
        self._away.pop(job.platform, None)
        ours = await (self._jobs.end(job) if due is None else self._jobs.again(job, due))
        return "done" if ours else "lease-lost"

    def _is_left_alone(self, platform: str) -> bool:
        """Of a platform that is away; when it was long enough, the next job finds out whether it is back."""
        now, until = self._clock(), self._away.get(platform)
        if until is not None and until <= now:
            self._away[platform] = now + LEFT_ALONE
        return until is not None and now < until

    async def _put_back(self, job: Job) -> str:
        """As after a failure, but not counted as one: it was not tried, and must not be given up for that."""
        due = self._clock() + PACES[job.kind].pause(job.failures + 1, self._chance())
        return "not-asked" if await self._jobs.again(job, due, job.failures) else "lease-lost"

    async def _back_off(self, job: Job, outcome: str) -> str:
        pace, failures = PACES[job.kind], job.failures + 1
        if pace.gives_up(failures):
            return "given-up" if await self._jobs.give_up(job) else "lease-lost"
        due = self._clock() + pace.pause(failures, self._chance())
        return outcome if await self._jobs.again(job, due, failures) else "lease-lost"

    async def _give_back(self, job: Job) -> None:
        try:
            await self._jobs.give_back(job)
        except StoreUnavailable:
            log.warning("jobs: a lease could not be given back", extra={"kind": job.kind.value})


def room_beside(taken: Sequence[str]) -> tuple[int, list[str]]:
    """How many jobs may be begun beside those about these platforms, and about which platforms none of them."""
    held = Counter(platform for platform in taken if platform)
    full = [platform for platform, count in held.items() if count >= MOST_OF_ONE]
    largest = max((count for count in held.values() if count < MOST_OF_ONE), default=0)
    return min(MOST - len(taken), MOST_OF_ONE - largest), full
