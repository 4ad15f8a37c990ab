"""Asking many platforms at once: the deadline ends the waiting, not the call; nothing is asked twice at a time."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain import turns
from domain.identity import Identity, IdentityType
from domain.source import Reason
from domain.turns import answering, rest
from integrations import gather as gather_module
from integrations.asker import READER, Asker, a_job
from integrations.gather import APART_S, QUESTIONS, Gather, Question
from integrations.port import Answer, PlatformTrouble, Refused
from store.shared.memory import MemoryClaims
from tests.doubles.platform import MemoryPlatform
from tests.resting import long_work

WHO = Identity(IdentityType.RESIDENT, "number")
PARTY = uuid4()


class Taker:
    """Who learns from what came."""

    def __init__(self) -> None:
        self.taken: list[Answer[Any]] = []
        self.failed: list[tuple[Reason, int]] = []
        self.fault: Exception | None = None

    def question(
        self, platform: MemoryPlatform, party: UUID = PARTY, noun: str = "cases", asker: Asker = READER
    ) -> Question:
        return Question(party, noun, platform, lambda asked: asked.cases(WHO, asker), self._take, self._fail, asker)

    async def _take(self, answer: Answer[Any]) -> None:
        if self.fault:
            raise self.fault
        self.taken.append(answer)

    async def _fail(self, trouble: PlatformTrouble, sent: int) -> None:
        if self.fault:
            raise self.fault
        self.failed.append((trouble.reason, sent))


def shut(code: str = "slow") -> MemoryPlatform:
    platform = MemoryPlatform(code)
    platform.open.clear()
    return platform


def soon(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def test_answers_are_taken_in_before_it_returns():
    """Of each platform asked; nobody is missing."""
    taker, gather = Taker(), Gather(lambda: 7, MemoryClaims())
    assert await gather.ask([taker.question(MemoryPlatform("a")), taker.question(MemoryPlatform("b"))], soon()) == {}
    assert len(taker.taken) == 2


async def test_no_question_is_no_wait():
    """Even with a deadline far away."""
    async with asyncio.timeout(1):
        assert await Gather(lambda: 7, MemoryClaims()).ask([], soon(60)) == {}


async def test_the_deadline_ends_the_waiting_and_not_the_call():
    """The slow one is named; its answer is taken in all the same when it comes."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    waited = await gather.ask([taker.question(slow), taker.question(MemoryPlatform("fast"))], soon(0.02))
    assert waited == {"slow": Reason.TIMEOUT}
    assert len(taker.taken) == 1
    slow.open.set()
    assert await gather.drain(5) == 0
    assert len(taker.taken) == 2
    assert slow.cancelled == 0


@pytest.mark.parametrize("slow_first", [True, False])
async def test_each_noun_of_a_platform_is_waited_for(slow_first: bool):
    """Whichever of them comes last; the platform is named as long as one is under way."""
    taker, gather, platform = Taker(), Gather(lambda: 7, MemoryClaims()), MemoryPlatform("one")
    slow = shut("one")
    both = [taker.question(slow), taker.question(platform, noun="licences")]
    questions = both if slow_first else both[::-1]
    assert await gather.ask(questions, soon(0.02)) == {"one": Reason.TIMEOUT}
    assert len(taker.taken) == 1
    asking = asyncio.create_task(gather.ask(questions, soon()))
    await asyncio.sleep(0)
    slow.open.set()
    assert await asking == {}
    assert len(taker.taken) == 3


@pytest.mark.parametrize("late", [0.0, -10.0])
async def test_a_deadline_that_is_over_still_puts_the_question(late: float):
    """Freshness for the next reader."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    assert await gather.ask([taker.question(slow)], soon(late)) == {"slow": Reason.TIMEOUT}
    slow.open.set()
    await gather.drain(5)
    assert len(taker.taken) == 1


async def test_the_same_question_is_asked_once_at_a_time():
    """Whoever asks it again joins; and when it is over it is asked anew."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    asking = [asyncio.create_task(gather.ask([taker.question(slow)], soon())) for _ in range(5)]
    await asyncio.sleep(0.01)
    slow.open.set()
    assert await asyncio.gather(*asking) == [{}] * 5
    assert (len(slow.asked), len(taker.taken)) == (1, 1)
    await gather.ask([taker.question(slow)], soon())
    assert len(slow.asked) == 2


