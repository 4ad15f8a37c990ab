"""Hearing goes on whatever fails."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest

from domain.caller import Grant
from resolvers.ears import Ears
from store.parties import Parties
from store.shared.memory import MemoryBus
from store.store import Store
from tests.contract.store_world import case, keep, party

WAIT_S = 10


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
