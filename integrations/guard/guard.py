"""The guard of one platform. Every call to it goes through here, in this order:

- a question: is the platform left alone? then a place in the bulkhead, and its calls, one for each page, within one time limit;
- each call of it: counted, let through by the breaker, tried again where that is worth it, tried twice where it is slow;
- each try: ended by the time limit.

State is this process's own (docs/adr/0040). Seconds are those of the event loop's clock.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from domain.health import Figures
from domain.times import SECOND, Micros
from integrations.asker import Asker
from integrations.guard.breaker import Breaker, Permit
from integrations.guard.bulkhead import Bulkhead
from integrations.guard.figures import BREAKER_OPEN, EXTRA_CALLS, PLACES, PLACES_IN_USE, TURNED_AWAY
from integrations.guard.hanging import Hanging
from integrations.guard.hedge import Hedge
from integrations.guard.latency import Latency
from integrations.guard.limit import Limit
from integrations.guard.pace import Pace, unpaced
from integrations.guard.race import quickest
from integrations.guard.retry import Retry
from integrations.port import BreakerOpen, Overloaded, PlatformTrouble, RateLimited, ServerFailed, TimedOut, Unreachable

log = logging.getLogger(__name__)

Ask = Callable[[], Awaitable[Any]]
"""Makes one call. It is only a question, so it may be made again. Raises PlatformTrouble."""

Call = Callable[[Ask], Awaitable[Any]]
"""Makes one call of a question, guarded. Raises PlatformTrouble."""

FAILURES = (TimedOut, Unreachable, ServerFailed)
"""What opens the breaker. Not what a platform answers: that it declines, asks us to slow down, or changed its form."""

STRAINS = (TimedOut, Overloaded, RateLimited)
"""What lowers the limit: too much was asked of it at a time."""

LONGEST_PAUSE_S = 300.0
"""The longest that a platform is left alone because it asks for it: one that says "a year" by mistake comes back by itself."""

WAIT_SHARE = 0.5
"""How much of its time limit a question may wait for a place. With less left, a healthy platform would seem to time out."""


class Guard:
    """Guards the platform `code`. `acts`: its breaker turns calls away; else it only says what it would do.

    `timeout_s`: the time limit of a question. `concurrency`: questions at a time at most. `chance()` gives a number of [0, 1).
    """

    def __init__(
        self,
        code: str,
        timeout_s: float,
        concurrency: int,
        chance: Callable[[], float],
        pace: Pace = unpaced,
        acts: bool = True,
    ) -> None:
        self._code, self._timeout_s, self._pace, self._acts = code, timeout_s, pace, acts
        self._limit, self._latency = Limit(concurrency), Latency()
        self._breaker = Breaker(Hanging(timeout_s, self._limit))
        self._bulkhead, self._retry, self._hedge = Bulkhead(self._limit), Retry(chance), Hedge(self._latency)
        self._paused_until = -math.inf
        self._answered: float | None = None
        PLACES.labels(code).set_function(lambda: self._limit.places)
        PLACES_IN_USE.labels(code).set_function(lambda: self._bulkhead.in_use)
        BREAKER_OPEN.labels(code).set_function(lambda: self._breaker.is_open)

    def figures(self, at: Micros) -> Figures:
        """What this process saw of the platform in the last five minutes; `at` is now, as others tell the time."""
        now, latency, opened = _now(), self._latency, self._breaker.opened
        return Figures(
            answers={bucket: count for bucket, count in enumerate(latency.answers(now)) if count},
            failed=latency.calls(now)[1],
            drifted=latency.drifts(now),
            declined=latency.refusals(now),
            breaker=self._breaker.state,
            opened=None if opened is None else at - int((now - opened) * SECOND),
            answered=None if self._answered is None else at - int((now - self._answered) * SECOND),
        )

    def drifted(self) -> None:
        """An answer was not in the agreed form, as was found when it was read."""
        self._latency.drifted(_now())

    def declined(self) -> None:
        """A question was declined, as its answer says."""
        self._latency.declined(_now())

    @asynccontextmanager
    async def question(self, asker: Asker) -> AsyncIterator[Call]:
        """Runs the block as one question, whose calls it makes. Raises TimedOut, RateLimited and BreakerOpen."""
        began = _now()
        self._let_in(began)
        jobs = await self._entered(asker, began + WAIT_SHARE * self._timeout_s)
        try:
            yield partial(self._call, asker, began + self._timeout_s)
        finally:
            self._bulkhead.leave(jobs)

    def _let_in(self, now: float) -> None:
        if (wait := self._paused_until - now) > 0:
            self._turned_away("pause")
            raise RateLimited(f"it asked to be left alone for another {math.ceil(wait)} s")
        if wait := self._breaker.shut_for(now):
            self._turn_away(wait)

    def _turn_away(self, wait: float) -> None:
        """Raises BreakerOpen, unless the breaker only watches."""
        self._turned_away("breaker" if self._acts else "watching-breaker")
        if self._acts:
            raise BreakerOpen(f"it failed too often; in {math.ceil(wait)} s one question finds out whether it is back")

    async def _entered(self, asker: Asker, until: float) -> bool:
        if (jobs := self._bulkhead.enter_at_once(asker)) is not None:
            return jobs
        try:
            async with asyncio.timeout_at(until):
                return await self._bulkhead.enter(asker)
        except TimeoutError:
            self._turned_away("bulkhead")
            raise TimedOut(f"no place among {self._limit.places} within {WAIT_SHARE * self._timeout_s} s") from None

    async def _call(self, asker: Asker, deadline: float, ask: Ask) -> Any:
        """One call, as the breaker counts it: once, however often it is tried. Cancelled, it says nothing about the platform."""
        await self._count(asker)
        began = _now()
        permit = self._permit(began)
        try:
            answer = await self._with_retries(deadline, ask)
        except PlatformTrouble as trouble:
            self._learn(permit, began, trouble if isinstance(trouble, FAILURES) else None)
            raise
        except BaseException:
            if permit:
                self._breaker.let_go(permit, _now())
            raise
        self._learn(permit, began)
        return answer

    async def _count(self, asker: Asker) -> None:
        if wait := await self._pace(asker.reads):
            self._turned_away("quota")
            raise RateLimited(f"our quota there is used up for another {math.ceil(wait)} s")
        self._retry.budget.earn()
        self._hedge.budget.earn()

    def _permit(self, now: float) -> Permit | None:
        permit = self._breaker.permit(now)
        if permit is None and self._acts:
            self._turn_away(self._breaker.shut_for(now))
        return permit

    async def _with_retries(self, deadline: float, ask: Ask) -> Any:
        retries = 0
        while True:
            try:
                return await self._with_hedge(deadline, ask)
            except PlatformTrouble as trouble:
                pause = self._retry.pause(trouble, retries, deadline - _now()) if self._is_at_ease() else None
                if pause is None or not await self._may_repeat("retry"):
                    raise
            retries += 1
            await asyncio.sleep(pause)

    async def _with_hedge(self, deadline: float, ask: Ask) -> Any:
        attempt = partial(self._attempt, deadline, ask)
        after = self._hedge.after(_now()) if self._is_at_ease() else None
        if after is None or _now() + after >= deadline:
            return await attempt()
        return await quickest(attempt, after, self._spare)

    @asynccontextmanager
    async def _spare(self) -> AsyncIterator[bool]:
        """Whether a slow call may be made a second time, as long as the block runs."""
        async with self._bulkhead.spare_place() as free:
            yield free and self._hedge.budget.spend() and await self._may_repeat("hedge")

    async def _may_repeat(self, why: str) -> bool:
        """Whether there may be an extra call. It takes no more of the quota than a job may."""
        if not self._is_at_ease() or await self._pace(False):
            return False
        EXTRA_CALLS.labels(self._code, why).inc()
        return True

    def _is_at_ease(self) -> bool:
        return not (self._acts and self._breaker.is_open) and self._paused_until <= _now()

    async def _attempt(self, deadline: float, ask: Ask) -> Any:
        """One try, ended by the time limit."""
        began = _now()
        try:
            async with asyncio.timeout_at(deadline):
                answer = await ask()
        except TimeoutError:
            self._limit.strained(began, _now())
            raise TimedOut(f"no answer within {self._timeout_s} s") from None
        except PlatformTrouble as trouble:
            self._bear(trouble, began)
            raise
        self._limit.answered(self._bulkhead.in_use)
        return answer

    def _bear(self, trouble: PlatformTrouble, began: float) -> None:
        """Does as a platform wants that has too much to do."""
        now = _now()
        if isinstance(trouble, STRAINS):
            self._limit.strained(began, now)
        if trouble.pause_s:
            self._paused_until = now + min(trouble.pause_s, LONGEST_PAUSE_S)

    def _learn(self, permit: Permit | None, began: float, failure: PlatformTrouble | None = None) -> None:
        now = _now()
        if failure:
            self._latency.failed(now)
        else:
            self._latency.answered(now - began, now)
            self._answered = now
        if permit:
            self._tell_breaker(permit, failure, now)

    def _tell_breaker(self, permit: Permit, failure: PlatformTrouble | None, now: float) -> None:
        if failure:
            turned = self._breaker.failed(permit, now, isinstance(failure, TimedOut))
        else:
            turned = self._breaker.answered(permit, now)
        if turned:
            done = "opened" if failure else "closed"
            log.warning("a breaker %s", done if self._acts else f"would have {done}", extra={"platform": self._code})

    def _turned_away(self, by: str) -> None:
        TURNED_AWAY.labels(self._code, by).inc()


def _now() -> float:
    return asyncio.get_running_loop().time()
