"""Whatever platforms say, in whatever order and however often: the real intake over a real store ends in the same index."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings

from domain.event import EventKind
from domain.ids import Noun
from domain.knowledge import Facts
from domain.page import Page
from domain.times import HOUR
from store.store import Store
from tests.databases import KINDS
from tests.doubles.knowledge import NOW, PLATFORM, Rows, Said, expected, histories, renamed, row
from tests.unit.resolvers.told import Told

pytestmark = pytest.mark.parametrize("engine", KINDS)

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


@given(histories(most=6))
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
async def test_no_row_is_told_or_pushed_twice(store: Store, history: tuple[list[Said], list[Said]]):
    """To one phone, of one row of a case and one kind: whatever the keys say that are unique in the database."""
    told = await _with_a_phone(store)
    for item in renamed(history[1], f"S{next(NUMBERS)}-"):
        await told.hear(_pushable(item))
    await _pushed(told)


async def test_a_result_that_comes_back_at_another_hour_is_pushed_once(store: Store):
    """It went, which is a quiet reopening, and came again: that is no second result."""
    told, number, accepted = await _with_a_phone(store), f"S{next(NUMBERS)}", row(1, EventKind.ACCEPTED, 0)
    results = [(), (row(3, EventKind.GRANTED, 1),), (), (row(3, EventKind.GRANTED, 2),)]
    for age, result in zip((9, 8, 7, 6), results, strict=True):
        content = ((number, Facts(number, "permit"), (accepted, *result)),)
        await told.hear(_pushable(Said(NOW - age * HOUR, content, listed=True)))
    assert [kind for _, kind, _ in await _pushed(told)] == [EventKind.GRANTED]
    assert len(await told.rows("notification")) == 2


async def _with_a_phone(store: Store) -> Told:
    told = await Told.about(store)
    await store.devices.register(told.grant, "app", "fcm", told.grant.party_id.hex, "en", NOW)
    return told


def _pushable(said: Said) -> Said:
    """The same, young enough for a phone; each row names itself, so that a notification shows its cause."""

    def young(rows: Rows) -> Rows:
        return tuple(replace(event, at=event.at + timedelta(days=5), detail=event.row) for event in rows)

    return replace(said, content=tuple((number, facts, young(rows)) for number, facts, rows in said.content))


async def _pushed(told: Told) -> list[tuple[UUID, EventKind, str]]:
    """Case, kind and cause of each delivery, of which none may be there twice; nor of the inbox, where the cause is known."""
    items, more = await told.store.notifications.page(told.grant, Page(100, None), None)
    causes = {item.id: (item.case_id, item.kind, str(item.arguments["detail"])) for item in items}
    known = [cause for cause in causes.values() if cause[2]]
    pushed = [causes[UUID(str(row["notification_id"]))] for row in await told.rows("delivery")]
    assert not more
    assert len(known) == len(set(known))
    assert len(pushed) == len(set(pushed))
    return pushed


async def _state(told: Told):
    party, notifications, cases = await asyncio.gather(told.party(), told.rows("notification"), told.rows("case_index"))
    return party, notifications, cases


def _check_step(before, after) -> None:
    (seq, _), old, _ = before
    (new_seq, unread), notifications, cases = after
    assert unread == len(notifications)
    assert new_seq >= seq
    changed = after[1:] != before[1:]
    assert not changed or new_seq > seq
    assert all(row["seq"] <= new_seq for row in [*notifications, *cases])
    assert {row["id"] for row in old} <= {row["id"] for row in notifications}
