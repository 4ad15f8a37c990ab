"""What readers rely on of every noun that is kept, on each database: pages without gaps, and no row of anybody else."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from tortoise.models import Model

from domain.caller import Grant, Ground
from domain.event import EventKind, Outcome, Stage
from domain.page import Page, Place
from domain.times import SECOND
from domain.turns import AT_ONCE
from store.database import uuid_of
from store.parties import advance
from store.store import Store
from tests.contract.store_world import NOW, SECRET, case, keep, licence, news, party, person
from tests.resting import comes_to_rest

Rows = tuple[list[UUID], bool]
Pager = Callable[[Store, Grant, Page], Awaitable[tuple[list[object], bool]]]

NOUNS = {
    "cases": (case, lambda store, grant, page: store.cases.page(grant, page, None), "updated"),
    "licences": (licence, lambda store, grant, page: store.licences.page(grant, page), "updated"),
    "notifications": (news, lambda store, grant, page: store.notifications.page(grant, page, None), "created"),
}


@pytest.mark.parametrize("noun", NOUNS)
async def test_pages_have_no_gap_and_no_duplicate(store: Store, noun: str):
    """Newest first, under equal times too, whatever the page size; the last page says that nothing follows."""
    make, pager, time = NOUNS[noun]
    grant, other = await party(store), await party(store)
    items = [make(NOW + place // 5) for place in range(23)]
    await keep(store, grant, *items)
    await keep(store, other, make(NOW), make(NOW + 9))
    expected = [item.id for item in sorted(items, key=lambda item: (getattr(item, time), item.id), reverse=True)]
    for size in (1, 4, 23, 100):
        found, after, more = [], None, True
        while more:
            rows, more = await pager(store, grant, Page(size, after))
            found += [row.id for row in rows]
            after = Place(getattr(rows[-1], time), rows[-1].id)
        assert found == expected


@pytest.mark.parametrize("noun", NOUNS)
async def test_a_long_page_is_read_in_pieces(store: Store, noun: str):
    """Others are served in between; what a phone commonly asks for is one piece."""
    make, pager, _ = NOUNS[noun]
    grant = await party(store)
    await keep(store, grant, *(make() for _ in range(AT_ONCE + 1)))
    for size in (AT_ONCE, AT_ONCE + 1):
        reading = asyncio.create_task(pager(store, grant, Page(size, None)))
        assert await comes_to_rest(reading) is (size > AT_ONCE)
        assert len((await reading)[0]) == size


@pytest.mark.parametrize("noun", NOUNS)
async def test_a_page_of_no_rows_says_whether_there_are_any(store: Store, noun: str):
    """Size 0 is a question too; and a party without rows has one empty page."""
    make, pager, _ = NOUNS[noun]
    grant = await party(store)
    assert await pager(store, grant, Page(5, None)) == ([], False)
    await keep(store, grant, make())
    assert await pager(store, grant, Page(0, None)) == ([], True)


@pytest.mark.parametrize("noun", NOUNS)
async def test_another_partys_row_is_on_no_page(store: Store, noun: str):
    """From wherever one goes on."""
    make, pager, _ = NOUNS[noun]
    owner, other = await party(store), await party(store)
    await keep(store, owner, make())
    assert await pager(store, other, Page(100, None)) == ([], False)
    assert await pager(store, other, Page(100, Place(2**63 - 1, UUID(int=2**128 - 1)))) == ([], False)


@pytest.mark.parametrize("noun", ["cases", "licences"])
async def test_another_partys_row_has_no_id(store: Store, noun: str):
    """That it is there is said apart, to be counted. An id of nothing is nobody's."""
    owner, other = await party(store), await party(store)
    await keep(store, owner, item := NOUNS[noun][0]())
    reader = getattr(store, noun)
    found, foreign = await reader.some(owner, [item.id, uuid4()])
    assert (found.keys(), foreign) == ({item.id}, False)
    assert await reader.some(other, [item.id]) == ({}, True)
    assert await reader.some(owner, [uuid4()]) == await reader.some(owner, []) == ({}, False)


async def test_another_partys_notification_has_no_id(store: Store):
    owner, other = await party(store), await party(store)
    await keep(store, owner, item := news())
    found, foreign = await store.notifications.one(owner, item.id)
    assert found and (found.id, foreign) == (item.id, False)
    assert await store.notifications.one(other, item.id) == (None, True)
    assert await store.notifications.one(owner, uuid4()) == (None, False)


