"""Whom a reader's question has asked, and what the answer says of whom it has not, over a real store and platforms in memory."""

import asyncio
from dataclasses import replace

import pytest

from domain.caller import Freshness
from domain.page import Page
from domain.sequence import Span, end_of
from domain.source import Reason, Rows
from domain.times import HOUR, MINUTE, SECOND, Micros
from integrations.port import BreakerOpen, Refused
from store.database import Session
from store.store import Store
from tests.unit.resolvers.asked_world import Asked


async def test_the_first_reader_has_everyone_asked(store: Store) -> None:
    """And gets what they say, complete; there is nothing left for the job."""
    asked = Asked(store, 5)
    asked.says("p003", "T1")
    page = await asked.read()
    assert (len(page.items), page.sources.quiet, page.sources.unasked, page.sources.is_complete) == (1, 4, 0, True)
    assert (len(asked.asked()), await asked.jobs()) == (5, {})


async def test_later_readers_have_only_the_footprint_asked(store: Store) -> None:
    """RECENT where a word is too old, LIVE everywhere; never those that proved to hold nothing."""
    asked = Asked(store, 5)
    asked.says("p003", "T1")
    await asked.read()
    asked.asked()
    assert (await asked.sources()).is_complete
    assert asked.asked() == {}
    assert (await asked.sources(Freshness.LIVE)).is_complete
    assert asked.asked() == {"p003": 1}
    asked.now += 2 * MINUTE
    assert (await asked.sources()).is_complete
    assert asked.asked() == {"p003": 1}


async def test_an_event_puts_its_platform_into_the_footprint(store: Store) -> None:
    """At once: the next reader waits for it, and nobody takes it for quiet before."""
    asked = Asked(store, 3)
    await asked.read()
    asked.asked()
    await asked.hears("p001", "T9")
    known = await asked.sources(Freshness.KNOWN)
    assert [(one.platform, one.rows, one.count) for one in known.shown] == [("p001", Rows.CURRENT, 1)]
    await asked.afterwards.drain(5)
    asked.asked()
    asked.now += 2 * MINUTE
    asked.says("p001", "T9")
    page = await asked.read()
    assert (len(page.items), page.sources.is_complete, asked.asked()) == (1, True, {"p001": 1})


async def test_a_platform_heard_of_before_anybody_asked(store: Store) -> None:
    """Its row is listed with its source, which was never asked; and the first reader asks it among all."""
    asked = Asked(store, 2)
    await asked.hears("p001", "T9")
    known = await asked.sources(Freshness.KNOWN)
    assert [(one.rows, one.reason, one.as_of, one.count) for one in known.shown] == [
        (Rows.STALE, Reason.NOT_ASKED, None, 1)
    ]
    assert (known.unasked, known.is_complete) == (1, False)
    await asked.afterwards.drain(5)


async def test_a_proof_that_is_over_is_renewed_behind_the_answer(store: Store) -> None:
    """The answer says that it is not complete, nobody waits, and the job asks those whose word is over."""
    asked = Asked(store, 5)
    asked.says("p003", "T1")
    await asked.read()
    asked.asked()
    asked.now += HOUR + SECOND
    sources = await asked.sources()
    assert (sources.unasked, sources.is_complete, asked.asked()) == (4, False, {"p003": 1})
    assert await asked.jobs() == {"discover": 0}
    assert await asked.works() == 1
    assert asked.asked().keys() == {"p000", "p001", "p002", "p004"}
    assert (await asked.sources()).is_complete


async def test_a_platform_connected_later_is_found_by_the_job(store: Store) -> None:
    """Readers do not wait for it; they are told that somebody was not asked, until it was, within a minute."""
    asked = Asked(store, 3)
    await asked.read()
    asked.connect(5)
    asked.says("p004", "T4")
    asked.asked()
    sources = await asked.sources()
    assert (sources.unasked, sources.is_complete, asked.asked()) == (2, False, {})
    assert await asked.jobs() == {"discover": 30 * SECOND}
    asked.now += 30 * SECOND
    await asked.works()
    page = await asked.read()
    assert (len(page.items), page.sources.quiet, page.sources.is_complete) == (1, 4, True)