async def test_the_same_question_is_not_put_again_at_once():
    """Whoever wants it meanwhile waits, and shares it: it is put after all of them asked. Nobody else waits for that."""
    taker, gather, platform = Taker(), Gather(lambda: 7, MemoryClaims()), MemoryPlatform("a")
    began = asyncio.get_running_loop().time()
    await gather.ask([taker.question(platform)], soon())
    again = [asyncio.create_task(gather.ask([taker.question(platform)], soon())) for _ in range(5)]
    await gather.ask([taker.question(platform, uuid4())], soon())
    assert not any(one.done() for one in again)
    assert await asyncio.gather(*again) == [{}] * 5
    assert asyncio.get_running_loop().time() - began >= APART_S
    assert len(platform.asked) == 3


async def test_those_whom_one_answer_has_waited_for_come_one_after_the_other(monkeypatch):
    """They have all the same to do: eight at once would keep everybody else waiting."""
    monkeypatch.setattr(turns, "LONGEST_S", 60.0)
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    asking = [asyncio.create_task(gather.ask([taker.question(slow)], soon())) for _ in range(5)]
    await asyncio.sleep(0.01)
    slow.open.set()
    done: list[int] = []
    while sum(done) < len(asking):
        await asyncio.sleep(0)
        done += [sum(one.done() for one in asking) - sum(done)]
    assert max(done) == 1
    assert not gather._waiting


async def test_whom_nothing_was_answered_goes_on_at_his_deadline(monkeypatch):
    """He has nothing to do that others have to do, too, and nothing is left of his time."""
    rests: list[int] = []

    async def rest() -> None:
        rests.append(1)

    monkeypatch.setattr(gather_module, "rest", rest)
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    asking = [
        gather.ask([taker.question(slow), taker.question(MemoryPlatform("a"), uuid4())], soon(0.02)) for _ in "ab"
    ]
    assert await asyncio.gather(*asking) == [{"slow": Reason.TIMEOUT}] * 2
    assert not rests
    slow.open.set()
    assert await asyncio.gather(*(gather.ask([taker.question(slow)], soon()) for _ in "ab")) == [{}] * 2
    assert rests


@pytest.mark.usefixtures("patient")
async def test_long_work_does_not_rest_for_one_who_waits_for_a_platform():
    """He waits himself."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()

    async def request() -> None:
        with answering():
            await gather.ask([taker.question(slow)], soon(60))

    waiting = asyncio.create_task(request())
    while not slow.asked:
        await asyncio.sleep(0)
    await asyncio.wait_for(rest(), 5)
    assert not waiting.done()
    slow.open.set()
    await asyncio.wait_for(waiting, 5)


@pytest.mark.usefixtures("patient")
async def test_taking_in_is_work_of_its_own():
    """It may rest, and long work rests on for whoever began it without waiting for it."""
    resting = asyncio.Event()

    async def take(_: Answer[Any]) -> None:
        resting.set()
        await rest()

    gather, end = Gather(lambda: 7, MemoryClaims()), asyncio.Event()
    question = replace(Taker().question(MemoryPlatform()), take=take)

    async def request() -> None:
        with answering():
            gather.start(question)
            await end.wait()

    waiting = asyncio.create_task(request())
    await resting.wait()
    async with long_work():
        end.set()
    await waiting
    assert await gather.drain(5) == 0


async def test_who_asks_now_and_then_does_not_wait():
    """Nothing is kept of a question that was put a while ago."""
    taker, gather, platform = Taker(), Gather(lambda: 7, MemoryClaims()), MemoryPlatform("a")
    await gather.ask([taker.question(platform)], soon())
    await asyncio.sleep(2 * APART_S)
    assert gather._resting == {}
    again = asyncio.create_task(gather.ask([taker.question(platform)], soon()))
    for _ in range(20):
        await asyncio.sleep(0)
    assert again.done()


async def test_a_reader_who_joins_a_job_has_it_hurry():
    """It is asked once, and from then on as for a reader; another job that joins changes nothing."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    gather.start(taker.question(slow, asker=a_job()))
    gather.start(taker.question(slow, asker=a_job()))
    await asyncio.sleep(0)
    assert [asker.reads for asker in slow.askers] == [False]
    reading = gather.start(taker.question(slow))
    assert [asker.reads for asker in slow.askers] == [True]
    slow.open.set()
    await reading
    assert len(slow.asked) == 1


