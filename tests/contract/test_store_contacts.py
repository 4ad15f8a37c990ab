"""Contacts and surveys on both databases: what is remembered of questions, and who is in a party's footprint."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.caller import Grant
from domain.case import KeptCase
from domain.event import EventKind, Stage
from domain.sequence import Span, end_of
from domain.source import Contact, FederatedList, Reason, Terms, answered
from store import contacts, surveys
from store.parties import advance
from store.store import Store
from tests.contract.store_world import case, keep, licence, party

TERMS = Terms(max_age=100, absence=1000)


class Contacts:
    """One contact, and the ways in which it learns."""

    def __init__(self, store: Store, party_id: UUID, platform: str = "44") -> None:
        self.store, self.key = store, (party_id, "cases", platform)

    async def heard(self, kept: KeptCase) -> None:
        """An event brings a case."""
        async with self.store.db.transaction() as session:
            seq = await advance(session, self.key[0])
            contact = await contacts.unsettle(session, *self.key)
            await self.store.cases.add(session, self.key[0], seq or 0, [kept])
            await contacts.settle(session, *self.key[:2], contact)

    async def answer(self, sent: int, fingerprint: str = "f", truncated: bool = False) -> None:
        async with self.store.db.transaction() as session:
            contact = await contacts.unsettle(session, *self.key)
            said = answered(contact, sent, fingerprint, truncated, TERMS)
            await contacts.settle(session, *self.key[:2], said)

    async def fail(self, sent: int, reason: Reason = Reason.TIMEOUT) -> None:
        await self.store.contacts.fail(*self.key, sent, reason)

    async def confirm(self, sent: int, fingerprint: str = "f", empty: bool = False) -> bool:
        return await self.store.contacts.confirm(*self.key, sent, fingerprint, TERMS, empty)

    async def unsettle(self) -> Contact:
        async with self.store.db.transaction() as session:
            return await contacts.unsettle(session, *self.key)


async def test_older_words_never_override_newer_ones_of_a_contact(store: Store):
    """Failures, answers and confirmations, each dated by its question, in every order of arrival: one end."""
    grant = await party(store)
    steps = [("answer", 5), ("fail", 3), ("fail", 7), ("confirm", 6), ("answer", 4)]
    orders = [(0, 1, 2, 3), (0, 3, 2, 1), (0, 2, 3, 1), (2, 0, 1, 3), (1, 0, 3, 2), (2, 0, 3, 1)]
    for place, order in enumerate(orders):
        contact = Contacts(store, grant.party_id)
        contact.key = (grant.party_id, "cases", f"p{place}")
        for step in order:
            await getattr(contact, steps[step][0])(steps[step][1])
        found = (await store.contacts.all(grant, "cases"))[f"p{place}"]
        assert (found.asked, found.answered, found.full_at, found.trouble) == (7, 6, 6, Reason.TIMEOUT)


async def test_an_answer_after_a_failure_ends_the_trouble(store: Store):
    """A newer one; and so does a confirmation. An older one does not."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.fail(3)
    await contact.answer(2)
    assert (await store.contacts.all(grant, "cases"))["44"].trouble is Reason.TIMEOUT
    await contact.answer(4)
    assert (await store.contacts.all(grant, "cases"))["44"].trouble is None
    await contact.fail(5, Reason.REFUSED)
    assert await contact.confirm(6)
    found = (await store.contacts.all(grant, "cases"))["44"]
    assert (found.trouble, found.asked, found.answered, found.full_at) == (None, 6, 6, 6)


async def test_only_the_same_answer_confirms(store: Store):
    """Not another, not once something else changed, not a list that was cut short, and not before there was any."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    assert not await contact.confirm(1)
    await contact.answer(2)
    assert not await contact.confirm(3, "other")
    assert await contact.confirm(3)
    assert (await contact.unsettle()).full_at == 3
    assert not await contact.confirm(4)
    await contact.answer(5, truncated=True)
    assert not await contact.confirm(6)
    found = (await store.contacts.all(grant, "cases"))["44"]
    assert (found.answered, found.full_at, found.truncated) == (5, 3, True)
    assert await store.contacts.all(grant, "licences") == {}


async def test_an_older_full_answer_still_moves_the_date_of_fullness(store: Store):
    """A newer one that was cut short proves nothing of what is missing; the older whole one does, up to its date."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.answer(7, truncated=True)
    await contact.answer(5, fingerprint="")
    found = (await store.contacts.all(grant, "cases"))["44"]
    assert (found.answered, found.full_at, found.truncated) == (7, 5, True)