async def test_a_case_is_read_as_it_was_kept(store: Store):
    """Every part of it, and changed the same way; a retired one leaves the pages and stays readable by id."""
    grant = await party(store)
    await keep(store, grant, kept := case())
    (found,), _ = await store.cases.page(grant, Page(1, None), None)
    assert (found.facts, found.events, found.updated) == (kept.known.facts.value, kept.known.live(), kept.updated)
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        assert await store.cases.kept(session, grant.party_id, "44") == {kept.id: kept}
        await store.cases.change(session, grant.party_id, seq, [gone := replace(kept, retired=True)])
        assert await store.cases.kept(session, grant.party_id, "44", only=[kept.id]) == {kept.id: gone}
        assert await store.cases.kept(session, grant.party_id, "44", only=[]) == {}
        assert await store.cases.kept(session, grant.party_id, "45") == {}
    assert await store.cases.page(grant, Page(1, None), None) == ([], False)
    assert (await store.cases.some(grant, [kept.id]))[0].keys() == {kept.id}


async def test_a_licence_is_read_as_it_was_kept(store: Store):
    """Every part of it; a retired one leaves the pages."""
    grant = await party(store)
    await keep(store, grant, kept := licence())
    assert await store.licences.page(grant, Page(1, None)) == ([kept], False)
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        await store.licences.change(session, grant.party_id, seq, [replace(kept, retired=True)])
        assert (await store.licences.kept(session, grant.party_id, "44"))[kept.id].retired
    assert await store.licences.page(grant, Page(1, None)) == ([], False)


async def test_cases_of_one_stage(store: Store):
    """The filter is a page of its own, with the outcome that the rows have."""
    grant = await party(store)
    kinds = [EventKind.ACCEPTED, EventKind.STEP_TAKEN, EventKind.REFUSED]
    await keep(store, grant, *(case(NOW, kind) for kind in kinds))
    for stage in Stage:
        (found,), more = await store.cases.page(grant, Page(5, None), stage)
        assert (found.standing.stage, more) == (stage, False)
    assert found.standing.outcome is Outcome.REFUSED


async def test_a_case_has_news_while_a_notification_of_it_is_unread(store: Store):
    """And no longer, once it is read; another party's marks do not count."""
    grant, other = await party(store), await party(store)
    kept = case()
    await keep(store, grant, kept, item := news(NOW, kept.id))
    assert (await store.cases.some(grant, [kept.id]))[0][kept.id].has_news
    assert await store.notifications.mark_read(other, [item.id], NOW) == 0
    assert await store.notifications.mark_read(grant, [item.id], NOW) == 1
    (found,), _ = await store.cases.page(grant, Page(1, None), None)
    assert not found.has_news


async def test_a_case_of_another_party_is_not_taken_over(store: Store):
    """Neither written twice nor moved, even under an id of one's own making."""
    owner, other = await party(store), await party(store)
    await keep(store, owner, kept := case())
    async with store.db.transaction() as session:
        seq = await advance(session, other.party_id)
        await store.cases.add(session, other.party_id, seq, [kept])
        await store.cases.change(session, other.party_id, seq, [replace(kept, retired=True)])
    assert (await store.cases.some(owner, [kept.id]))[0].keys() == {kept.id}
    assert await store.cases.page(other, Page(5, None), None) == ([], False)
    assert len((await store.cases.page(owner, Page(5, None), None))[0]) == 1


@pytest.mark.parametrize("noun", ["cases", "licences"])
async def test_a_change_writes_every_column_but_id_and_party(store: Store, noun: str, monkeypatch: pytest.MonkeyPatch):
    """Several rows at once, of one party among several; and Tortoise builds no query for it."""
    grant, other = await party(store), await party(store)
    make, table = NOUNS[noun][0], {"cases": "case_index", "licences": "licence_index"}[noun]
    items = [make(NOW + place) for place in range(3)]
    await keep(store, grant, *items)
    await keep(store, other, make(NOW))
    whole = f"SELECT * FROM {table} ORDER BY id"
    before = {uuid_of(row["id"]): row for row in await store.db.rows(whole)}
    monkeypatch.setattr(Model, "filter", None)
    changed = [replace(item, platform="33", updated=NOW + 99, retired=True) for item in items[:2]]
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        await getattr(store, noun).change(session, grant.party_id, seq, changed)
    after = {uuid_of(row["id"]): row for row in await store.db.rows(whole)}
    for item in changed:
        told = after[item.id]
        assert (told["platform"], told["updated_us"], bool(told["retired"]), told["seq"]) == ("33", NOW + 99, True, seq)
        assert told["sealed"] != before[item.id]["sealed"]
        assert (told["party_id"], told["dated_us"]) == (before[item.id]["party_id"], before[item.id]["dated_us"])
    same = after.keys() - {item.id for item in changed}
    assert len(same) == 2 and all(after[row_id] == before[row_id] for row_id in same)


