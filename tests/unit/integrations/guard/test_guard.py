"""The guard of a platform, put together: what is let through, in what time, and what is learned from it."""

import asyncio
import logging
from typing import Any

import pytest
from prometheus_client import REGISTRY

from domain.health import BreakerState, health_of
from integrations.asker import READER, a_job
from integrations.guard.breaker import LEAST_CALLS, PROBE_EVERY_S
from integrations.guard.guard import LONGEST_PAUSE_S, WAIT_SHARE, Guard
from integrations.guard.hedge import SAVED
from integrations.port import (
    BreakerOpen,
    Drifted,
    Overloaded,
    PlatformTrouble,
    RateLimited,
    Refused,
    ServerFailed,
    TimedOut,
    Unreachable,
)
from tests.doubles.scripted import now, scripted

TIMEOUT_S = 8.0


class Platform:
    """What is guarded: each call takes `seconds`, and then brings `trouble`, or its number."""

    def __init__(self, seconds: float = 0.1, trouble: PlatformTrouble | None = None) -> None:
        self.seconds, self.trouble = seconds, trouble
        self.begun: list[float] = []
        self.inside = self.most = self.cancelled = 0

    async def call(self) -> int:
        self.begun.append(now())
        number = len(self.begun)
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await asyncio.sleep(self.seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.inside -= 1
        if self.trouble:
            raise self.trouble
        return number


def guarding(concurrency: int = 32, code: str = "guarded", **more: Any) -> Guard:
    return Guard(code, **{"timeout_s": TIMEOUT_S, "concurrency": concurrency, "chance": lambda: 0.5, **more})


async def ask(guard: Guard, platform: Platform, pages: int = 1, reads: bool = True) -> Any:
    async with guard.question(READER if reads else a_job()) as call:
        return [await call(platform.call) for _ in range(pages)][-1]


async def asked(guard: Guard, platform: Platform, times: int) -> list[Any]:
    """So many questions at once, and what became of them."""
    return await asyncio.gather(*(ask(guard, platform) for _ in range(times)), return_exceptions=True)


async def opened(guard: Guard, trouble: PlatformTrouble) -> None:
    await asked(guard, Platform(0.01, trouble), LEAST_CALLS)


def figure(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, {"platform": "guarded", **labels}) or 0.0


class Quota:
    """A Pace with so many calls left, of which so many are for readers."""

    def __init__(self, left: int, kept: int = 0) -> None:
        self.left, self.kept = left, kept

    async def pace(self, reads: bool) -> float:
        if self.left <= (0 if reads else self.kept):
            return 12.3
        self.left -= 1
        return 0.0


@scripted
async def test_a_question_has_one_time_limit() -> None:
    """For all its pages together; the call under way then is cancelled, and what comes out says how long was waited."""
    platform = Platform(seconds=3)
    with pytest.raises(TimedOut, match=r"8\.0 s"):
        await ask(guarding(), platform, pages=3)
    assert (now(), len(platform.begun), platform.cancelled) == (pytest.approx(TIMEOUT_S), 3, 1)


@scripted
async def test_a_place_is_waited_for_half_of_the_time_at_most() -> None:
    """Then the platform is not asked: what is left would not do, and a healthy platform would seem to time out."""
    guard, slow = guarding(concurrency=1), Platform(seconds=7)
    before = figure("tongban_platform_turned_away_total", by="bulkhead")
    one, other = await asked(guard, slow, 2)
    assert (one, type(other), len(slow.begun)) == (1, TimedOut, 1)
    assert "no place" in other.detail
    assert figure("tongban_platform_turned_away_total", by="bulkhead") == before + 1
    assert health_of([guard.figures(0)]).error_rate == 0.0
    quick = Platform(seconds=TIMEOUT_S * WAIT_SHARE - 0.1)
    assert await asked(guard, quick, 2) == [1, 2]


@scripted
async def test_a_question_keeps_its_place_for_all_pages() -> None:
    """The bulkhead counts questions, so that a long one is not stopped half-way by others."""
    platform, guard = Platform(), guarding(3)
    await asyncio.gather(*(ask(guard, platform, pages=4) for _ in range(10)))
    assert (platform.most, len(platform.begun)) == (3, 40)


@pytest.mark.parametrize("how", ["error", "timeout", "cancelled"])
def test_a_place_is_given_back_however_the_call_ends(how: str) -> None:
    """Or a platform would be silent for ever after a few bad days."""

    @scripted
    async def play() -> None:
        guard = guarding(concurrency=1, acts=False)
        platform = Platform(*((0.1, Refused("no")) if how == "error" else (60.0, None)))
        for _ in range(3):
            task = asyncio.create_task(ask(guard, platform))
            await asyncio.sleep(0)
            if how == "cancelled":
                task.cancel()
            (ended,) = await asyncio.gather(task, return_exceptions=True)
            assert isinstance(ended, {"error": Refused, "timeout": TimedOut, "cancelled": asyncio.CancelledError}[how])
        assert await ask(guard, Platform()) == 1

    play()


@scripted
async def test_each_call_is_counted_before_it_is_made() -> None:
    """A question of three pages is three calls; what the quota forbids is not called, and the operator is told in seconds."""
    platform, quota = Platform(), Quota(left=5)
    guard = guarding(pace=quota.pace)
    await ask(guard, platform, pages=3)
    with pytest.raises(RateLimited, match="another 13 s"):
        await ask(guard, platform, pages=3)
    assert len(platform.begun) == 5


@scripted
async def test_only_who_has_a_place_takes_from_the_quota() -> None:
    """Or those who wait for a slow platform would use it up without a call."""
    quota = Quota(left=100)
    await asked(guarding(concurrency=1, pace=quota.pace), Platform(seconds=60), 5)
    assert quota.left == 99


@scripted
async def test_jobs_cannot_starve_readers() -> None:
    """A hundred polls of a platform that hangs hold four of its five places, and the fifth is a citizen's at once."""
    guard, hanging = guarding(concurrency=5), Platform(seconds=60)
    jobs = [asyncio.create_task(ask(guard, hanging, reads=False)) for _ in range(100)]
    await asyncio.sleep(0.5)
    assert hanging.inside == 4
    began = now()
    assert await ask(guard, Platform(seconds=0.1)) == 1
    assert now() == pytest.approx(began + 0.1)
    await asyncio.gather(*jobs, return_exceptions=True)


FAILING = [(TimedOut, True), (Unreachable, True), (ServerFailed, True), (Overloaded, True)]
ANSWERING = [(Refused, False), (Drifted, False), (RateLimited, False)]


@pytest.mark.parametrize(("trouble", "opens"), FAILING + ANSWERING)
def test_which_failures_open_the_breaker(trouble: type[PlatformTrouble], opens: bool) -> None:
    """Those in which nothing was answered; what is answered badly is known by its own reason, and asking does no harm."""

    @scripted
    async def play() -> None:
        guard = guarding()
        await opened(guard, trouble("x"))
        platform = Platform()
        (end,) = await asked(guard, platform, 1)
        assert isinstance(end, BreakerOpen) == opens
        assert len(platform.begun) == (0 if opens else 1)

    play()


@scripted
async def test_a_platform_that_hangs_opens_it() -> None:
    """After one time limit; from then on nobody waits, until the probe is answered."""
    guard = guarding()
    ends = await asked(guard, Platform(seconds=60), LEAST_CALLS)
    assert {type(end) for end in ends} == {TimedOut}
    assert (now(), guard.figures(0).breaker) == (pytest.approx(TIMEOUT_S), BreakerState.OPEN)
    well = Platform()
    for _ in range(20):
        with pytest.raises(BreakerOpen, match="in 30 s one question"):
            await ask(guard, well)
    assert now() == pytest.approx(TIMEOUT_S)
    await asyncio.sleep(PROBE_EVERY_S)
    ends = await asked(guard, well, 5)
    assert [type(end) for end in ends] == [int, *[BreakerOpen] * 4]
    assert await asked(guard, well, 5) == [2, 3, 4, 5, 6]
    assert guard.figures(0).breaker is BreakerState.CLOSED


@pytest.mark.parametrize(("concurrency", "timeout_s"), [(1, 8.0), (2, 8.0), (4, 8.0), (1, 30.0), (2, 2.5), (16, 60.0)])
def test_a_small_platform_that_hangs_opens_it_too(concurrency: int, timeout_s: float) -> None:
    """Within a few of its time limits, although ten timeouts in ten seconds never end. Else every reader would wait for ever."""

    @scripted
    async def play() -> None:
        guard, platform = guarding(concurrency, timeout_s=timeout_s), Platform(seconds=1000)

        async def comes(after: float) -> Any:
            await asyncio.sleep(after)
            return await ask(guard, platform)

        readers = [comes(number / 2) for number in range(int(10 * timeout_s))]
        ends = await asyncio.gather(*readers, return_exceptions=True)
        assert isinstance(ends[-1], BreakerOpen)
        assert len(platform.begun) <= max(LEAST_CALLS, 3 * concurrency) + concurrency

    play()


@scripted
async def test_who_waits_for_a_place_when_it_opens_does_not_call() -> None:
    """The places that the dead calls give back are not filled with more of them."""
    guard, dead = guarding(concurrency=LEAST_CALLS, timeout_s=20.0), Platform(9.0, ServerFailed("x"))
    ends = await asked(guard, dead, 3 * LEAST_CALLS)
    assert len(dead.begun) == LEAST_CALLS
    assert [type(end) for end in ends[LEAST_CALLS:]] == [BreakerOpen] * (2 * LEAST_CALLS)


@scripted
async def test_callers_who_hang_up_are_no_failure() -> None:
    """A thousand of them leave the breaker closed, the limit as it was, and nothing in the health."""
    guard, slow = guarding(concurrency=32), Platform(seconds=5)
    for _ in range(32):
        callers = [asyncio.create_task(ask(guard, slow)) for _ in range(32)]
        await asyncio.sleep(1)
        for caller in callers:
            caller.cancel()
        await asyncio.gather(*callers, return_exceptions=True)
    assert (slow.cancelled, guard.figures(0).calls, guard.figures(0).breaker) == (1024, 0, BreakerState.CLOSED)
    assert figure("tongban_platform_places") == 32
    assert await ask(guard, Platform()) == 1


@scripted
async def test_a_prober_who_hangs_up_does_not_keep_it_shut() -> None:
    """The next caller probes."""
    guard = guarding()
    await opened(guard, Unreachable("x"))
    await asyncio.sleep(PROBE_EVERY_S)
    prober = asyncio.create_task(ask(guard, Platform(seconds=5)))
    await asyncio.sleep(1)
    assert guard.figures(0).breaker is BreakerState.PROBING
    prober.cancel()
    await asyncio.gather(prober, return_exceptions=True)
    assert await ask(guard, Platform()) == 1


@scripted
async def test_a_defect_of_ours_is_no_failure_of_the_platform() -> None:
    """It passes through, and opens nothing."""

    async def defective() -> None:
        raise ZeroDivisionError

    guard = guarding()
    for _ in range(2 * LEAST_CALLS):
        with pytest.raises(ZeroDivisionError):
            async with guard.question(READER) as call:
                await call(defective)
    assert await ask(guard, Platform()) == 1


@scripted
async def test_a_breaker_that_watches_lets_everything_through(caplog: pytest.LogCaptureFixture) -> None:
    """And says what it would have done: when it would have opened and closed, and how many it would have turned away."""
    guard, before = guarding(acts=False), figure("tongban_platform_turned_away_total", by="watching-breaker")
    with caplog.at_level(logging.WARNING):
        await opened(guard, Unreachable("x"))
        platform = Platform(0.1, Unreachable("x"))
        assert all(isinstance(end, Unreachable) for end in await asked(guard, platform, 5))
        assert guard.figures(0).breaker is BreakerState.OPEN
        assert figure("tongban_platform_breaker_open") == 1
        await asyncio.sleep(PROBE_EVERY_S)
        assert await asked(guard, Platform(), 5) == [1, 2, 3, 4, 5]
    assert guard.figures(0).breaker is BreakerState.CLOSED
    assert figure("tongban_platform_turned_away_total", by="watching-breaker") == before + 5 + 4
    assert [record.getMessage() for record in caplog.records] == [
        "a breaker would have opened",
        "a breaker would have closed",
    ]


@scripted
async def test_the_operator_is_told_once_of_each_turn(caplog: pytest.LogCaptureFixture) -> None:
    """By the platform's code."""
    guard = guarding()
    with caplog.at_level(logging.WARNING):
        await opened(guard, Unreachable("x"))
        await asked(guard, Platform(), 20)
        await asyncio.sleep(PROBE_EVERY_S)
        await ask(guard, Platform())
    said = [(record.getMessage(), record.platform) for record in caplog.records]  # type: ignore[attr-defined]
    assert said == [("a breaker opened", "guarded"), ("a breaker closed", "guarded")]


@pytest.mark.parametrize(("asks", "seconds"), [(60.0, 60.0), (31_536_000.0, LONGEST_PAUSE_S)])
def test_a_platform_that_asks_for_a_pause_gets_it(asks: float, seconds: float) -> None:
    """Nobody calls meanwhile, and the reason is the platform's wish; but a pause has an end whatever it says."""

    @scripted
    async def play() -> None:
        guard, platform = guarding(), Platform()
        await asked(guard, Platform(0.0, RateLimited("HTTP 429", asks)), 1)
        await asyncio.sleep(seconds - 0.5)
        with pytest.raises(RateLimited, match="another 1 s"):
            await ask(guard, platform)
        await asyncio.sleep(0.6)
        assert await ask(guard, platform) == 1

    play()


@scripted
async def test_a_call_that_is_tried_again_counts_once() -> None:
    """Or three citizens would open the breaker, where ten should."""
    guard, broken = guarding(), Platform(0.1, Unreachable("x"))
    await asked(guard, broken, LEAST_CALLS - 1)
    assert len(broken.begun) > LEAST_CALLS
    assert (guard.figures(0).calls, guard.figures(0).breaker) == (LEAST_CALLS - 1, BreakerState.CLOSED)


@scripted
async def test_a_broken_call_is_made_again_within_the_time_limit() -> None:
    """After a jittered pause, and nobody above learns of it; each is counted."""
    platform, quota = Platform(0.1, Unreachable("x")), Quota(left=100)
    before = figure("tongban_platform_extra_calls_total", why="retry")
    guard = guarding(pace=quota.pace)
    asking = asyncio.create_task(ask(guard, platform))
    await asyncio.sleep(0.12)
    platform.trouble = None
    assert await asking == 2
    assert platform.begun == [0.0, pytest.approx(0.15)]
    assert quota.left == 98
    assert figure("tongban_platform_extra_calls_total", why="retry") == before + 1


@pytest.mark.parametrize(
    "circumstance", ["a pause was asked for", "the breaker opened", "the quota is for readers", "no time is left"]
)
def test_when_a_broken_call_is_not_made_again(circumstance: str) -> None:
    """What is said then is how the first one failed."""

    @scripted
    async def play() -> None:
        trouble, quota, guard = Overloaded("HTTP 503"), Quota(left=100, kept=10), guarding()
        others: asyncio.Task[list[Any]] | None = None
        match circumstance:
            case "a pause was asked for":
                trouble = Overloaded("HTTP 503", 5.0)
            case "the breaker opened":
                others = asyncio.create_task(asked(guard, Platform(0.05, ServerFailed("x")), LEAST_CALLS))
                await asyncio.sleep(0)
            case "the quota is for readers":
                quota.left = 10
                guard = guarding(pace=quota.pace)
            case _:
                guard = guarding(timeout_s=0.14)
        platform = Platform(0.1, trouble)
        with pytest.raises(Overloaded):
            await ask(guard, platform)
        assert len(platform.begun) == 1
        if others:
            await others

    play()


async def warmed(guard: Guard, calls: int = 100) -> None:
    for _ in range(calls):
        await ask(guard, Platform(seconds=0.1))


@scripted
async def test_a_slow_call_is_made_twice() -> None:
    """After p95 of the platform's own answers; the first answer counts, the other call is cancelled, both are counted."""
    quota = Quota(left=1000)
    guard = guarding(pace=quota.pace)
    await warmed(guard)
    left, platform = quota.left, Platform(seconds=5.0)
    asking = asyncio.create_task(ask(guard, platform))
    await asyncio.sleep(0.05)
    platform.seconds = 0.2
    assert await asking == 2
    assert (len(platform.begun), platform.cancelled, quota.left) == (2, 1, left - 2)
    assert 0.1 <= platform.begun[1] - platform.begun[0] <= 0.12
    assert figure("tongban_platform_places_in_use") == 0


@scripted
async def test_of_a_platform_that_became_slow_for_everybody_few_calls_are_made_twice() -> None:
    """As many as were saved up, however quick it was before: else it would be asked twice as often just then."""
    guard, slow = guarding(concurrency=100), Platform(seconds=5.0)
    await warmed(guard, 200)
    await asked(guard, slow, 19)
    assert len(slow.begun) == 19 + SAVED


@scripted
async def test_the_last_places_and_calls_are_not_for_extra_calls() -> None:
    """Neither the readers' share of the quota nor a place that somebody may need."""
    quota = Quota(left=1000)
    guard = guarding(concurrency=1, pace=quota.pace)
    await warmed(guard)
    slow = Platform(seconds=5.0)
    await ask(guard, slow)
    assert len(slow.begun) == 1
    guard = guarding(pace=quota.pace)
    await warmed(guard)
    quota.kept = quota.left - 1
    await ask(guard, slow)
    assert len(slow.begun) == 2


@scripted
async def test_too_much_at_a_time_lowers_the_limit_and_answers_raise_it() -> None:
    """A platform that stands eight at a time, of which we were promised 32."""
    guard, inside = guarding(concurrency=32), 0

    async def call() -> None:
        nonlocal inside
        inside += 1
        overloaded = inside > 8
        try:
            await asyncio.sleep(0.1)
        finally:
            inside -= 1
        if overloaded:
            raise RateLimited("HTTP 429")

    async def one() -> None:
        async with guard.question(READER) as called:
            await called(call)

    ends: list[Any] = []
    for _ in range(60):
        ends = await asyncio.gather(*(one() for _ in range(16)), return_exceptions=True)
    assert 5 <= figure("tongban_platform_places") <= 11
    assert [type(end) for end in ends].count(RateLimited) <= 3


@scripted
async def test_health() -> None:
    """Times of what was answered, the share of what failed, and the breaker; nothing is made up where nothing is known."""
    guard = guarding()
    health = health_of([guard.figures(0)])
    assert (health.calls, health.p50_s, health.error_rate) == (0, None, None)
    for seconds in [0.1] * 18 + [2.0] * 2:
        await ask(guard, Platform(seconds))
    await asked(guard, Platform(0.1, ServerFailed("x")), 5)
    health = health_of([guard.figures(0)])
    assert (health.calls, health.error_rate, health.breaker) == (25, 0.2, BreakerState.CLOSED)
    assert (health.p50_s, health.p95_s) == (pytest.approx(0.1, rel=0.2), pytest.approx(2.0, rel=0.2))
    await asyncio.sleep(600)
    assert guard.figures(0).calls == 0