@pytest.mark.parametrize("noun", ["cases", "licences"])
async def test_a_contact_counts_the_rows_that_hold(store: Store, noun: str):
    """Of its platform, party and noun; retired ones are none."""
    make = {"cases": case, "licences": licence}[noun]
    grant, other = await party(store), await party(store)
    await keep(store, grant, make(), make(), replace(make(), retired=True), replace(make(), platform="45"))
    await keep(store, other, make())
    await store.contacts.fail(grant.party_id, noun, "44", 1, Reason.TIMEOUT)
    assert (await store.contacts.all(grant, noun))["44"].rows == 2
    assert await store.contacts.all(replace(grant, party_id=uuid4()), noun) == {}


async def absent(store: Store, grant: Grant, platform: str = "44") -> int:
    return (await store.contacts.one(grant, "cases", platform)).absent


async def test_a_first_answer_without_rows_is_one_row(store: Store):
    """Nobody's sequence goes on for it; and the same again moves its dates. Not for somebody who is not there."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    assert not await contact.confirm(5)
    assert await contact.confirm(5, empty=True)
    found = await store.contacts.one(grant, "cases", "44")
    assert (found.asked, found.answered, found.full_at, found.absent, found.rows) == (5, 5, 5, 1005, 0)
    assert await contact.confirm(7, empty=True)
    assert await absent(store, grant) == 1007
    assert await store.parties.seq(grant) == 0
    assert not await Contacts(store, uuid4()).confirm(5, empty=True)


async def test_a_first_answer_without_rows_is_no_proof_where_rows_are(store: Store):
    """A database of an older version may hold rows without a contact: they must be retired by a full comparison."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await keep(store, grant, case())
    assert not await contact.confirm(5, empty=True)


async def test_a_footprint_is_who_holds_rows_was_heard_of_or_is_in_trouble(store: Store):
    """And the others are only counted, while it is believed that they hold nothing. Other lists and parties are others'."""
    grant, other = await party(store), await party(store)
    for sent, platform in enumerate(("11", "12", "13", "14", "15"), start=5):
        await Contacts(store, grant.party_id, platform).confirm(sent, empty=True)
    await Contacts(store, grant.party_id, "13").fail(90)
    await Contacts(store, grant.party_id, "14").heard(case(platform="14"))
    await Contacts(store, grant.party_id, "16").unsettle()
    await Contacts(store, other.party_id, "11").confirm(500, empty=True)
    found = await store.contacts.footprint(grant, "cases", 1006)
    assert {one.platform: (one.rows, one.trouble) for one in found.contacts} == {
        "13": (0, Reason.TIMEOUT),
        "14": (1, None),
        "16": (0, None),
    }
    assert (found.quiet, found.surveyed) == (2, "")
    assert (await store.contacts.footprint(grant, "cases", 1009)).quiet == 1
    assert (await store.contacts.footprint(grant, "licences", 0)).contacts == ()


async def test_some_contacts_are_read_by_their_platforms(store: Store):
    """Of this party and list; what was never asked is not among them."""
    grant, other = await party(store), await party(store)
    for owner, platform in ((grant, "44"), (grant, "45"), (other, "46")):
        await Contacts(store, owner.party_id, platform).answer(5)
    found = await store.contacts.some(grant, "cases", ["44", "46", "47"])
    assert {code: one.answered for code, one in found.items()} == {"44": 5}
    assert (await store.contacts.some(grant, "licences", ["44"]), await store.contacts.some(grant, "cases", [])) == (
        {},
        {},
    )


