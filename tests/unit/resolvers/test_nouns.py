"""A platform is a source only of the nouns that it has, and is asked about no other, by readers or by polls."""

from domain.caller import Freshness
from domain.job import JobKind
from domain.page import Page
from store.store import Store
from tests.unit.resolvers.asked_world import Asked
from tests.unit.resolvers.test_upkeep import ACCEPTED, EVERY, Kept


async def test_a_list_has_no_source_that_cannot_hold_it(store: Store) -> None:
    """A platform without licences is not waited for, and does not make a list of them incomplete for ever."""
    asked = Asked(store, 1)
    asked.platforms["p000"].nouns = frozenset({"cases"})
    licences = await asked.reading.refresh.sources(await asked.caller(), "licences", Freshness.LIVE, Page(20, None))
    assert (licences.shown, licences.quiet, licences.is_complete, asked.asked()) == ((), 0, True, {})
    cases = await asked.sources(Freshness.LIVE)
    assert (cases.quiet, asked.asked()) == (1, {"p000": 1})


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