async def test_other_parties_nouns_and_platforms_are_other_questions():
    """Coalescing never gives one party another's answer."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    for question in (taker.question(slow), taker.question(slow, uuid4()), taker.question(slow, noun="licences")):
        gather.start(question)
    slow.open.set()
    await gather.drain(5)
    assert len(slow.asked) == 3


async def test_one_who_leaves_takes_nobody_along():
    """A cancelled reader cancels its waiting and not the call that others joined."""
    taker, gather, slow = Taker(), Gather(lambda: 7, MemoryClaims()), shut()
    leaving = asyncio.create_task(gather.ask([taker.question(slow)], soon()))
    staying = asyncio.create_task(gather.ask([taker.question(slow)], soon()))
    await asyncio.sleep(0.01)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    slow.open.set()
    assert await staying == {}
    assert (slow.cancelled, len(taker.taken)) == (0, 1)


async def test_trouble_is_learned_of_with_the_date_of_the_question():
    """Not of its failure: a slow failure must not override what was learned meanwhile."""
    taker, platform = Taker(), MemoryPlatform()
    platform.error = Refused("no")
    times = iter((7, 99))
    assert await Gather(lambda: next(times), MemoryClaims()).ask([taker.question(platform)], soon()) == {}
    assert taker.failed == [(Reason.REFUSED, 7)]


ANYTHING = [None, Refused("no"), ValueError("a bug in a platform")]


@pytest.mark.parametrize("error", ANYTHING)
async def test_what_was_not_learned_is_not_said_to_be_done(error: Exception | None):
    """Another process that waits for it finds nothing in the database, and asks itself."""
    claims, slow = MemoryClaims(), shut("one")
    failing, other, platform = Taker(), Taker(), MemoryPlatform("one")
    failing.fault, slow.error = RuntimeError("a bug of ours"), error
    first = asyncio.create_task(Gather(lambda: 7, claims).ask([failing.question(slow)], soon()))
    while not slow.asked:
        await asyncio.sleep(0)
    second = asyncio.create_task(Gather(lambda: 7, claims).ask([other.question(platform)], soon()))
    await asyncio.sleep(0)
    assert not platform.asked
    slow.open.set()
    assert await asyncio.gather(first, second) == [{}, {}]
    assert (len(platform.asked), len(other.taken)) == (1, 1)


@pytest.mark.parametrize("error", ANYTHING)
async def test_a_fault_in_taking_in_escapes_nobody(error: Exception | None):
    """It is logged and counted; the readers go on with what is known."""
    taker, platform, gather = Taker(), MemoryPlatform(), Gather(lambda: 7, MemoryClaims())
    taker.fault, platform.error = RuntimeError("a bug of ours"), error
    assert await gather.ask([taker.question(platform)], soon()) == {}
    assert (taker.taken, taker.failed) == ([], [])
    assert await gather.drain(5) == 0


async def test_each_question_is_counted_by_how_it_ended():
    """Answered, the reason of its trouble, or a fault of ours."""
    for error, outcome in ((None, "answered"), (Refused("no"), "refused"), (KeyError("bug"), "fault")):
        platform = MemoryPlatform("counted")
        platform.error = error
        count = QUESTIONS.labels("counted", "cases", outcome)
        before = count._value.get()
        await Gather(lambda: 7, MemoryClaims()).ask([Taker().question(platform)], soon())
        assert count._value.get() == before + 1


async def test_drain_waits_then_ends_what_is_left():
    """And says how many; afterwards nothing is under way."""
    taker, gather, slow, stuck = Taker(), Gather(lambda: 7, MemoryClaims()), shut("slow"), shut("stuck")
    gather.start(taker.question(slow))
    gather.start(taker.question(stuck))
    asyncio.get_running_loop().call_later(0.01, slow.open.set)
    assert await gather.drain(0.1) == 1
    assert (slow.cancelled, stuck.cancelled, len(taker.taken)) == (0, 1, 1)
    assert await gather.drain(0.1) == 0
