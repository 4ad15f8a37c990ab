"""The real-name level of the last sign-in: kept without a write for each request, and told to platforms whoever asks."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from domain.assurance import GOOD_FOR, Assurance, Shown, Vouched
from domain.caller import Freshness, Grant, Ground, Locale, Represented, SignIn
from domain.identity import identity
from domain.job import JobKind
from domain.source import Reason, Rows
from domain.times import DAY, MINUTE, SECOND
from integrations.registry import Registry
from resolvers.arrivals import Arrivals
from resolvers.events import Reception
from store.parties import Parties
from store.store import Store
from tests.doubles.knowledge import NOW
from tests.unit.resolvers.asked_world import Asked
from tests.unit.resolvers.test_upkeep import ACCEPTED, EVERY, Kept

LIN, FIRM = identity("111", "11010519491231002X"), identity("001", "91350100M000100Y43")
NONE: Any = None
SIGN_IN = SignIn("s", "app", Assurance.HIGH, "", LIN, issued=NOW, signed_in=NOW - DAY)


def new_arrivals(store: Store) -> Arrivals:
    """Of a process that has seen nobody yet."""
    return Arrivals(NONE, store, Reception(store, Registry({}, {}), NONE))


async def came(arrivals: Arrivals, sign_in: SignIn, now: int) -> Vouched:
    """What a request with that token lets platforms be told."""
    deadline = asyncio.get_running_loop().time() + 5
    return (await arrivals.caller(sign_in, locale=Locale.EN, now=now, deadline=deadline)).vouched


@pytest.fixture
def shows(monkeypatch: pytest.MonkeyPatch) -> list[Shown]:
    """What the store is told."""
    found, show = list[Shown](), Parties.show

    async def noting(self: Parties, grant: Grant, shown: Shown) -> Shown:
        found.append(shown)
        return await show(self, grant, shown)

    monkeypatch.setattr(Parties, "show", noting)
    return found


async def kept_of(store: Store, who: Any, now: int) -> Vouched | None:
    """What a job would tell."""
    subject = await store.parties.subject(Grant(store.sealer.party_id(who), Ground.SYSTEM, "poll"), now)
    return subject and subject.vouched


async def test_what_a_sign_in_said_is_kept_for_jobs(store: Store, shows: list[Shown]) -> None:
    """Once, however many requests come in a day, with however many tokens; the next day, or with another level, anew."""
    arrivals = new_arrivals(store)
    for hour in range(3):
        sign_in = replace(SIGN_IN, issued=NOW + hour * 60 * MINUTE)
        assert await came(arrivals, sign_in, NOW + hour * 60 * MINUTE) == Vouched(Assurance.HIGH, NOW - DAY)
    assert shows == [SIGN_IN.shown]
    assert await kept_of(store, LIN, NOW) == Vouched(Assurance.HIGH, NOW - DAY)
    later = replace(SIGN_IN, issued=NOW + DAY, signed_in=NOW + DAY - SECOND)
    lower = replace(later, assurance=Assurance.MEDIUM, issued=NOW + DAY + SECOND)
    for sign_in in (later, lower, later):
        told = await came(arrivals, sign_in, NOW + DAY + MINUTE)
    assert told == Vouched(Assurance.MEDIUM, NOW + DAY - SECOND) == await kept_of(store, LIN, NOW + DAY)
    assert len(shows) == 3


async def test_another_process_goes_on_with_what_is_kept(store: Store) -> None:
    """An older token, seen there first, takes nothing away."""
    for issued, level in ((NOW, Assurance.HIGH), (NOW - 1, Assurance.BASIC)):
        told = await came(new_arrivals(store), replace(SIGN_IN, issued=issued, assurance=level), NOW)
        assert told.level is Assurance.HIGH


async def test_for_an_organisation_it_is_the_level_of_who_acts(store: Store) -> None:
    """It is kept with the organisation, and of the person nothing is: who signs in for a firm is not here for themselves."""
    arrivals = new_arrivals(store)
    await came(arrivals, replace(SIGN_IN, acting=Represented("firm", FIRM)), NOW)
    assert await kept_of(store, FIRM, NOW) == Vouched(Assurance.HIGH, NOW - DAY)
    assert await kept_of(store, LIN, NOW) is None


async def test_a_platform_is_not_asked_below_its_level(store: Store) -> None:
    """Neither by a reader, nor by a job, and nothing is scheduled for it; it is said, and after a step up it is asked."""
    asked = Asked(store, 2)
    asked.platforms["p001"].least = Assurance.HIGH
    await asked.signs_in(Assurance.MEDIUM)
    for freshness in (Freshness.RECENT, Freshness.LIVE):
        sources = await asked.sources(freshness)
        assert [(one.platform, one.rows, one.reason) for one in sources.shown] == [
            ("p001", Rows.NONE, Reason.NOT_ASKED)
        ]
        assert (sources.is_complete, sources.unasked, await asked.works(), await asked.jobs()) == (False, 0, 0, {})
    assert set(asked.asked()) == {"p000"}
    asked.now += SECOND
    await asked.signs_in(Assurance.HIGH)
    assert (await asked.sources(Freshness.LIVE)).shown == ()
    assert asked.asked() == {"p001": 1}
    asked.now += MINUTE
    await asked.works()
    assert (await asked.sources()).is_complete
    assert asked.platforms["p001"].vouched == [Vouched(Assurance.HIGH)]


async def test_after_a_step_up_the_job_asks_too(store: Store) -> None:
    """Whoever does not wait for it hears of it."""
    asked = Asked(store, 1)
    asked.platforms["p000"].least = Assurance.HIGH
    await asked.signs_in(Assurance.MEDIUM)
    await asked.sources()
    asked.now += SECOND
    await asked.signs_in(Assurance.HIGH)
    assert (await asked.sources(Freshness.KNOWN)).unasked == 1
    asked.now += MINUTE
    assert await asked.works() == 1
    assert (await asked.sources(Freshness.KNOWN)).is_complete
    assert asked.platforms["p000"].vouched == [Vouched(Assurance.HIGH)]


async def test_a_poll_ends_when_the_level_counts_no_more(store: Store) -> None:
    """Nobody is asked, and nobody waits for an answer; the next reader has it polled again."""
    kept = Kept(store)
    kept.platform.least = Assurance.MEDIUM
    kept.says(ACCEPTED)
    await kept.ask()
    await store.parties.show(kept.grant, Shown(Assurance.MEDIUM, kept.now))
    kept.now += EVERY
    await kept.runner.run_once(JobKind.POLL)
    assert kept.platform.vouched[1:] == [Vouched(Assurance.MEDIUM)] * 2
    kept.now += GOOD_FOR
    await kept.misses("cases")
    for kind in (JobKind.POLL, JobKind.CATCH_UP):
        await kept.runner.run_once(kind)
    assert (len(kept.platform.vouched), await kept.jobs()) == (3, {})
    await kept.ask()
    assert await kept.jobs() == {"poll": (EVERY, 0)}
