"""The look at the database: what a lost hint costs is counted in its turns, and in no real time."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import UUID, uuid4

import pytest

from domain.caller import Grant, Ground
from resolvers import ears as module
from resolvers.ears import LOOK_S, MOST_AT_ONCE, Ear, Ears
from store.database import StoreUnavailable
from store.shared.memory import MemoryBus


class Turns:
    """Time that passes only when the test says so."""

    def __init__(self) -> None:
        self._sleeping: list[tuple[float, asyncio.Future[None]]] = []
        self._now = 0.0

    async def sleep(self, seconds: float) -> None:
        wake = asyncio.get_running_loop().create_future()
        self._sleeping.append((self._now + seconds, wake))
        await wake

    async def pass_by(self, seconds: float) -> None:
        """Lets time pass, and everybody do what they do then."""
        await settle()
        self._now += seconds
        due = [wake for at, wake in self._sleeping if at <= self._now and not wake.done()]
        self._sleeping = [(at, wake) for at, wake in self._sleeping if at > self._now]
        for wake in due:
            wake.set_result(None)
        await settle()


class Sequences:
    """What the store has of each party, and how it was asked."""

    def __init__(self) -> None:
        self.of: dict[UUID, int] = {}
        self.asked: list[int] = []
        self.away = False

    async def seqs(self, grants: Sequence[Grant]) -> dict[UUID, int]:
        self.asked.append(len(grants))
        if self.away:
            raise StoreUnavailable("away")
        return {grant.party_id: self.of[grant.party_id] for grant in grants if grant.party_id in self.of}


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Turns:
    turns = Turns()

    class Patient:
        """asyncio as the room sees it, with our time in it."""

        sleep = staticmethod(turns.sleep)

        def __getattr__(self, name: str) -> object:
            return getattr(asyncio, name)

    monkeypatch.setattr(module, "asyncio", Patient())
    return turns


@asynccontextmanager
async def at(ears: Ears, sequences: Sequences, party_id: UUID) -> AsyncIterator[Ear]:
    """Somebody who listens, and has read the sequence."""
    async with ears.at(Grant(party_id, Ground.OWN)) as ear:
        ear.seen(sequences.of[party_id])
        yield ear


async def test_what_nobody_hints_at_is_found_by_the_next_look(turns: Turns):
    """As when the node of a Cluster that has the topic is dead: within LOOK_S, once for each change."""
    party, sequences = uuid4(), Sequences()
    sequences.of[party] = 7
    async with at(Ears(MemoryBus(), sequences), sequences, party) as ear:
        moved = ear.moved
        sequences.of[party] = 8
        await turns.pass_by(LOOK_S - 0.1)
        assert not moved.is_set()
        await turns.pass_by(0.1)
        assert moved.is_set()
        moved = ear.moved
        await turns.pass_by(LOOK_S)
        assert not moved.is_set(), "nothing more changed"
        sequences.of[party] = 9
        await turns.pass_by(LOOK_S)
        assert moved.is_set()


async def test_one_look_is_about_everybody(turns: Turns):
    """So many parties a statement; whose sequence stands is not woken."""
    sequences, many = Sequences(), 2 * MOST_AT_ONCE + 1
    sequences.of = {uuid4(): 1 for _ in range(many)}
    ears, parties = Ears(MemoryBus(), sequences), list(sequences.of)
    async with AsyncExitStack() as stack:
        moved = {one: (await stack.enter_async_context(at(ears, sequences, one))).moved for one in parties}
        changed = {parties[0], parties[MOST_AT_ONCE], parties[-1]}
        sequences.of |= dict.fromkeys(changed, 2)
        await turns.pass_by(LOOK_S)
    assert {one for one, event in moved.items() if event.is_set()} == changed
    assert sequences.asked == [MOST_AT_ONCE, MOST_AT_ONCE, 1]


async def test_a_look_that_fails_is_made_again(turns: Turns):
    """A store that is away ends no listening."""
    party, sequences = uuid4(), Sequences()
    sequences.of[party] = 1
    async with at(Ears(MemoryBus(), sequences), sequences, party) as ear:
        moved, sequences.of[party], sequences.away = ear.moved, 2, True
        await turns.pass_by(LOOK_S)
        assert (moved.is_set(), sequences.asked) == (False, [1])
        sequences.away = False
        await turns.pass_by(LOOK_S)
        assert moved.is_set()


async def test_nobody_who_listens_is_nobody_who_looks(turns: Turns):
    """And whoever comes later is looked for again."""
    party, sequences = uuid4(), Sequences()
    sequences.of[party] = 1
    ears = Ears(MemoryBus(), sequences)
    for looks in (1, 2):
        async with at(ears, sequences, party):
            await turns.pass_by(LOOK_S)
        await turns.pass_by(10 * LOOK_S)
        assert len(sequences.asked) == looks