async def test_who_pulls_to_refresh_waits_for_a_platform_connected_later(store: Store) -> None:
    """Once: what it said is known from then on, and the job finds nothing more to ask."""
    asked = Asked(store, 3)
    await asked.read()
    asked.connect(5)
    asked.says("p004", "T4")
    asked.asked()
    assert [(one.platform, one.rows, one.count) for one in (await asked.sources(Freshness.LIVE)).shown] == [
        ("p004", Rows.CURRENT, 1)
    ]
    assert asked.asked() == {"p003": 1, "p004": 1}
    await asked.sources(Freshness.LIVE)
    assert asked.asked() == {"p004": 1}
    asked.now += MINUTE
    await asked.works()
    assert asked.asked() == {}
    assert (await asked.sources()).is_complete


async def test_a_platform_that_is_disconnected_is_not_counted(store: Store) -> None:
    """Nor can a newcomer hide behind it: as many as before are quiet, and one was not asked."""
    asked = Asked(store, 3)
    await asked.read()
    asked.platforms.pop("p000")
    asked.connect(2)
    assert not (await asked.sources()).is_complete
    asked.now += MINUTE
    await asked.works()
    sources = await asked.sources()
    assert (sources.quiet, sources.unasked, sources.is_complete) == (2, 0, True)


async def test_what_failed_without_rows_is_not_waited_for_again_within_max_age(store: Store) -> None:
    """By those who want recent rows; whoever wants live ones has it asked."""
    asked = Asked(store, 2)
    asked.platforms["p001"].error = Refused("no")
    for count in (1, 0):
        sources = await asked.sources()
        assert [(one.platform, one.reason) for one in sources.shown] == [("p001", Reason.REFUSED)]
        assert (sources.is_complete, asked.asked().get("p001", 0)) == (False, count)
    asked.platforms["p001"].error = None
    assert (await asked.sources(Freshness.LIVE)).is_complete
    asked.platforms["p001"].error = Refused("no")
    await asked.hears("p001", "T1")
    asked.now += 2 * MINUTE
    asked.asked()
    for _ in range(2):
        await asked.sources()
        assert asked.asked() == {"p001": 1}


async def test_known_asks_nobody_itself_before_a_survey(store: Store) -> None:
    """The job does, and only about the list that was read."""
    asked = Asked(store, 3)
    sources = await asked.sources(Freshness.KNOWN)
    assert (sources.shown, sources.unasked, asked.asked()) == ((), 3, {})
    assert await asked.works() == 1
    assert asked.asked() == {"p000": 1, "p001": 1, "p002": 1}
    assert (await asked.sources(Freshness.KNOWN)).is_complete


