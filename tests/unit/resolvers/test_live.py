"""Listening over a real store: whatever is written, dropped and resumed, every row's last state comes, and none twice."""

import asyncio
from contextlib import aclosing
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.assurance import Assurance
from domain.caller import Caller, Grant, Locale, Party
from domain.case import KeptCase
from domain.identity import Identity, IdentityType
from domain.sequence import Mark, Span, end_of
from resolvers.ears import Ears
from resolvers.live import MOST_BEHIND, Live, Told
from resolvers.together import Together
from store.parties import advance
from store.shared.bus import changes_of
from store.shared.memory import MemoryBus
from store.store import Store
from tests.contract.store_world import NOW, case, keep, licence, news, party
from tests.databases import KINDS


@pytest.fixture(params=KINDS)
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


START = Mark(0, UUID(int=0))
WAIT_S = 10


def caller_of(grant: Grant) -> Caller:
    someone = Party(grant.party_id, "", "", Identity(IdentityType.RESIDENT, ""))
    return Caller(someone, "app", Assurance.HIGH, False, Locale.EN, NOW, 0.0)


def live_of(store: Store, bus: MemoryBus | None = None, look_s: float = 60) -> Live:
    return Live(store, Ears(bus or MemoryBus(), store.parties, look_s))


async def change(store: Store, grant: Grant, cases: list[KeptCase]) -> int:
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        assert seq is not None
        await store.cases.change(session, grant.party_id, seq, cases)
        return seq


async def heard(live: Live, caller: Caller, after: Mark | None, count: int) -> list[Told]:
    """The first message and `count` more; then the listener drops."""
    async with aclosing(live.cases(caller, after=after)) as messages, asyncio.timeout(WAIT_S):
        return [await anext(messages) for _ in range(1 + count)]


@given(st.lists(st.tuples(st.sets(st.integers(0, 4), min_size=1), st.integers(0, 3), st.booleans()), max_size=6))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_gap_and_no_repeat(store: Store, story: list[tuple[set[int], int, bool]]):
    """Between transactions a listener reads some of what there is, drops, and resumes where it was; at last it reads all."""
    grant, live = await party(store), live_of(store)
    caller, rows = caller_of(grant), [case() for _ in range(5)]
    written = {row.id: await keep(store, grant, row) for row in rows}
    place, came = START, dict[UUID, int]()

    async def listen(count: int) -> None:
        nonlocal place
        for told in (await heard(live, caller, place, count))[1:]:
            assert told.id is not None
            assert told.mark > place
            assert came.get(told.id) != written[told.id], "the same state twice"
            assert (told.value is None) is next(row.retired for row in rows if row.id == told.id)
            place, came[told.id] = told.mark, told.mark.seq

    def behind() -> int:
        return sum(Mark(seq, row_id) > place for row_id, seq in written.items())

    for touched, count, retired in story:
        for number in touched:
            old = rows[number]
            rows[number] = KeptCase(old.id, old.platform, old.known, old.updated, retired)
        seq = await change(store, grant, [rows[number] for number in touched])
        written |= {rows[number].id: seq for number in touched}
        await listen(min(count, behind()))
    left = behind()
    changes = await live.since(caller, after=place)
    assert len(changes.cases) + len(changes.gone_cases) == left
    assert changes.mark == end_of(await store.parties.seq(grant))
    await listen(left)
    assert came == written


async def test_a_hint_wakes_and_a_lost_one_is_made_up_for(store: Store):
    """With a bus that tells, and with one that nobody tells, where the look at the database finds it."""
    for told, look_s in ((True, 60.0), (False, 0.02)):
        grant, bus = await party(store), MemoryBus()
        async with aclosing(live_of(store, bus, look_s).cases(caller_of(grant), after=None)) as messages:
            async with asyncio.timeout(WAIT_S):
                assert (await anext(messages)).id is None
                row = case()
                waiting = asyncio.ensure_future(anext(messages))
                await keep(store, grant, row)
                if told:
                    await bus.tell(changes_of(grant.party_id))
                assert (await waiting).id == row.id


async def test_who_is_too_far_behind_is_told_to_read_again(store: Store):
    """Up to a hundred rows come one by one; with more there is one message, and it goes on from now."""
    grant = await party(store)
    caller, live = caller_of(grant), live_of(store)
    await keep(store, grant, *(case() for _ in range(MOST_BEHIND)))
    assert len(await heard(live, caller, START, MOST_BEHIND)) == 1 + MOST_BEHIND
    seq = await keep(store, grant, case())
    _, told = await heard(live, caller, START, 1)
    assert (told.refetch, told.id, told.mark) == (True, None, end_of(seq))


async def test_pages_of_what_changed(store: Store):
    """250 cases, 120 notifications and a licence, all of one transaction or of several: each once, whatever the cuts."""
    grant = await party(store)
    caller, live = caller_of(grant), live_of(store)
    rows = [*(case() for _ in range(250)), *(news() for _ in range(60)), licence()]
    await keep(store, grant, *rows)
    more = [news() for _ in range(60)]
    await keep(store, grant, *more)
    seen, place, pages, going_on = list[UUID](), START, 0, True
    while going_on:
        changes = await live.since(caller, after=place)
        seen += [one.id for one in [*changes.cases, *changes.licences]]
        seen += [one.notification.id for one in changes.notifications]
        assert max(len(changes.cases), len(changes.notifications)) <= 100
        place, going_on, pages = changes.mark, changes.more, pages + 1
    assert sorted(seen) == sorted(one.id for one in [*rows, *more])
    assert pages >= 3
    assert changes.unread == 120


async def test_many_listeners_are_one_statement(store: Store):
    """Woken by one hint, all of one place read together."""
    grant, bus = await party(store), MemoryBus()
    live, reads = live_of(store, bus), 0
    inner = type(store.cases).changed

    async def counting(grant: Grant, span: Span):
        nonlocal reads
        reads += 1
        return await inner(store.cases, grant, span)

    follow = [live._follow(grant, "cases", counting, None) for _ in range(50)]
    async with asyncio.timeout(WAIT_S):
        for one in follow:
            await anext(one)
        waiting = [asyncio.ensure_future(anext(one)) for one in follow]
        await asyncio.sleep(0)
        row = case()
        await keep(store, grant, row)
        before = reads
        await bus.tell(changes_of(grant.party_id))
        assert {told.id for told in await asyncio.gather(*waiting)} == {row.id}
    assert reads - before <= 1
    for one in follow:
        await one.aclose()


async def test_a_read_under_way_is_not_joined():
    """Whoever comes later may know of something that it does not see."""
    together, begun, go = Together(), 0, asyncio.Event()

    async def read() -> int:
        nonlocal begun
        begun += 1
        mine = begun
        await go.wait()
        return mine

    early = [asyncio.ensure_future(together.read("x", read)) for _ in range(3)]
    while not begun:
        await asyncio.sleep(0)
    late = asyncio.ensure_future(together.read("x", read))
    while begun < 2:
        await asyncio.sleep(0)
    go.set()
    assert await asyncio.gather(*early, late) == [1, 1, 1, 2]
