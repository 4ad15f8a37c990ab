"""A platform is a source only of the nouns that it has, and is asked about no other, by readers or by polls."""

import asyncio
from dataclasses import replace

from domain.caller import Assurance, Caller, Freshness, Locale
from domain.job import JobKind
from domain.page import Page
from resolvers.refresh import Refresh
from store.store import Store
from tests.unit.resolvers.test_upkeep import ACCEPTED, EVERY, Kept


async def test_a_list_has_no_source_that_cannot_hold_it(store: Store) -> None:
    """A platform without licences is not waited for, and does not make a list of them incomplete for ever."""
    kept = Kept(store)
    kept.platform.nouns = frozenset({"cases"})
    await store.parties.register(kept.party, kept.now)
    registry = replace(kept.registry, descriptions={})
    refresh = Refresh(store, registry, kept.gather, kept.questions)
    deadline = asyncio.get_running_loop().time() + 5
    caller = Caller(kept.party, "app", Assurance.HIGH, False, Locale.EN, kept.now, deadline)
    licences = await refresh.sources(caller, "licences", Freshness.LIVE, Page(20, None))
    assert (licences.shown, licences.quiet, kept.platform.asked) == ((), 0, [])
    cases = await refresh.sources(caller, "cases", Freshness.LIVE, Page(20, None))
    assert (cases.quiet, len(kept.platform.asked)) == (1, 1)


async def test_a_poll_asks_about_what_it_has(store: Store) -> None:
    """One question, where others are put two."""
    kept = Kept(store)
    kept.platform.nouns = frozenset({"cases"})
    kept.says(ACCEPTED)
    await kept.ask()
    kept.now += EVERY
    kept.platform.asked.clear()
    assert await kept.runner.run_once(JobKind.POLL) == 1
    assert len(kept.platform.asked) == 1