async def test_a_transition_is_told_once(store: Store):
    """Again, twice in one batch, or by two at a time: one item, counted once."""
    grant, item, one_more = await party(store), news(), news()
    await keep(store, grant, item, item)
    await asyncio.gather(*(keep(store, grant, item, one_more) for _ in range(5)))
    rows, _ = await store.notifications.page(grant, Page(10, None), None)
    assert {row.id for row in rows} == {item.id, one_more.id}
    assert len(rows) == await store.parties.unread(grant) == 2


async def test_the_unread_count_is_right_under_concurrency(store: Store):
    """Many that tell and many that mark, at the same time: the count equals the unread rows, and no mark counts twice."""
    grant = await party(store)
    items = [news(NOW + place) for place in range(12)]
    ids = [item.id for item in items]
    told = [keep(store, grant, item) for item in items]
    marks = [store.notifications.mark_read(grant, ids[:6], NOW + SECOND) for _ in range(4)]
    upto = [store.notifications.mark_read_up_to(grant, Place(NOW + 3, ids[3]), NOW + SECOND) for _ in range(2)]
    results = await asyncio.gather(*told, *marks, *upto)
    unread, _ = await store.notifications.page(grant, Page(100, None), True)
    read, _ = await store.notifications.page(grant, Page(100, None), False)
    assert await store.parties.unread(grant) == len(unread) == 12 - len(read)
    assert sum(results[len(told) :]) == len(read)


async def test_marking_up_to_a_place_marks_it_and_all_older(store: Store):
    """By (created, id), as the list is ordered; twice is once, and the first reading's time stays."""
    grant = await party(store)
    items = sorted((news(NOW + place // 3) for place in range(9)), key=lambda item: (item.created, item.id))
    await keep(store, grant, *items)
    place = Place(items[4].created, items[4].id)
    assert await store.notifications.mark_read_up_to(grant, place, NOW + 1) == 5
    assert await store.notifications.mark_read_up_to(grant, place, NOW + 2) == 0
    unread, _ = await store.notifications.page(grant, Page(9, None), True)
    assert {item.id for item in unread} == {item.id for item in items[5:]}
    read, _ = await store.notifications.page(grant, Page(9, None), False)
    assert {item.read for item in read} == {NOW + 1}
    assert await store.notifications.mark_read(grant, [], NOW) == 0


async def test_some_notifications_come_only_with_their_partys_grant(store: Store):
    """A system job asks for many parties at once, each by its own grant."""
    one, two = await party(store), await party(store)
    await keep(store, one, item := news())
    system = Grant(one.party_id, Ground.SYSTEM, "dispatch")
    found = await store.notifications.some([(system, item.id), (two, item.id), (two, uuid4())])
    assert list(found) == [item.id] and found[item.id].arguments == {"item": SECRET}
    assert await store.notifications.some([(two, item.id)]) == {}
    assert await store.notifications.some([]) == {}


async def test_registering_is_once_under_concurrency(store: Store):
    """One of many arrivals is the first; the count and sequence of the party start at nothing."""
    somebody = person()
    firsts = await asyncio.gather(*(store.parties.register(somebody, NOW) for _ in range(10)))
    assert sorted(firsts) == [False] * 9 + [True]
    assert await store.parties.known(somebody.person_key) == somebody.id
    assert await store.parties.known("0" * 64) is None
    assert await store.parties.unread(Grant(uuid4(), Ground.OWN)) == 0


async def test_writers_of_one_party_take_numbers_one_by_one(store: Store):
    """Each transaction a number of its own, without a gap, though they run at once and read before they write again."""
    grant, other = await party(store), await party(store)

    async def write(which: Grant) -> int:
        async with store.db.transaction() as session:
            seq = await advance(session, which.party_id)
            await store.cases.kept(session, which.party_id, "44")
            await asyncio.sleep(0.001)
            assert seq is not None
            await store.cases.add(session, which.party_id, seq, [case()])
            return seq

    numbers = await asyncio.gather(*(write(grant) for _ in range(15)), *(write(other) for _ in range(5)))
    assert (sorted(numbers[:15]), sorted(numbers[15:])) == (list(range(1, 16)), list(range(1, 6)))


async def test_a_transaction_that_fails_leaves_nothing(store: Store):
    """Neither rows nor a number of the sequence; of a party that is not there, nothing begins."""
    grant = await party(store)

    async def fail() -> None:
        async with store.db.transaction() as session:
            seq = await advance(session, grant.party_id)
            await store.cases.add(session, grant.party_id, seq or 0, [case()])
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError):
        await fail()
    assert await store.cases.page(grant, Page(5, None), None) == ([], False)
    assert await keep(store, grant, case()) == 1
    async with store.db.transaction() as session:
        assert await advance(session, uuid4()) is None
