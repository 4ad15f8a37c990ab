"""The same question is put once at a time over all processes; a process that died while asking holds up nobody for long."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from domain.identity import Identity, IdentityType
from domain.source import Reason
from integrations import gather as gathers
from integrations.gather import Gather, Question
from integrations.port import Answer, PlatformTrouble, Refused
from tests.contract.shared_world import Pair, two_processes
from tests.doubles.platform import MemoryPlatform
from tests.redis_servers import KINDS, RedisServers, redis_servers

WHO = Identity(IdentityType.RESIDENT, "number")


class Process:
    """A process that asks, and the platform as it sees it."""

    def __init__(self, claims: gathers.Claims) -> None:
        self.gather = Gather(lambda: 7, claims)
        self.platform = MemoryPlatform("asked")
        self.taken = 0
        self.failed = 0

    def question(self, party: Any) -> Question:
        return Question(party, "cases", self.platform, lambda asked: asked.cases(WHO), self._take, self._fail)

    async def ask(self, party: Any, seconds: float = 10.0) -> dict[str, Reason]:
        return await self.gather.ask([self.question(party)], asyncio.get_running_loop().time() + seconds)

    async def asks(self) -> None:
        """Returns once the platform was reached."""
        async with asyncio.timeout(10):
            while not self.platform.asked:
                await asyncio.sleep(0.01)

    async def _take(self, answer: Answer[Any]) -> None:
        self.taken += 1

    async def _fail(self, trouble: PlatformTrouble, sent: int) -> None:
        self.failed += 1


@pytest.fixture(params=KINDS)
async def servers(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RedisServers]:
    async with redis_servers(request.param, tmp_path) as servers:
        yield servers


@pytest.fixture
async def pair(servers: RedisServers) -> AsyncIterator[Pair]:
    async with two_processes(servers.url) as pair:
        yield pair


async def begun(pair: Pair, party: Any) -> tuple[Process, Process, "asyncio.Task[Any]"]:
    """Two processes; the first is asking about a party and gets no answer yet."""
    one, other = Process(pair.one.claims), Process(pair.other.claims)
    one.platform.open.clear()
    asking = asyncio.create_task(one.ask(party))
    await one.asks()
    return one, other, asking


@pytest.mark.parametrize("error", [None, Refused("no")])
async def test_the_second_process_waits_for_what_the_first_takes_in(pair: Pair, error: Exception | None):
    """Whatever came of it; and afterwards it asks anew."""
    party = uuid4()
    one, other, asking = await begun(pair, party)
    one.platform.error = error
    joining = asyncio.create_task(other.ask(party))
    done, _ = await asyncio.wait([joining], timeout=0.1)
    assert not done
    one.platform.open.set()
    assert (await asking, await joining) == ({}, {})
    assert (one.taken + one.failed, other.taken, other.platform.asked) == (1, 0, [])
    assert await other.ask(party) == {}
    assert other.taken == 1


async def test_another_partys_question_does_not_wait(pair: Pair):
    """Nobody is given another's answer, or has to wait for it."""
    one, other, asking = await begun(pair, uuid4())
    assert await other.ask(uuid4()) == {}
    assert other.taken == 1
    one.platform.open.set()
    await asking


async def test_the_deadline_ends_the_waiting_for_another_process_too(pair: Pair):
    """The slow one is named, and whoever waited is free."""
    party = uuid4()
    one, other, asking = await begun(pair, party)
    assert await other.ask(party, 0.05) == {"asked": Reason.TIMEOUT}
    one.platform.open.set()
    await asking
    assert await other.gather.drain(5) == 0
    assert (one.taken, other.taken) == (1, 0)


async def test_a_process_that_died_while_asking_holds_up_nobody(pair: Pair, monkeypatch: pytest.MonkeyPatch):
    """Its claim lapses, and whoever waits asks."""
    monkeypatch.setattr(gathers, "TAKING_IN_S", 0.2)
    party, other = uuid4(), Process(pair.other.claims)
    other.platform.timeout_s = 0.1
    assert await pair.one.claims.take(other.question(party).claim, 0.3)
    assert await other.ask(party) == {}
    assert other.taken == 1


async def test_one_that_is_told_to_stop_gives_its_question_up(pair: Pair):
    """At shutdown: whoever waits asks at once, and does not take it for done."""
    party = uuid4()
    one, other, asking = await begun(pair, party)
    joining = asyncio.create_task(other.ask(party))
    assert await one.gather.drain(0.1) == 1
    async with asyncio.timeout(5):
        assert await joining == {}
    assert (one.taken, other.taken) == (0, 1)
    await asking


async def test_without_redis_each_process_asks(servers: RedisServers, pair: Pair):
    """What was under way goes on; twice is better than never."""
    party = uuid4()
    one, other, asking = await begun(pair, party)
    await servers.kill()
    assert await other.ask(party) == {}
    assert other.taken == 1
    one.platform.open.set()
    assert await asking == {}
    assert one.taken == 1
