"""Replaying over a real store: idempotent, honest about each event, and never half done."""

import json
from uuid import UUID

import pytest

from domain.caller import Party
from domain.identity import Identity, IdentityType
from domain.job import JobKind
from domain.source import Reason
from integrations.port import PlatformEvent
from integrations.registry import Registry
from resolvers.events import Receipt, Reception
from resolvers.intake import Intake
from resolvers.linking import link_all
from resolvers.replay import Fate, Replay
from store.events import EventState, KeptEvent
from store.sealing import Sealer
from store.set_aside import Act, Kind, SetAside, Which
from store.shared.memory import MemoryBus
from store.store import Store, store_of
from tests.doubles.knowledge import NOW
from tests.doubles.platform import MemoryPlatform

PERSON = Identity(IdentityType.RESIDENT, "440106199203170001")
ALL = Which((Kind.QUARANTINED, Kind.FAILED))


class Sender(MemoryPlatform):
    """Events are JSON: `id`, and who it is about. While `drifted` nothing is readable, not even the id."""

    drifted = False

    def read_event(self, body: bytes, received: int, lag: int = 0) -> PlatformEvent:
        said = json.loads(body)
        if self.drifted:
            return PlatformEvent("", received, problem="id is not a text")
        return PlatformEvent(said["id"], received, PERSON)


class Desk:
    def __init__(self, store: Store) -> None:
        self.store, self.sender = store, Sender("44")
        intake = Intake(store, lambda: NOW, MemoryBus())
        self.reception = Reception(store, Registry({}, {"44": self.sender}), intake)
        self.replay = Replay(self.reception, lambda: NOW)

    async def arrive(self) -> None:
        sealer = self.store.sealer
        party = Party(sealer.party_id(PERSON), sealer.person_key(PERSON), "", PERSON)
        assert await self.store.parties.register(party, NOW)

    async def receive(self, event_id: str, more: str = "", at: int = NOW) -> Receipt:
        return await self.reception.receive("44", {}, json.dumps({"id": event_id, "more": more}).encode(), at)

    async def fates(self, dry: bool = False) -> list[Fate]:
        return [item.fate async for item in self.replay.all(ALL, dry)]

    async def states(self) -> dict[str, str]:
        rows = await self.store.db.rows("SELECT event_id, state FROM platform_event")
        return {row["event_id"]: row["state"] for row in rows}


@pytest.fixture
async def desk(store: Store) -> Desk:
    """An event in quarantine of which not even the id could be read, and a description that is right by now."""
    desk = Desk(store)
    desk.sender.drifted = True
    assert await desk.receive("e1") is Receipt.QUARANTINED
    desk.sender.drifted = False
    return desk


async def test_it_is_taken_in_under_its_right_id(desk: Desk) -> None:
    """So that it is known when its platform sends it again."""
    await desk.arrive()
    assert await desk.fates() == [Fate.TAKEN_IN]
    assert await desk.states() == {"e1": "applied"}
    assert await desk.receive("e1") is Receipt.DUPLICATE
    assert await desk.fates() == []


async def test_a_dry_run_changes_nothing(desk: Desk) -> None:
    await desk.arrive()
    before = await desk.store.db.rows("SELECT * FROM platform_event")
    assert await desk.fates(dry=True) == [Fate.TAKEN_IN]
    assert await desk.store.db.rows("SELECT * FROM platform_event") == before


async def test_it_came_again_and_was_taken_in_meanwhile(desk: Desk) -> None:
    """Then there is nothing to do, and it is no longer listed."""
    await desk.arrive()
    assert await desk.receive("e1") is Receipt.APPLIED
    assert await desk.fates() == [Fate.DUPLICATE]
    assert await desk.fates() == []


async def test_another_body_came_under_its_id(desk: Desk) -> None:
    """Somebody must ask the platform; both are kept."""
    await desk.arrive()
    assert await desk.receive("e1", "other") is Receipt.APPLIED
    assert await desk.fates() == [Fate.CONFLICT]
    assert sorted((await desk.states()).values()) == ["applied", "quarantined"]


async def test_nobody_is_there_yet(desk: Desk) -> None:
    """It waits for its citizen, and is linked when they come."""
    assert await desk.fates() == [Fate.WAITING]
    await desk.arrive()
    assert await link_all(desk.reception, desk.store.sealer.party_id(PERSON)) == 0
    assert await desk.states() == {"e1": "applied"}