@pytest.mark.parametrize("many", [3, 90])
async def test_one_statement_a_list_however_many_are_connected(
    store: Store, many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is remembered is one statement, whose answer has a row for each platform of the footprint; the page is another."""
    asked = Asked(store, many)
    asked.says("p001", "T1")
    await asked.wants("cases")
    await asked.works()
    asked.now += 1
    seen: list[int] = []
    rows = Session.rows

    async def noting(self: Session, sql: str, *values: object) -> list[dict[str, object]]:
        found = await rows(self, sql, *values)
        seen.append(len(found))
        return found

    monkeypatch.setattr(Session, "rows", noting)
    caller = await asked.caller()
    seen.clear()
    page = await asked.reading.list_for(caller, page=Page(20, None), stage=None, freshness=Freshness.RECENT)
    assert (seen, page.sources.is_complete, page.sources.quiet) == ([1, 1], True, many - 1)


async def test_who_listens_hears_of_what_came_too_late(store: Store) -> None:
    """Though nothing else changed: an unchanged answer after the deadline ends in a number of the party's sequence."""
    asked = Asked(store, 2)
    asked.says("p001", "T1")
    await asked.read()
    asked.now += 2 * MINUTE
    grant = (await asked.caller()).grant
    before = await store.parties.seq(grant)
    asked.platforms["p001"].open.clear()
    sources = await asked.sources(Freshness.LIVE, wait_s=0.05)
    assert [(one.rows, one.reason) for one in sources.shown] == [(Rows.STALE, Reason.TIMEOUT)]
    assert await store.surveys.changed(grant, Span(end_of(before), 9)) == []
    asked.platforms["p001"].open.set()
    await asked.afterwards.drain(5)
    (told,) = await store.surveys.changed(grant, Span(end_of(before), 9))
    assert (told.value, told.mark.seq) == ("cases", before + 1)
    assert (await asked.sources(Freshness.KNOWN)).is_complete


async def test_the_same_trouble_again_is_no_news(store: Store) -> None:
    """Whoever reads with KNOWN when told hears that trouble began and that it ended; not once for each read between."""
    asked = Asked(store, 2)
    asked.says("p001", "T1")
    await asked.read()
    asked.asked()
    grant = (await asked.caller()).grant
    began = await store.parties.seq(grant)
    steps: list[tuple[Micros, Exception | None, int, int]] = [
        (2 * MINUTE, BreakerOpen("open"), 1, 1),
        (SECOND, BreakerOpen("open"), 0, 1),
        (2 * MINUTE, BreakerOpen("open"), 1, 1),
        (2 * MINUTE, None, 1, 2),
        (SECOND, None, 0, 2),
    ]
    for later, error, questions, told in steps:
        asked.now += later
        asked.platforms["p001"].error = error
        await asked.sources(Freshness.KNOWN)
        await asked.afterwards.drain(5)
        assert (sum(asked.asked().values()), await store.parties.seq(grant) - began) == (questions, told)


async def test_what_many_readers_wait_for_is_told_once(store: Store) -> None:
    """They have all joined one question."""
    asked = Asked(store, 1)
    asked.says("p000", "T1")
    await asked.read()
    asked.now += 2 * MINUTE
    asked.platforms["p000"].open.clear()
    before = await store.parties.seq((await asked.caller()).grant)
    for _ in range(3):
        await asked.sources(Freshness.KNOWN)
    asked.platforms["p000"].open.set()
    await asked.afterwards.drain(5)
    assert await store.parties.seq((await asked.caller()).grant) == before + 1


async def test_nobody_is_followed_past_the_end(store: Store) -> None:
    """Of a process: its database is closed next."""
    asked = Asked(store, 1)
    asked.says("p000", "T1")
    await asked.read()
    asked.now += 2 * MINUTE
    asked.platforms["p000"].open.clear()
    await asked.sources(Freshness.KNOWN)
    await asked.afterwards.drain(0)
    assert [task for task in asyncio.all_tasks() if task.get_name() == "follow"] == []
    asked.platforms["p000"].open.set()
    await asked.gather.drain(5)


async def test_who_was_waited_for_is_no_news(store: Store) -> None:
    """The asker has it in the answer."""
    asked = Asked(store, 2)
    asked.says("p001", "T1")
    await asked.read()
    asked.now += 2 * MINUTE
    before = await store.parties.seq((await asked.caller()).grant)
    await asked.sources()
    await asyncio.sleep(0)
    await asked.afterwards.drain(1)
    assert await store.parties.seq((await asked.caller()).grant) == before


async def test_a_total_is_counted_when_it_is_wanted(store: Store) -> None:
    """And not otherwise."""
    asked = Asked(store, 1)
    asked.says("p000", "T1", "T2")
    assert (await asked.read()).total is None
    found = await asked.reading.list_for(
        await asked.caller(), page=Page(1, None), stage=None, freshness=Freshness.KNOWN, counted=True
    )
    assert (len(found.items), found.total) == (1, 2)


async def test_a_platform_whose_description_is_broken_is_never_passed_over(store: Store) -> None:
    """If the settings connect it, and it cannot be asked: no list is complete. If they do not, it is as unconnected as others."""
    asked = Asked(store, 2)
    assert (await asked.sources()).is_complete
    refresh = asked.reading.refresh
    for unusable, complete in ((frozenset[str](), True), (frozenset({"p999"}), False)):
        broken = replace(refresh.registry, broken=frozenset({"p999"}), unusable=unusable)
        asked.reading = replace(asked.reading, refresh=replace(refresh, registry=broken))
        assert (await asked.sources()).is_complete is complete
