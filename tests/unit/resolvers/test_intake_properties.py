"""Whatever platforms say, in whatever order and however often: the real intake over a real store ends in the same index."""

import asyncio
from collections.abc import Mapping
from itertools import count
from uuid import UUID, uuid4

from hypothesis import HealthCheck, given, settings

from domain.caller import Grant, Ground, Party
from domain.identity import Identity, IdentityType
from domain.ids import Noun
from domain.page import Page
from integrations.port import Answer, PlatformEvent
from resolvers.intake import Intake
from store.store import Store
from tests.doubles.knowledge import NOW, PLATFORM, Said, Visible, expected, histories, renamed

NUMBERS = count(1)
HOURS_72 = 72 * 3_600_000_000


class Told:
    """One party, and an intake that was told some sayings about it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.intake = Intake(store, lambda: NOW, lambda: None)
        self.grant = Grant(uuid4(), Ground.OWN)

    async def hear(self, said: Said) -> None:
        if said.listed:
            answer = Answer(said.observations, said.dated, said.truncated)
            await self.intake.cases(self.grant.party_id, PLATFORM, answer)
            return
        event = PlatformEvent("e", said.dated, cases=said.observations)

        async def claim(_: object) -> bool:
            return True

        assert await self.intake.event(self.grant.party_id, PLATFORM, event, claim)

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


@given(histories(most=6))
@settings(
    max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_any_order_and_any_repetition_ends_in_the_same_index(
    store: Store, history: tuple[list[Said], list[Said]]
):
    """Live cases, their facts, events and standing, and which cases are retired, follow from what was said alone."""
    prefix = f"P{next(NUMBERS)}-"
    told = Told(store)
    await told.register()
    said = renamed(history[1], prefix)
    for item in said:
        await told.hear(item)
    wanted = expected(said)
    assert await told.visible(wanted) == wanted


@given(histories(most=6))
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_what_is_told_is_told_once_counted_and_never_of_a_baseline(
    store: Store, history: tuple[list[Said], list[Said]]
):
    """After every step: no transition told twice, the unread count is right, the sequence grew with what it numbers,
    and a case first heard of is news only by an event younger than 72 hours."""
    told = Told(store)
    await told.register()
    before, heard = await _state(told), set[UUID]()
    for item in renamed(history[1], f"Q{next(NUMBERS)}-"):
        await told.hear(item)
        after = await _state(told)
        _check_step(before, after)
        baseline = item.listed or NOW - item.dated >= HOURS_72
        new = {store.sealer.native_id(Noun.CASE, PLATFORM, number) for number, _, _ in item.content} - heard
        assert not (baseline and {UUID(str(row["case_id"])) for row in after[1]} & new)
        heard |= new
        before = after


async def _state(told: Told):
    party, notifications, cases = await asyncio.gather(told.party(), told.rows("notification"), told.rows("case_index"))
    return party, notifications, cases


def _check_step(before, after) -> None:
    (seq, _), old, _ = before
    (new_seq, unread), notifications, cases = after
    keys = [row["transition_key"] for row in notifications]
    assert len(keys) == len(set(keys))
    assert unread == len(notifications)
    assert new_seq >= seq
    changed = after[1:] != before[1:]
    assert not changed or new_seq > seq
    assert all(row["seq"] <= new_seq for row in [*notifications, *cases])
    assert {row["id"] for row in old} <= {row["id"] for row in notifications}