async def test_a_platform_leaves_the_footprint_with_its_last_row(store: Store):
    """Once an answer says so, or its trouble is over."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.heard(kept := case())
    await contact.answer(5)
    assert await absent(store, grant) == 0
    async with store.db.transaction() as session:
        seq = await advance(session, grant.party_id)
        said = await contacts.unsettle(session, *contact.key)
        await store.cases.change(session, grant.party_id, seq or 0, [replace(kept, retired=True)])
        await contacts.settle(session, *contact.key[:2], answered(said, 6, "none", False, TERMS))
    assert await absent(store, grant) == 1006
    await contact.fail(7)
    assert await absent(store, grant) == 0
    assert await contact.confirm(6, "none")
    assert await absent(store, grant) == 0
    assert await contact.confirm(8, "none")
    assert await absent(store, grant) == 1008


async def test_an_event_that_leaves_nothing_proves_nothing(store: Store):
    """It is about a row that is gone: what was believed of the platform stays."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.confirm(5, empty=True)
    await contact.heard(replace(case(), retired=True))
    assert await absent(store, grant) == 1005


async def test_what_is_believed_follows_the_terms(store: Store):
    """Unless something was heard of the platform meanwhile; and of one that is not asked any more nothing is."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.confirm(5, empty=True)
    before = await store.contacts.one(grant, "cases", "44")
    await store.contacts.date_absence(grant, "cases", before, 40)
    assert await absent(store, grant) == 40
    await store.contacts.date_absence(grant, "cases", before, 50)
    assert await absent(store, grant) == 40
    await store.contacts.forget_absence(grant, "cases", "44")
    assert await store.contacts.all(grant, "cases") == {}
    await contact.fail(6)
    await store.contacts.forget_absence(grant, "cases", "44")
    assert (await store.contacts.all(grant, "cases")).keys() == {"44"}


async def test_a_survey_is_noted_and_its_changes_are_told(store: Store):
    """Each list by itself; what is noted later leaves what was told, and the other way round."""
    grant = await party(store)
    await store.surveys.want(grant, "cases")
    await store.surveys.note(grant, "licences", "k1")
    assert await store.surveys.all(grant) == {"cases": "", "licences": "k1"}
    for noun in ("licences", "cases", "licences"):
        async with store.db.transaction() as session:
            await surveys.touch(session, grant.party_id, noun, await advance(session, grant.party_id) or 0)
    await store.surveys.note(grant, "cases", "k2")
    await store.surveys.want(grant, "licences")
    told = await store.surveys.changed(grant, Span(end_of(0), 9))
    assert [(one.mark.seq, one.value) for one in told] == [(2, FederatedList.CASES), (3, FederatedList.LICENCES)]
    assert await store.surveys.all(grant) == {"cases": "k2", "licences": "k1"}
    assert (await store.contacts.footprint(grant, "cases", 0)).surveyed == "k2"


async def test_a_total_counts_what_is_known(store: Store):
    """On all pages, of one stage if that is asked for; retired rows are not in a list."""
    grant = await party(store)
    granted = case(kind=EventKind.GRANTED)
    await keep(
        store, grant, case(), granted, replace(case(), retired=True), licence(), replace(licence(), retired=True)
    )
    assert [await store.cases.count(grant, stage) for stage in (None, *Stage)] == [2, 1, 0, 1]
    assert await store.licences.count(grant) == 1
    assert await store.cases.count(await party(store), None) == 0


async def test_a_platform_whose_event_did_not_come_is_in_the_footprint(store: Store):
    """Although it proved to hold nothing: until an answer to a later question, by whichever way that is taken in."""
    contact = Contacts(store, (grant := await party(store)).party_id)
    await contact.confirm(5, "none", empty=True)

    async def missed(at: int) -> int:
        async with store.db.transaction() as session:
            await advance(session, grant.party_id)
            await contacts.miss(session, grant.party_id, "44", ["cases"], at)
        return await absent(store, grant)

    assert await missed(5) == 1005
    assert await missed(9) == 0
    assert await contact.confirm(7, "none")
    assert await absent(store, grant) == 0
    await contact.answer(8)
    assert await absent(store, grant) == 0
    await contact.heard(replace(case(), retired=True))
    assert await absent(store, grant) == 0
    await contact.answer(10, "none")
    assert await absent(store, grant) == 1010
    assert await missed(20) == 0
    assert await missed(19) == 0
    assert not await contact.confirm(20, "other")
    assert await contact.confirm(20, "none")
    assert await absent(store, grant) == 1020
