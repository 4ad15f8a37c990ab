"""The job that finds out who holds something of a party, over a real store and platforms in memory."""

from typing import Any
from uuid import UUID

import pytest

from domain.assurance import Subject
from domain.caller import Freshness
from domain.job import PACES, JobKind
from domain.sequence import Span, end_of
from domain.source import Reason, Terms
from domain.times import HOUR, MINUTE, SECOND
from integrations.port import Unreachable
from resolvers.discovery import MOST_AT_FIRST, MOST_AT_ONCE
from store.database import StoreUnavailable
from store.store import Store
from tests.unit.resolvers.asked_world import Asked

MANY = MOST_AT_FIRST + 2 * MOST_AT_ONCE + 1


async def test_a_nation_is_asked_bit_by_bit(store: Store) -> None:
    """A reader has some asked, the job the others, so many at once; then the list is complete and the job is over."""
    asked = Asked(store, MANY)
    asked.says(f"p{MANY - 1:03}", "T1")
    sources = await asked.sources()
    assert (len(asked.asked()), sources.unasked, sources.is_complete) == (MOST_AT_FIRST, MANY - MOST_AT_FIRST, False)
    assert await asked.works() == 3
    assert len(asked.asked()) == MANY - MOST_AT_FIRST
    page = await asked.read(Freshness.KNOWN)
    assert (len(page.items), page.sources.quiet, page.sources.is_complete) == (1, MANY - 1, True)
    assert await asked.jobs() == {}


async def test_a_platform_in_trouble_does_not_hold_up_the_survey(store: Store) -> None:
    """It is known to be in trouble, and that is shown; the job is over, and leaves it to those who read."""
    asked = Asked(store, 3)
    asked.platforms["p001"].error = Unreachable("down")
    await asked.wants("cases")
    assert await asked.works() == 1
    sources = await asked.sources(Freshness.KNOWN)
    assert ([one.reason for one in sources.shown], sources.unasked) == ([Reason.UNREACHABLE], 0)
    assert (sources.is_complete, await asked.jobs()) == (False, {})


async def test_what_could_not_even_be_noted_is_tried_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later each time, and at last no more: whoever reads then has it begin again."""
    asked = Asked(store, 1)
    await asked.wants("cases")

    async def away(*_: object) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(type(store.contacts), "confirm", away)
    assert await asked.runner.run_once(JobKind.DISCOVER) == 1
    assert await asked.jobs() == {"discover": PACES[JobKind.DISCOVER].first}
    monkeypatch.undo()
    asked.now += PACES[JobKind.DISCOVER].first
    assert await asked.works() == 1
    assert (await asked.sources()).is_complete


async def test_trouble_with_one_list_does_not_keep_the_other_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of cases nothing could be noted: licences are surveyed all the same, and the job comes again."""
    asked = Asked(store, 2)
    await asked.wants("cases")
    await asked.wants("licences")
    confirm = store.contacts.confirm

    async def away(contacts: object, party_id: UUID, noun: str, *rest: Any) -> bool:
        if noun == "cases":
            raise StoreUnavailable("away")
        return await confirm(party_id, noun, *rest)

    monkeypatch.setattr(type(store.contacts), "confirm", away)
    assert await asked.runner.run_once(JobKind.DISCOVER) == 1
    surveyed = await store.surveys.all((await asked.caller()).grant)
    assert {noun: bool(scope) for noun, scope in surveyed.items()} == {"cases": False, "licences": True}
    assert await asked.jobs() == {"discover": PACES[JobKind.DISCOVER].first}


async def test_nobody_is_asked_again_whose_proof_holds(store: Store) -> None:
    """What lapses within a minute is asked along with what has lapsed, and nothing else."""
    asked = Asked(store, 3)
    party_id, began = (await asked.caller()).party.id, asked.now
    for code, later in (("p000", 0), ("p001", 30 * SECOND), ("p002", 5 * MINUTE)):
        asked.now = began + later
        platform = asked.platforms[code]
        await asked.gather.start(asked.questions.about(party_id, Subject(asked.identity), "cases", platform))
    asked.asked()
    asked.now = began + HOUR + 1
    await asked.wants("cases")
    await asked.works()
    assert asked.asked().keys() == {"p000", "p001"}


async def test_a_proof_follows_the_terms_of_its_platform(store: Store) -> None:
    """Where a platform's absence time changed, what was proved is believed for as long as it says now."""
    asked = Asked(store, 2)
    await asked.read()
    asked.asked()
    asked.platforms["p000"].terms = Terms(MINUTE, 3 * HOUR)
    asked.platforms["p001"].terms = Terms(MINUTE, MINUTE)
    asked.connect(2)
    asked.now += 2 * MINUTE
    assert (await asked.sources()).unasked == 1
    asked.now += MINUTE
    await asked.works()
    assert asked.asked() == {"p001": 1}
    grant = (await asked.caller()).grant
    assert (await store.contacts.one(grant, "cases", "p000")).absent - asked.now > 2 * HOUR


async def test_the_end_of_a_survey_is_told(store: Store) -> None:
    """Once, and only where there was something to ask."""
    asked = Asked(store, 2)
    await asked.wants("licences")
    await asked.works()
    grant = (await asked.caller()).grant
    told = await store.surveys.changed(grant, Span(end_of(0), 9))
    assert [one.value for one in told] == ["licences"]
    seq = await store.parties.seq(grant)
    await asked.wants("licences")
    await asked.works()
    assert await store.parties.seq(grant) == seq


async def test_nobody_is_asked_about_a_party_that_is_gone(store: Store) -> None:
    """The job ends."""
    asked = Asked(store, 1)
    await store.jobs.schedule(JobKind.DISCOVER, asked.now, asked.party.id)
    assert await asked.works() == 1
    assert (asked.asked(), await asked.jobs()) == ({}, {})
