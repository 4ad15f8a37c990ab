"""One party, and an intake over a real store that is told about it."""

from collections.abc import Mapping
from uuid import uuid4

from domain.caller import Grant, Ground, Party
from domain.identity import Identity, IdentityType
from domain.page import Page
from domain.source import Terms
from domain.times import HOUR, MINUTE
from integrations.port import Answer, PlatformEvent
from resolvers.intake import Intake
from store.shared.memory import MemoryBus
from store.store import Store
from tests.doubles.knowledge import NOW, PLATFORM, Said, Visible

TERMS = Terms(MINUTE, HOUR)


class Told:
    """One party, and an intake that was told some sayings about it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.intake = Intake(store, lambda: NOW, MemoryBus())
        self.grant = Grant(uuid4(), Ground.OWN)

    async def hear(self, said: Said) -> None:
        if said.listed:
            answer = Answer(said.observations, said.dated, said.truncated)
            await self.intake.cases(self.grant.party_id, PLATFORM, answer, TERMS)
            return
        await self.apply(PlatformEvent("e", said.dated, cases=said.observations))

    async def apply(self, event: PlatformEvent) -> None:
        async def claim(_: object) -> bool:
            return True

        assert await self.intake.event(self.grant.party_id, PLATFORM, event, claim)

    @classmethod
    async def about(cls, store: Store) -> "Told":
        """Told of a party that is there."""
        told = cls(store)
        await told.register()
        return told

    async def register(self) -> None:
        identity = Identity(IdentityType.RESIDENT, self.grant.party_id.hex)
        party = Party(self.grant.party_id, self.store.sealer.person_key(identity), "", identity)
        assert await self.store.parties.register(party, NOW)

    async def visible(self, numbers: Mapping[str, object]) -> Mapping[str, Visible | None]:
        items, more = await self.store.cases.page(self.grant, Page(100, None), None)
        assert not more
        found = {case.facts.number: Visible(case.facts, case.events, case.standing) for case in items}
        assert found.keys() <= numbers.keys()
        return {number: found.get(number) for number in numbers}

    async def party(self) -> tuple[int, int]:
        """Sequence and unread count."""
        row = await self.store.db.row("SELECT seq, unread FROM party WHERE id = $1", self.grant.party_id)
        assert row is not None
        return row["seq"], row["unread"]

    async def rows(self, table: str) -> list[Mapping[str, object]]:
        return await self.store.db.rows(f"SELECT * FROM {table} WHERE party_id = $1", self.grant.party_id)
