"""Whatever platforms say, in whatever order and however often: the real intake over a real store ends in the same index."""

import asyncio
from itertools import count
from uuid import UUID

from hypothesis import HealthCheck, given, settings

from domain.ids import Noun
from store.store import Store
from tests.doubles.knowledge import NOW, PLATFORM, Said, expected, histories, renamed
from tests.unit.resolvers.told import Told

NUMBERS = count(1)
HOURS_72 = 72 * 3_600_000_000


@given(histories(most=6))
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_any_order_and_any_repetition_ends_in_the_same_index(
    store: Store, history: tuple[list[Said], list[Said]]
):
    """Live cases, their facts, events and standing, and which cases are retired, follow from what was said alone."""
    prefix = f"P{next(NUMBERS)}-"
    told = await Told.about(store)
    said = renamed(history[1], prefix)
    for item in said:
        await told.hear(item)
    wanted = expected(said)
    assert await told.visible(wanted) == wanted


@given(histories(most=6))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_what_is_told_is_told_once_counted_and_never_of_a_baseline(
    store: Store, history: tuple[list[Said], list[Said]]
):
    """After every step: no transition told twice, the unread count is right, the sequence grew with what it numbers,
    and a case first heard of is news only by an event younger than 72 hours."""
    told = await Told.about(store)
    before, heard = await _state(told), set[UUID]()
    for item in renamed(history[1], f"Q{next(NUMBERS)}-"):
        await told.hear(item)
        after = await _state(told)
        _check_step(before, after)
        baseline = item.listed or NOW - item.dated >= HOURS_72
        new = {
            store.sealer.native_id(Noun.CASE, PLATFORM, told.grant.party_id, number) for number, _, _ in item.content
        } - heard
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
