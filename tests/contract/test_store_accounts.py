"""What a party is known by besides its identity, on both databases: its accounts, and the level of its last sign-in."""

from uuid import uuid4

from domain.assurance import Assurance, Shown, Subject, Vouched
from domain.caller import Grant
from domain.page import Page
from domain.source import Terms
from domain.times import DAY
from store.accounts import Relinked, is_newest, let_go
from store.events import EventState, KeptEvent
from store.parties import advance
from store.store import Store
from tests.contract.store_world import NOW, case, keep, licence, party

TERMS = Terms(max_age=100, absence=1000)
AT = frozenset({"archive", "library"})


async def relink(store: Store, grant: Grant, **accounts: str) -> Relinked:
    async with store.db.transaction() as session:
        assert await advance(session, grant.party_id)
        return await store.accounts.relink(session, grant.party_id, accounts, AT)


async def test_accounts_are_what_was_said_last(store: Store):
    """What is the same stays; elsewhere nothing is touched."""
    grant = await party(store)
    assert await relink(store, grant, archive="A", library="L") == Relinked(("archive", "library"), ())
    assert await relink(store, grant, archive="A", library="L") == Relinked((), ())
    assert await store.accounts.are(grant, {"archive": "A", "library": "L"}, AT)
    assert not await store.accounts.are(grant, {"archive": "A"}, AT)
    assert await store.accounts.are(grant, {"archive": "A"}, {"archive"})
    found = await relink(store, grant, archive="B")
    assert (found.gained, set(found.ended)) == (
        ("archive",),
        {(grant.party_id, "archive"), (grant.party_id, "library")},
    )
    assert await store.accounts.of(grant) == {"archive": "B"}
    assert await store.parties.known(store.sealer.account_key("archive", "B")) == grant.party_id
    assert await store.parties.known(store.sealer.account_key("archive", "A")) is None


async def test_an_account_is_taken_from_whoever_has_it(store: Store):
    """And of another platform it is another account."""
    one, other = await party(store), await party(store)
    await relink(store, one, archive="A", library="A")
    assert await relink(store, other, archive="A") == Relinked(("archive",), ((one.party_id, "archive"),))
    assert (await store.accounts.of(one), await store.accounts.of(other)) == ({"library": "A"}, {"archive": "A"})


async def test_a_token_that_was_issued_later_has_the_word(store: Store):
    """One of the same moment has said it already."""
    grant = await party(store)
    async with store.db.transaction() as session:
        said = [await is_newest(session, grant.party_id, at) for at in (NOW, NOW - 1, NOW, NOW + 1)]
    assert said == [True, False, False, True]


async def test_what_a_platform_said_goes_with_the_link(store: Store):
    """Of that platform and party alone; nothing is left to be fresh or in trouble."""
    one, other = await party(store), await party(store)
    for grant in (one, other):
        await keep(store, grant, case(platform="archive"), case(), licence())
        await store.contacts.confirm(grant.party_id, "licences", "archive", NOW, "f", TERMS, True)
    async with store.db.transaction() as session:
        seq = await advance(session, one.party_id)
        assert seq
        await let_go(session, one.party_id, "archive", seq, NOW + 5)

    async def platforms(grant: Grant) -> list[str]:
        return sorted(item.platform for item in (await store.cases.page(grant, Page(20, None), None))[0])

    assert (await platforms(one), await platforms(other)) == (["44"], ["44", "archive"])
    contact = await store.contacts.one(one, "licences", "archive")
    assert (contact.answered, contact.absent, contact.full_at, contact.fingerprint) == (0, 0, NOW + 5, "")
    assert (await store.contacts.one(other, "licences", "archive")).answered == NOW


async def test_events_about_all_names_of_a_party_wait_together(store: Store):
    """In the order in which they came, page by page."""
    grant, stranger = await party(store), await party(store)
    await relink(store, grant, archive="A", library="L")
    (own,) = await store.db.rows("SELECT person_key FROM party WHERE id = $1", grant.party_id)
    keys = [own["person_key"], store.sealer.account_key("archive", "A"), store.sealer.account_key("library", "L")]
    async with store.db.transaction() as session:
        for n in range(9):
            await store.events.add(session, _event(f"e{n}", [*keys, "nobody's"][n % 4], NOW + n))
    found, after = list[str](), None
    while page := await store.events.waiting(grant.party_id, 3, after):
        found += [event.event_id for event in page.events]
        if (after := page.last) is None:
            break
    assert found == ["e0", "e1", "e2", "e4", "e5", "e6", "e8"]
    assert (await store.events.waiting(stranger.party_id, 3)).events == []
    assert (await store.events.known(_event("e0", keys[1], NOW))).party_id == grant.party_id


def _event(event_id: str, key: str, received: int) -> KeptEvent:
    return KeptEvent("archive", event_id, uuid4().hex, b"{}", received, EventState.UNLINKED, key)


async def test_a_job_knows_what_was_shown_last(store: Store):
    """Of two tokens at once the later; after its time nothing."""
    grant = await party(store)
    later, earlier = Shown(Assurance.MEDIUM, NOW, NOW - 7), Shown(Assurance.HIGH, NOW - 1)
    assert await store.parties.show(grant, later) == later
    assert await store.parties.show(grant, earlier) == later
    same = Shown(Assurance.HIGH, NOW)
    assert await store.parties.show(grant, same) == same
    found = await store.parties.subject(grant, NOW)
    assert isinstance(found, Subject) and found.vouched == Vouched(Assurance.HIGH)
    late = await store.parties.subject(grant, NOW + 91 * DAY)
    assert late and late.vouched == Vouched()
