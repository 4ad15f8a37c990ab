"""What is set aside, on both databases: which is listed, in which order, and without a body."""

import pytest

from domain.times import MINUTE, Micros
from store.events import EventState, KeptEvent
from store.gaps import note_gap
from store.set_aside import Act, Kind, Which, note_act
from store.store import Store
from tests.contract.store_world import NOW, SECRET

EVERYTHING = tuple(Kind)


def event(name: str, state: EventState, at: Micros = NOW, platform: str = "44", number: int | None = None) -> KeptEvent:
    place = {"series": "", "number": number} if number is not None else {}
    return KeptEvent(platform, name, "d" * 64, SECRET.encode(), at, state, "k" * 64, "a place is odd", **place)  # type: ignore[arg-type]


async def keep(store: Store, *events: KeptEvent) -> None:
    async with store.db.transaction() as session:
        for one in events:
            assert await store.events.add(session, one)


async def listed(store: Store, which: Which, most: int = 10) -> list[tuple[str, Kind]]:
    names = {str(one["id"]): one["event_id"] for one in await store.db.rows("SELECT id, event_id FROM platform_event")}
    return [(names[str(aside.id)], aside.kind) for aside in await store.set_aside.listed(which, most)]


@pytest.fixture
async def filled(store: Store) -> Store:
    """One of each state, of two platforms; the oldest is quarantined."""
    await keep(
        store,
        event("applied", EventState.APPLIED),
        event("failed", EventState.FAILED, NOW - MINUTE),
        event("quarantined", EventState.QUARANTINED, NOW - 2 * MINUTE),
        event("other", EventState.QUARANTINED, NOW, "33"),
        event("waiting", EventState.UNLINKED, NOW),
        event("dropped", EventState.DROPPED, NOW),
    )
    return store


async def test_the_oldest_first_and_nothing_that_was_applied(filled: Store) -> None:
    by_hand = Which((Kind.QUARANTINED, Kind.FAILED))
    assert [name for name, _ in await listed(filled, by_hand)] == ["quarantined", "failed", "other"]
    assert {name for name, _ in await listed(filled, Which(EVERYTHING))} == {
        *("quarantined", "failed", "other", "waiting", "dropped")
    }


async def test_by_platform_time_and_number(filled: Store) -> None:
    assert await listed(filled, Which(EVERYTHING, "33")) == [("other", Kind.QUARANTINED)]
    assert await listed(filled, Which((Kind.QUARANTINED, Kind.FAILED), "44", NOW - MINUTE)) == [("failed", Kind.FAILED)]
    assert await listed(filled, Which(EVERYTHING), 1) == [("quarantined", Kind.QUARANTINED)]
    assert await listed(filled, Which(EVERYTHING, "'; DROP TABLE party; --")) == []


async def test_it_is_read_on_where_it_ended(filled: Store) -> None:
    """Each is met once, also those of one moment."""
    met, after = [], None
    while found := await filled.set_aside.listed(Which(EVERYTHING), 2, after):
        met += [aside.id for aside in found]
        after = (found[-1].at, found[-1].id)
    assert (len(met), len(set(met))) == (5, 5)


async def test_it_is_counted(filled: Store) -> None:
    assert await filled.set_aside.counts() == {
        **{Kind.QUARANTINED: 2, Kind.FAILED: 1},
        **{Kind.WAITING: 1, Kind.DROPPED: 1},
    }


async def test_who_did_what_and_why_is_sealed(filled: Store) -> None:
    """And comes back in the order in which it was done."""
    one = event("failed", EventState.FAILED)
    acts = [Act("looked-at", NOW, "somebody", ""), Act("dropped", NOW + 1, "somebody", SECRET)]
    async with filled.db.transaction() as session:
        for act in acts[::-1]:
            await note_act(session, filled.sealer, one.id, act)
    assert await filled.set_aside.acts(one.id) == acts
    assert all(SECRET.encode() not in bytes(row["sealed"]) for row in await filled.db.rows("SELECT * FROM event_act"))


async def test_a_gap_is_noted_once_and_knows_what_is_below(store: Store) -> None:
    five = event("five", EventState.APPLIED, number=5)
    await keep(store, event("two", EventState.APPLIED, number=2), five)
    assert [
        (await store.events.known(event("new", EventState.UNLINKED, number=number))).after_gap for number in (3, 5, 6)
    ] == [*(False, True, False)]
    for _ in range(2):
        async with store.db.transaction() as session:
            await note_gap(session, five)
    assert await store.gaps.due(NOW - 1, 10) == []
    (gap,) = await store.gaps.due(NOW, 10)
    around = await store.gaps.around(gap)
    assert (around.filled, around.below) == (False, 2)
    await keep(store, event("four", EventState.APPLIED, number=4))
    assert (await store.gaps.around(gap)).filled
    await store.gaps.end(gap)
    assert await store.gaps.due(NOW, 10) == []
