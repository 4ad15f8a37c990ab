"""When a call is slow, and what becomes of the second one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from integrations.guard.hedge import EVERY, KEPT_S, LEAST_ANSWERS, SOONEST_S, Hedge
from integrations.guard.latency import Latency
from integrations.guard.race import quickest
from integrations.port import Overloaded, PlatformTrouble
from tests.doubles.scripted import now, scripted

NOW = 1000.0


def fed(answers: int, calls: int) -> Hedge:
    """One that has seen so many answers, each of 0.1 s but for the slowest of ten, and earned from so many calls."""
    latency = Latency()
    for number in range(answers):
        latency.answered(1.0 if number % 10 == 0 else 0.1, NOW)
    hedge = Hedge(latency)
    for _ in range(calls):
        hedge.budget.earn()
    return hedge


def test_slow_is_slower_than_95_of_100() -> None:
    """As far as is known from enough answers."""
    assert fed(LEAST_ANSWERS, EVERY).after(NOW) == pytest.approx(1.0, rel=0.2)
    assert fed(LEAST_ANSWERS - 1, EVERY).after(NOW) is None


def test_an_empty_budget_is_no_second_call() -> None:
    """Then nobody waits for the moment either."""
    assert fed(LEAST_ANSWERS, EVERY - 1).after(NOW) is None


def test_what_is_slow_moves_with_the_platform() -> None:
    """Looked at once a second, since each look counts through all buckets."""
    latency = Latency()
    hedge = Hedge(latency)
    for _ in range(EVERY):
        hedge.budget.earn()
    for _ in range(100):
        latency.answered(0.1, NOW)
    assert hedge.after(NOW) == pytest.approx(0.1, rel=0.2)
    for _ in range(100):
        latency.answered(2.0, NOW)
    assert hedge.after(NOW + KEPT_S / 2) == pytest.approx(0.1, rel=0.2)
    assert hedge.after(NOW + KEPT_S) == pytest.approx(2.0, rel=0.2)


def test_a_platform_that_answers_at_once_is_not_asked_twice_for_a_moment() -> None:
    """What is a twentieth slower than a few milliseconds is not slow."""
    latency = Latency()
    hedge = Hedge(latency)
    for _ in range(100):
        hedge.budget.earn()
        latency.answered(0.002, NOW)
    assert hedge.after(NOW) == SOONEST_S


class Runners:
    """Calls that take as long as the test says, one after the other, and may fail."""

    def __init__(self, *plans: tuple[float, PlatformTrouble | None]) -> None:
        self._plans, self.begun, self.cancelled, self.spares = list(plans), 0, 0, 0

    async def attempt(self) -> int:
        number, self.begun = self.begun, self.begun + 1
        seconds, trouble = self._plans[number]
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if trouble:
            raise trouble
        return number

    def spare(self, free: bool = True) -> Callable[[], AbstractAsyncContextManager[bool]]:
        @asynccontextmanager
        async def spare() -> AsyncIterator[bool]:
            self.spares += 1
            try:
                yield free
            finally:
                self.spares -= 1

        return spare


BROKEN = Overloaded("x")


@pytest.mark.parametrize(
    ("plans", "winner", "seconds", "begun", "cancelled"),
    [
        ([(0.9, None), (9.0, None)], 0, 0.9, 1, 0),
        ([(5.0, None), (1.0, None)], 1, 2.0, 2, 1),
        ([(1.5, None), (1.0, None)], 0, 1.5, 2, 1),
        ([(1.5, BROKEN), (1.0, None)], 1, 2.0, 2, 0),
        ([(3.0, None), (1.0, BROKEN)], 0, 3.0, 2, 0),
    ],
    ids=["quick", "second wins", "first wins", "first fails", "second fails"],
)
def test_whichever_is_answered_first(plans: Any, winner: int, seconds: float, begun: int, cancelled: int) -> None:
    """The other is cancelled; one that fails is not an answer. The extra place is given back."""

    @scripted
    async def play() -> None:
        runners = Runners(*plans)
        assert await quickest(runners.attempt, 1.0, runners.spare()) == winner
        took = now()
        await asyncio.sleep(60)
        assert (took, runners.begun, runners.cancelled, runners.spares) == (
            pytest.approx(seconds),
            begun,
            cancelled,
            0,
        )

    play()


@scripted
async def test_both_fail() -> None:
    """Then it failed as the first one did, when the last of them has."""
    runners = Runners((2.0, BROKEN), (3.0, Overloaded("y")))
    with pytest.raises(Overloaded, match="x"):
        await quickest(runners.attempt, 1.0, runners.spare())
    assert (now(), runners.spares) == (pytest.approx(4.0), 0)


@scripted
async def test_a_quick_failure_is_a_failure() -> None:
    """It is the retry's business whether to try again."""
    runners = Runners((0.5, BROKEN))
    with pytest.raises(Overloaded):
        await quickest(runners.attempt, 1.0, runners.spare())
    assert runners.begun == 1


@scripted
async def test_without_a_spare_place_the_first_goes_on() -> None:
    """As if nothing were."""
    runners = Runners((5.0, None))
    assert await quickest(runners.attempt, 1.0, runners.spare(free=False)) == 0
    assert (now(), runners.begun) == (pytest.approx(5.0), 1)


@pytest.mark.parametrize(("hung_up", "calls"), [(0.5, 1), (1.5, 2)])
def test_whoever_hangs_up_ends_both(hung_up: float, calls: int) -> None:
    """None is left behind on the wire."""

    @scripted
    async def play() -> None:
        runners = Runners((5.0, None), (5.0, None))
        racing = asyncio.create_task(quickest(runners.attempt, 1.0, runners.spare()))
        await asyncio.sleep(hung_up)
        racing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await racing
        assert (runners.begun, runners.cancelled, runners.spares) == (calls, calls, 0)

    play()
