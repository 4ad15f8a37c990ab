"""Receiving and linking over a real store: what waits, what is given up on, and who is right when two come at once."""

import asyncio
import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from domain.caller import Party
from domain.identity import Identity, IdentityType
from integrations.port import Envelope, NoEvents, NotParsable, PlatformEvent
from integrations.registry import Registry
from resolvers.events import Receipt, Reception
from resolvers.intake import Intake
from resolvers.linking import link_all
from store.database import StoreRefused
from store.events import Events, EventState, KeptEvent, Known
from store.shared.memory import MemoryBus
from store.store import Store
from tests.databases import KINDS
from tests.doubles.knowledge import NOW
from tests.doubles.platform import MemoryPlatform

pytestmark = pytest.mark.parametrize("engine", KINDS)

PERSON = Identity(IdentityType.RESIDENT, "440106199203170001")


class Sender(MemoryPlatform):
    """Events are JSON: `id`, and `who` it is about. `problem` is what is wrong with every one of them from now on; `read_as`
    about whom they are by today's description.
    """

    problem = ""
    read_as: Identity | None = None

    def read_event(self, body: bytes, received: int) -> PlatformEvent:
        if self.problem == "not-parsable":
            raise NotParsable("not JSON any more")
        said = json.loads(body)
        who = Identity(IdentityType.RESIDENT, said["who"]) if "who" in said and not self.problem else None
        return PlatformEvent(
            said["id"],
            received,
            (who and self.read_as) or who,
            problem=self.problem or ("" if who else "who is missing"),
        )


class Desk:
    """A reception with one connected platform, and a person who may be there."""

    def __init__(self, store: Store) -> None:
        self.store, self.sender = store, Sender("44")
        self.reception = Reception(store, Registry({}, {"44": self.sender}), Intake(store, lambda: NOW, MemoryBus()))

    async def arrive(self) -> None:
        sealer = self.store.sealer
        party = Party(sealer.party_id(PERSON), sealer.person_key(PERSON), "", PERSON)
        assert await self.store.parties.register(party, NOW)

    async def link(self) -> int:
        """What the job does; how many wait on."""
        return await link_all(self.reception, self.store.sealer.party_id(PERSON))

    async def receive(self, at: int = NOW, **said: str) -> Receipt:
        body = json.dumps({"id": "e1", "who": PERSON.number} | said).encode()
        return await self.reception.receive("44", {}, body, at)

    async def add(self, event: KeptEvent) -> None:
        async with self.store.db.transaction() as session:
            assert await self.store.events.add(session, event)

    def event(self, event_id: str, platform: str = "44") -> KeptEvent:
        body = json.dumps({"id": event_id, "who": PERSON.number}).encode()
        key = self.store.sealer.person_key(PERSON)
        return KeptEvent(platform, event_id, "d" * 64, body, NOW, EventState.UNLINKED, key)

    async def kept(self) -> Mapping[str, tuple[str, str]]:
        """State and problem by event id."""
        rows = await self.store.db.rows("SELECT event_id, state, problem FROM platform_event")
        return {row["event_id"]: (row["state"], row["problem"]) for row in rows}


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.mark.parametrize("problem", ["CASE is missing", "not-parsable"])
async def test_what_can_no_longer_be_read_goes_to_quarantine(desk: Desk, problem: str):
    """It was readable when it came, and the description changed since: it must not pass for applied."""
    assert await desk.receive() is Receipt.UNLINKED
    desk.sender.problem = problem
    await desk.arrive()
    assert await desk.link() == 0
    assert await desk.kept() == {"e1": ("quarantined", problem)}
    desk.sender.problem = ""
    assert await desk.link() == 0
    assert await desk.kept() == {"e1": ("quarantined", problem)}


async def test_what_is_readable_is_linked_beside_what_is_not(desk: Desk):
    """One event in quarantine keeps no other waiting."""
    await desk.add(replace(desk.event("bad"), body=b'{"id": "bad"}', received=NOW - 1))
    await desk.add(desk.event("good"))
    await desk.arrive()
    assert await desk.link() == 0
    assert await desk.kept() == {"bad": ("quarantined", "who is missing"), "good": ("applied", "")}


