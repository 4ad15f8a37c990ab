"""The intake over a real store, one claim at a time: what it writes, what it leaves alone, and what it survives."""

import asyncio
from dataclasses import replace
from itertools import count
from random import Random

import pytest

from domain.event import EventKind
from domain.knowledge import Facts
from domain.licence import Licence, LicenceObservation, LicenceState
from domain.page import Page
from domain.source import Reason
from domain.times import HOUR
from integrations.port import Answer, PlatformEvent
from store.store import Store
from tests.databases import KINDS
from tests.doubles.knowledge import NOW, PLATFORM, Said, expected, row
from tests.unit.resolvers.told import TERMS, Told

pytestmark = pytest.mark.parametrize("engine", KINDS)

NUMBERS = count(1)
ACCEPTED, STEP, GRANTED = row(1, EventKind.ACCEPTED, 0), row(2, EventKind.STEP_TAKEN, 1), row(3, EventKind.GRANTED, 2)


def number() -> str:
    return f"T{next(NUMBERS)}"


def said(named: str, age: int, *rows, listed: bool = True) -> Said:
    return Said(NOW - age * HOUR, ((named, Facts(named, "permit"), rows),), listed)


async def test_the_same_answer_later_writes_the_contact_and_no_more(store: Store):
    """Neither a row, nor a number of the sequence; and its date is what an event is measured against."""
    told, case = await Told.about(store), number()
    await told.hear(said(case, 9, ACCEPTED))
    before = await told.rows("case_index"), await told.party()
    await told.hear(said(case, 5, ACCEPTED))
    assert (await told.rows("case_index"), await told.party()) == before
    contact = (await store.contacts.all(told.grant, "cases"))[PLATFORM]
    assert contact.answered == contact.full_at == NOW - 5 * HOUR
    history = [said(case, 9, ACCEPTED), said(case, 5, ACCEPTED), said(case, 7, STEP, listed=False)]
    await told.hear(history[-1])
    assert await told.visible(expected(history)) == expected(history)


async def test_an_answer_that_an_event_outdates_is_read_again(store: Store):
    """The same answer after the event takes back what the event said: it must not pass for nothing new."""
    told, case = await Told.about(store), number()
    history = [said(case, 5, GRANTED, listed=False), said(case, 6, ACCEPTED), said(case, 4, ACCEPTED)]
    for item in history:
        await told.hear(item)
    seen = (await told.visible(expected(history)))[case]
    assert seen is not None and seen.events == (ACCEPTED,)


async def test_everything_at_once_ends_as_in_any_order(store: Store):
    """Lists, the same lists again, and events, all taken in at the same time: nothing fails and the end is the same."""
    told, case, other = await Told.about(store), number(), number()
    lists = [said(case, age, ACCEPTED, STEP) for age in (9, 8, 6, 4)]
    events = [
        said(case, 7, GRANTED, listed=False),
        said(other, 3, STEP, listed=False),
        said(case, 2, GRANTED, listed=False),
    ]
    history = lists + events
    Random(7).shuffle(history)
    await asyncio.gather(*(told.hear(item) for item in [*history, *history]))
    assert await told.visible(expected(history)) == expected(history)
    seq, unread = await told.party()
    notifications = await told.rows("notification")
    assert unread == len(notifications) == len({item["transition_key"] for item in notifications})
    assert all(item["seq"] <= seq for item in notifications)


async def test_a_row_that_turns_from_result_to_reopening_is_told_once(store: Store):
    """It is the cause of one transition in two ways; the answer must be taken in all the same."""
    told, case = await Told.about(store), number()
    for item in (said(case, 9, row(3, EventKind.GRANTED, 2)), said(case, 8, row(3, EventKind.REOPENED, 3))):
        await told.hear(item)
    assert [item["kind"] for item in await told.rows("notification")] == ["reopened"]


async def test_a_case_of_two_parties_is_each_ones_own(store: Store):
    """A couple's case: both see it and are told of it, under ids of their own, and neither can read the other's."""
    first, second, case = await Told.about(store), await Told.about(store), number()
    for one in (first, second):
        await one.hear(said(case, 9, ACCEPTED))
        await one.hear(said(case, 1, GRANTED, listed=False))
    (mine,), _ = await store.cases.page(first.grant, Page(5, None), None)
    (theirs,), _ = await store.cases.page(second.grant, Page(5, None), None)
    assert (mine.facts, mine.standing) == (theirs.facts, theirs.standing)
    assert [len(await one.rows("notification")) for one in (first, second)] == [1, 1]
    assert await store.cases.some(first.grant, [theirs.id]) == ({}, True)


async def test_a_failure_leaves_what_is_known(store: Store):
    """It is noted with its reason and date; the next answer ends it."""
    told, case = await Told.about(store), number()
    await told.hear(said(case, 9, ACCEPTED))
    await store.contacts.fail(told.grant.party_id, "cases", PLATFORM, NOW - 8 * HOUR, Reason.TIMEOUT)
    contact = (await store.contacts.all(told.grant, "cases"))[PLATFORM]
    assert (contact.trouble, contact.rows, contact.answered) == (Reason.TIMEOUT, 1, NOW - 9 * HOUR)
    await told.hear(said(case, 7, ACCEPTED))
    assert (await store.contacts.all(told.grant, "cases"))[PLATFORM].trouble is None


async def test_an_event_that_another_took_is_not_applied(store: Store):
    """Nothing of its transaction stays, the number of the sequence included in what a retry may take."""
    told, case = await Told.about(store), number()
    item = said(case, 1, GRANTED, listed=False)
    event = PlatformEvent("e", item.dated, cases=item.observations)

    async def claim(_: object) -> bool:
        return False

    assert not await told.intake.event(told.grant.party_id, PLATFORM, event, claim)
    assert (await told.rows("case_index"), await told.rows("notification")) == ([], [])


async def test_licences_come_go_and_come_back(store: Store):
    """By lists and by events; an old list undoes nothing."""
    told, named = await Told.about(store), number()
    valid = Licence(named, "permit", LicenceState.VALID)
    revoked = replace(valid, state=LicenceState.REVOKED)

    async def hear(age: int, *licences: Licence, listed: bool = True) -> list[LicenceState]:
        seen = tuple(LicenceObservation(item, NOW - age * HOUR) for item in licences)
        if listed:
            await told.intake.licences(told.grant.party_id, PLATFORM, Answer(seen, NOW - age * HOUR), TERMS)
        else:
            await told.apply(PlatformEvent("e", NOW - age * HOUR, licences=seen))
        return [item.licence.state for item in (await store.licences.page(told.grant, Page(9, None)))[0]]

    assert await hear(9, valid) == [LicenceState.VALID]
    assert await hear(5, revoked, listed=False) == [LicenceState.REVOKED]
    assert await hear(7, valid) == [LicenceState.REVOKED]
    assert await hear(4) == []
    assert await hear(6, valid, listed=False) == []
    assert await hear(3, valid, listed=False) == [LicenceState.VALID]


async def test_nothing_is_kept_of_a_party_that_is_not_there(store: Store):
    """A platform may answer about somebody who never signed in."""
    told = Told(store)
    await told.hear(said(number(), 9, ACCEPTED))
    assert (await told.rows("case_index"), await told.rows("contact")) == ([], [])
