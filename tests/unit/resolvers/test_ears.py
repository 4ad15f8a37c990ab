"""Hearing goes on whatever fails, and many that are hinted at once cost a few statements."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.caller import Grant, Ground
from resolvers.ears import MOST_AT_ONCE, Ear, Ears
from store.parties import Parties
from store.shared.bus import changes_of
from store.shared.memory import MemoryBus
from store.store import Store
from tests.contract.store_world import case, keep, party

WAIT_S = 10


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Of how many parties each look was."""
    sizes, inner = list[int](), Parties.seqs

    async def counted(self: Parties, grants: Collection[Grant]) -> dict[UUID, int]:
        sizes.append(len(grants))
        return await inner(self, grants)

    monkeypatch.setattr(Parties, "seqs", counted)
    return sizes


class Falling:
    """A bus at which nobody can listen the first time, and an ear that breaks the second time."""

    def __init__(self) -> None:
        self._inner, self.tried, self.heard = MemoryBus(), 0, asyncio.Event()

    async def tell(self, topic: str) -> None:
        await self._inner.tell(topic)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Any]:
        self.tried += 1
        if self.tried == 1:
            raise RuntimeError("a defect before it is open")
        async with self._inner.listen(topic) as ear:
            if self.tried == 2:
                raise RuntimeError("a defect while it is open")
            self.heard.set()
            yield ear


async def test_a_look_that_fails_is_not_the_last(store: Store, monkeypatch: pytest.MonkeyPatch):
    """Whatever it failed by, the next one finds what changed without a hint."""
    grant, tried, inner = await party(store), 0, Parties.seqs

    async def failing(self: Parties, grants: Collection[Grant]) -> dict[UUID, int]:
        nonlocal tried
        tried += 1
        if tried == 1:
            raise ValueError("a defect")
        return await inner(self, grants)

    monkeypatch.setattr(Parties, "seqs", failing)
    async with asyncio.timeout(WAIT_S), Ears(MemoryBus(), store.parties, 0.01).at(grant) as ear:
        ear.seen(await store.parties.seq(grant))
        moved = ear.moved
        await keep(store, grant, case())
        await moved.wait()
    assert tried > 1


async def test_an_ear_that_fails_is_opened_again(store: Store):
    """Nobody hangs meanwhile: what is not hinted at is found by looking."""
    grant, bus = await party(store), Falling()
    async with asyncio.timeout(WAIT_S), Ears(bus, store.parties, 0.01).at(grant):
        assert bus.tried == 1
        await bus.heard.wait()


async def test_many_hints_at_once_are_one_look(store: Store, looks: list[int]):
    """When Redis is back everybody is hinted: who did not change stays asleep."""
    grant, bus = await party(store), MemoryBus()
    seen = await store.parties.seq(grant)
    still = [await party(store), *(Grant(uuid4(), Ground.SYSTEM, "idle") for _ in range(MOST_AT_ONCE))]
    ears = Ears(bus, store.parties, 60)
    async with asyncio.timeout(WAIT_S), AsyncExitStack() as stack:
        asleep: list[Ear] = [await stack.enter_async_context(ears.at(one)) for one in still]
        ear = await stack.enter_async_context(ears.at(grant))
        for one in [ear, *asleep]:
            one.seen(seen)
        moved, others = ear.moved, [one.moved for one in asleep]
        await keep(store, grant, case())
        for one in [*still, grant]:
            await bus.tell(changes_of(one.party_id))
        await moved.wait()
    assert sum(looks) == len(still) + 1
    assert len(looks) == 2
    assert not any(one.is_set() for one in others)