async def test_two_replay_the_same_at_once(desk: Desk) -> None:
    """The second finds that the first did, and undoes what it had written."""
    await desk.arrive()
    (aside,) = await desk.store.set_aside.listed(ALL, 10)
    kept = await desk.store.set_aside.event(aside.id)
    assert kept
    event = desk.reception.read(desk.sender, kept)
    party = desk.store.sealer.party_id(PERSON)
    assert await desk.reception.take_in(party, kept, event)
    assert not await desk.reception.take_in(party, kept, event)
    assert await desk.states() == {"e1": "applied"}


@pytest.mark.parametrize("there", [True, False])
async def test_one_that_another_dropped_meanwhile_is_not_kept_twice(
    desk: Desk, there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look of a replay and its write: what it had written under the right id is undone."""
    if there:
        await desk.arrive()
    (aside,) = await desk.store.set_aside.listed(ALL, 10)
    look = SetAside.event

    async def event(self: SetAside, row_id: UUID) -> KeptEvent | None:
        found = await look(self, row_id)
        monkeypatch.undo()
        assert await desk.replay.drop(row_id, Act("dropped", NOW, "somebody", "theirs to mend"))
        return found

    monkeypatch.setattr(SetAside, "event", event)
    assert (await desk.replay.one(aside.id, False)).fate is Fate.DUPLICATE
    assert list((await desk.states()).values()) == ["dropped"]


async def test_one_that_does_not_open_is_said_and_passed_over(desk: Desk) -> None:
    """Its key is gone; the others are taken in."""
    await desk.arrive()
    other = Sealer({"lost": bytes(32)}, "lost", desk.store.sealer.hash_key, desk.store.sealer.entropy)
    lost = Desk(store_of(desk.store.db, other))
    lost.sender.drifted = True
    await lost.receive("e0", at=NOW - 1)
    assert await desk.fates() == [Fate.SEALED, Fate.TAKEN_IN]


async def test_what_was_dropped_is_kept_with_its_reason_and_can_be_replayed(desk: Desk) -> None:
    """By its id only; a replay of everything leaves it alone."""
    await desk.arrive()
    (aside,) = await desk.store.set_aside.listed(ALL, 10)
    assert await desk.replay.drop(aside.id, Act("dropped", NOW, "somebody", "theirs to mend"))
    assert not await desk.replay.drop(aside.id, Act("dropped", NOW + 1, "somebody", "again"))
    assert await desk.fates() == []
    looked = await desk.replay.look(aside.id)
    assert looked and looked.kept and looked.kept.state is EventState.DROPPED
    assert [act.reason for act in looked.acts] == ["theirs to mend"]
    assert (await desk.replay.one(aside.id, False)).fate is Fate.TAKEN_IN


async def test_more_than_a_batch_is_replayed_once_each(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Though some stay where they are: those that still cannot be read are not met twice."""
    monkeypatch.setattr("resolvers.replay.BATCH", 2)
    await desk.arrive()
    desk.sender.drifted = True
    for number in range(2, 6):
        await desk.receive(f"e{number}")
    assert await desk.fates() == [Fate.UNREADABLE] * 5
    desk.sender.drifted = False
    assert await desk.fates() == [Fate.TAKEN_IN] * 5


async def test_a_question_that_was_given_up_is_put_again(desk: Desk) -> None:
    """It is listed only while nothing waits to ask, and a replay has it asked."""
    await desk.arrive()
    party, which = desk.store.sealer.party_id(PERSON), Which((Kind.UNANSWERED,))
    await desk.store.contacts.fail(party, "cases", "44", NOW, Reason.TIMEOUT)
    assert await desk.store.set_aside.listed(which, 10) == []
    await desk.store.db.rows("UPDATE contact SET missed_us = $1", NOW)
    (aside,) = await desk.store.set_aside.listed(which, 10)
    assert (aside.kind, aside.problem) == (Kind.UNANSWERED, "timeout")
    assert (await desk.replay.one(aside.id, True)).fate is Fate.ASKED
    assert await desk.store.jobs.longest_due(JobKind.CATCH_UP) is None
    assert (await desk.replay.one(aside.id, False)).fate is Fate.ASKED
    assert await desk.store.jobs.longest_due(JobKind.CATCH_UP) == NOW
    assert await desk.store.set_aside.listed(which, 10) == []
