"""Asking many platforms at once: each guarded, none asked twice at the same time, none waited for past the deadline.

The deadline ends the waiting and not the call (docs/adr/0020): a call runs on and its answer is taken in all the same, or a
slow platform would never be fresh. Not asked twice holds over all processes: who asks has a claim, and the others wait until it
is released, for then the answer stands in the database (docs/adr/0032).
"""

import asyncio
import logging
from collections import Counter as Counts
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from prometheus_client import Counter, Histogram

from domain.source import Reason
from domain.times import Micros
from domain.turns import apart, give_way, rest
from integrations.asker import READER, Asker
from integrations.port import Answer, BreakerOpen, Platform, PlatformTrouble

log = logging.getLogger(__name__)

QUESTIONS = Counter("tongban_platform_questions_total", "Questions put to platforms", ["platform", "noun", "outcome"])
SECONDS = Histogram("tongban_platform_question_seconds", "Duration of questions to platforms", ["platform", "noun"])

Key = tuple[UUID, str, str]
"""Of a question: party, noun and platform code."""

APART_S = 0.25
"""How long after a question the same one is put again at the soonest: whoever wants it meanwhile waits for that and shares it. An
app that asks in a loop would else keep its platform busy, and us."""
TAKING_IN_S = 10.0
"""How much longer than its platform's time limit a question may stay claimed: for taking the answer in."""


class Claims(Protocol):
    """What Gather needs in order not to ask what another process asks. store.shared.claims says what each does."""

    async def take(self, name: str, seconds: float) -> str | None: ...

    async def release(self, name: str, token: str, done: bool) -> None: ...

    async def wait(self, name: str, seconds: float) -> bool: ...


@dataclass(frozen=True)
class Question:
    """One question to one platform: how it is put, and who takes the answer in.

    `put(platform)` asks and may raise PlatformTrouble; `take(answer)` and `fail(trouble, sent)` learn from what came. `asker`:
    the one that `put` names to the platform.
    """

    party_id: UUID
    noun: str
    platform: Platform
    put: Callable[[Platform], Awaitable[Answer[Any]]] = field(repr=False)
    take: Callable[[Answer[Any]], Awaitable[None]] = field(repr=False)
    fail: Callable[[PlatformTrouble, Micros], Awaitable[None]] = field(repr=False)
    asker: Asker = READER

    @property
    def key(self) -> Key:
        return self.party_id, self.noun, self.platform.code

    @property
    def claim(self) -> str:
        """What it is called among processes."""
        return f"ask:{self.platform.code}:{self.noun}:{self.party_id.hex}"


class Gather:
    """Puts questions and keeps hold of those under way."""

    def __init__(self, clock: Callable[[], Micros], claims: Claims) -> None:
        self._clock = clock
        self._claims = claims
        self._under_way: dict[Key, asyncio.Task[None]] = {}
        self._askers: dict[Key, Asker] = {}
        self._resting: dict[Key, float] = {}
        self._waiting: Counts[Key] = Counts()

    def start(self, question: Question) -> "asyncio.Task[None]":
        """Puts a question without waiting; joins the same one if it is under way."""
        running = self._under_way.get(question.key)
        if running is None:
            running = asyncio.create_task(self._run(question), name=f"ask {question.platform.code} {question.noun}")
            self._under_way[question.key], self._askers[question.key] = running, question.asker
            running.add_done_callback(lambda _: self._forget(question))
        else:
            self._askers[question.key].joined_by(question.asker)
        return running

    def _forget(self, question: Question) -> None:
        del self._under_way[question.key], self._askers[question.key]

    async def ask(self, questions: Iterable[Question], deadline: float) -> dict[str, Reason]:
        """Puts questions and waits until all are taken in or the loop's clock reads `deadline`.

        Gives TIMEOUT by platform code for those of which any question is still under way.
        """
        tasks = {question.key: self.start(question) for question in questions}
        if tasks:
            await self._wait(tasks, deadline)
        return {code: Reason.TIMEOUT for (_, _, code), task in tasks.items() if not task.done()}

    async def _wait(self, tasks: Mapping[Key, "asyncio.Task[None]"], deadline: float) -> None:
        left = max(0.0, deadline - asyncio.get_running_loop().time())
        give_way()
        with self._counted(tasks):
            done, _ = await asyncio.wait(tasks.values(), timeout=left)
            if any(self._waiting[key] > 1 for key, task in tasks.items() if task in done):
                await rest()  # those who have waited for one answer come one after the other

    @contextmanager
    def _counted(self, keys: Iterable[Key]) -> Iterator[None]:
        self._waiting.update(keys := list(keys))
        try:
            yield
        finally:
            self._waiting.subtract(keys)
            for key in keys:
                if not self._waiting[key]:
                    del self._waiting[key]

    async def drain(self, seconds: float) -> int:
        """Waits for the questions under way, then ends those that are left; how many those were."""
        if not self._under_way:
            return 0
        _, left = await asyncio.wait(self._under_way.values(), timeout=seconds)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return len(left)

    async def _run(self, question: Question) -> None:
        """Puts a question, unless another process puts it already and says that it is done."""
        with apart():
            await self._rest(question.key)
            longest = question.platform.timeout_s + TAKING_IN_S
            while (token := await self._claims.take(question.claim, longest)) is None:
                if await self._claims.wait(question.claim, longest):
                    QUESTIONS.labels(question.platform.code, question.noun, "joined").inc()
                    return
            learned = False
            try:
                learned = await self._put(question)
            finally:
                await self._claims.release(question.claim, token, learned)

    async def _rest(self, key: Key) -> None:
        """Until it may be put again; and has that begin now."""
        loop = asyncio.get_running_loop()
        if (until := self._resting.pop(key, 0.0)) > loop.time():
            await asyncio.sleep(until - loop.time())
        self._resting[key] = loop.time() + APART_S
        loop.call_later(APART_S, self._awake, key)

    def _awake(self, key: Key) -> None:
        if self._resting.get(key, 0.0) <= asyncio.get_running_loop().time():
            self._resting.pop(key, None)

    async def _put(self, question: Question) -> bool:
        """Whether what came, an answer or trouble, was learned: then others find it in the database."""
        sent, platform = self._clock(), question.platform
        outcome, learned = "answered", True
        try:
            with SECONDS.labels(platform.code, question.noun).time():
                answer = await question.put(platform)
            await question.take(answer)
        except PlatformTrouble as trouble:
            outcome = trouble.reason.value
            # That a breaker opened was said when it did: not once more for each question since.
            level = logging.DEBUG if isinstance(trouble, BreakerOpen) else logging.WARNING
            log.log(
                *(level, "platform trouble"),
                extra={"platform": platform.code, "reason": outcome, "detail": trouble.detail},
            )
            learned = await self._learn_of(question, trouble, sent)
        except Exception:
            outcome, learned = "fault", False
            log.exception("an answer could not be taken in", extra={"platform": platform.code})
        QUESTIONS.labels(platform.code, question.noun, outcome).inc()
        return learned

    async def _learn_of(self, question: Question, trouble: PlatformTrouble, sent: Micros) -> bool:
        try:
            await question.fail(trouble, sent)
        except Exception:
            log.exception("a failed question could not be noted", extra={"platform": question.platform.code})
            return False
        return True
