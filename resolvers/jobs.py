"""Doing jobs as they come due: each kind in a lane of its own, so that none waits for the trouble of another."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import Counter

from domain.job import PACES, Job, JobKind
from domain.times import SECOND, Micros
from resolvers.upkeep import NotYet
from store.database import StoreUnavailable
from store.jobs import Jobs

log = logging.getLogger(__name__)

DONE = Counter("tongban_jobs_total", "Jobs that were done or tried", ["kind", "outcome"])

LEASE_S = 120.0
MARGIN_S = 10.0
"""A job is broken off this long before its lease ends, so that no two workers ever do it at once."""

LOOK_S = 1.0
MOST = 32
"""Jobs of one kind that one worker does at a time."""

Work = Callable[[Job], Awaitable[Micros | None]]
"""Does a job and gives when it comes due again, None if it is over. Raises NotYet, or whatever a defect raises."""


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

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop`, and then ends the jobs in hand. Cancelled, it gives their leases back."""
        async with asyncio.TaskGroup() as lanes:
            for kind in self._works:
                lanes.create_task(self._lane(kind, stop), name=f"jobs {kind.value}")

    async def run_once(self, kind: JobKind) -> int:
        """Does what is due of a kind, and gives how many jobs that were. Raises StoreUnavailable."""
        now = self._clock()
        leased = await self._jobs.lease(kind, self._owner, now, now + int(LEASE_S * SECOND), MOST)
        await asyncio.gather(*(self._handle(job) for job in leased))
        return len(leased)

    async def _lane(self, kind: JobKind, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                if await self.run_once(kind):
                    continue
            except StoreUnavailable:
                log.warning("jobs: the store does not answer", extra={"kind": kind.value})
            except Exception:
                log.exception("jobs: a batch failed", extra={"kind": kind.value})
            try:
                await asyncio.wait_for(stop.wait(), LOOK_S)
            except TimeoutError:
                continue

    async def _handle(self, job: Job) -> None:
        """Whatever happens to it stays with it: the other jobs of the batch go on."""
        try:
            outcome = await self._done(job)
        except StoreUnavailable:
            # It comes back when its lease ends.
            log.warning("jobs: the store does not answer", extra={"kind": job.kind.value})
            outcome = "store-unavailable"
        except asyncio.CancelledError:
            await self._give_back(job)
            raise
        DONE.labels(job.kind.value, outcome).inc()

    async def _done(self, job: Job) -> str:
        try:
            async with asyncio.timeout(LEASE_S - MARGIN_S):
                due = await self._works[job.kind](job)
        except NotYet:
            return await self._back_off(job, "not-yet")
        except StoreUnavailable:
            raise
        except Exception:
            log.exception("a job failed", extra={"job": str(job.id), "kind": job.kind.value, "platform": job.platform})
            return await self._back_off(job, "fault")
        ours = await (self._jobs.end(job) if due is None else self._jobs.again(job, due))
        return "done" if ours else "lease-lost"

    async def _back_off(self, job: Job, outcome: str) -> str:
        pace, failures = PACES[job.kind], job.failures + 1
        if pace.gives_up(failures):
            await self._jobs.end(job)
            return "given-up"
        due = self._clock() + pace.pause(failures, self._chance())
        return outcome if await self._jobs.again(job, due, failures) else "lease-lost"

    async def _give_back(self, job: Job) -> None:
        try:
            await self._jobs.give_back(job)
        except StoreUnavailable:
            log.warning("jobs: a lease could not be given back", extra={"kind": job.kind.value})