@pytest.fixture
def together(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two requests look for an event's id before either of them writes."""
    look, barrier, looked = Events.known, asyncio.Barrier(2), iter(range(2))

    async def known(self: Events, event: KeptEvent) -> Known:
        found = await look(self, event)
        if next(looked, None) is not None:
            await barrier.wait()
        return found

    monkeypatch.setattr(Events, "known", known)


@pytest.mark.parametrize(
    ("there", "problem", "first"),
    [(True, "", Receipt.APPLIED), (False, "", Receipt.UNLINKED), (True, "odd", Receipt.QUARANTINED)],
    ids=["known", "unknown", "unreadable"],
)
@pytest.mark.parametrize(("more", "second"), [("other", Receipt.CONFLICT), ("same", Receipt.DUPLICATE)])
@pytest.mark.usefixtures("together")
async def test_two_bodies_under_one_id_at_once_are_a_conflict(
    desk: Desk, there: bool, problem: str, first: Receipt, more: str, second: Receipt
):
    """Whoever wrote first is kept; the other is told so, and not that its event was taken."""
    desk.sender.problem = problem
    if there:
        await desk.arrive()
    receipts = await asyncio.gather(desk.receive(more="same"), desk.receive(more=more))
    assert sorted(receipts) == sorted([first, second])
    assert len(await desk.kept()) == 1


async def test_the_digest_of_a_body_is_keyed(desk: Desk):
    """A body is guessed from few facts: whoever reads the column must not be able to try."""
    body = json.dumps({"id": "e1", "who": PERSON.number}).encode()
    await desk.receive()
    digest = await desk.store.events.digest("44", "e1")
    assert digest == desk.store.sealer.hash("event", hashlib.sha256(body).hexdigest())


async def test_a_platform_that_pushes_nothing_is_not_known_at_the_door(store: Store):
    """Whoever posts in its name is told the same as for a platform that there is not; nothing is kept."""

    class Silent(MemoryPlatform):
        def open_event(self, envelope: Envelope) -> PlatformEvent:
            raise NoEvents("it is polled")

    reception = Reception(store, Registry({}, {"31": Silent("31")}), Intake(store, lambda: NOW, MemoryBus()))
    assert await reception.receive("31", {}, b"{}", NOW) is Receipt.UNKNOWN_PLATFORM
    assert await store.db.rows("SELECT event_id FROM platform_event") == []


class Broken(Intake):
    """A defect of ours in taking in whatever is about the platform's event `bad`."""

    error: Exception = KeyError("a name 张三")

    async def event(self, party_id: UUID, platform: str, event: PlatformEvent, claim: Any) -> bool:
        if event.event_id == "bad":
            raise self.error
        return await super().event(party_id, platform, event, claim)


@pytest.fixture
def broken(store: Store) -> Desk:
    desk = Desk(store)
    desk.reception = replace(desk.reception, intake=Broken(store, lambda: NOW, MemoryBus()))
    return desk


async def test_what_we_cannot_take_in_is_kept_tried_again_and_set_aside(broken: Desk, caplog: pytest.LogCaptureFixture):
    """Its platform need not send it again; after a second try it waits for an operator, and is in nobody's way."""
    await broken.arrive()
    assert await broken.receive(id="bad") is Receipt.KEPT
    assert await broken.receive(id="bad") is Receipt.DUPLICATE
    assert (await broken.kept())["bad"] == ("unlinked", "KeyError")
    await broken.add(broken.event("good"))
    assert await broken.link() == 0
    assert await broken.kept() == {"bad": ("failed", "KeyError"), "good": ("applied", "")}
    assert await broken.link() == 0
    assert all("张三" not in record.getMessage() for record in caplog.records)


async def test_an_event_that_another_took_in_leaves_no_trace(desk: Desk):
    """Not even a number of the party's sequence: who listens would look for what is not there."""
    await desk.arrive()
    assert await desk.receive() is Receipt.APPLIED
    before = await desk.store.db.rows("SELECT seq FROM party")

    async def claim(_: object) -> bool:
        return False

    event = PlatformEvent("e1", NOW, PERSON)
    party_id = desk.store.sealer.party_id(PERSON)
    assert not await desk.reception.intake.event(party_id, "44", event, claim)
    assert await desk.store.db.rows("SELECT seq FROM party") == before


async def test_a_row_that_the_database_refuses_is_in_nobodys_way(broken: Desk):
    """It is a fault of ours, like any other: the database is there, and would say the same to the next try."""
    vars(broken.reception.intake)["error"] = StoreRefused("a column is too short")
    await broken.arrive()
    assert await broken.receive(id="bad") is Receipt.KEPT
    await broken.add(broken.event("good"))
    assert await broken.link() == 0
    assert await broken.kept() == {"bad": ("failed", "StoreRefused"), "good": ("applied", "")}
