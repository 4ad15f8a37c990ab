"""Accounts of a party at platforms: kept as its newest token says, so that jobs can ask and events find it (ADR 0053)."""

from collections.abc import Mapping
from uuid import UUID

from domain.caller import Grant
from domain.job import JobKind
from domain.times import Micros
from resolvers.events import Reception
from resolvers.intake import GRACE
from store.accounts import Relinked, is_newest, let_go
from store.database import Session
from store.jobs import schedule
from store.parties import LINKED_AFTER, advance


async def learn_accounts(
    reception: Reception, grant: Grant, said: Mapping[str, str], issued: Micros, now: Micros
) -> bool:
    """Makes the accounts of the party those that a token says; whether it has any that it did not have.

    Writes nothing where nothing is other, or a token that was issued later has said otherwise.
    """
    store, party_id = reception.store, grant.party_id
    # Of platforms that nobody here describes nothing is kept, and nothing is let go: another process may describe them.
    described = reception.registry.described_by_account
    accounts = {code: account for code, account in said.items() if code in described}
    if not described or await store.accounts.are(grant, accounts, described):
        return False
    async with store.db.transaction() as session:
        seq = await advance(session, party_id)
        if seq is None or not await is_newest(session, party_id, issued):
            return False
        relinked = await store.accounts.relink(session, party_id, accounts, described)
        await _follow(reception, session, party_id, seq, relinked, now)
    for changed in {party_id, *(owner for owner, _ in relinked.ended)}:
        await reception.intake.hint(changed)
    return bool(relinked.gained)


async def _follow(
    reception: Reception, session: Session, party_id: UUID, seq: int, relinked: Relinked, now: Micros
) -> None:
    """What was known by links that ended goes; by the new ones it is asked, and events that waited are linked."""
    for owner, code in relinked.ended:
        its = seq if owner == party_id else await advance(session, owner)
        if its is not None:
            await let_go(session, owner, code, its, now)
    for code in relinked.gained:
        if platform := reception.registry.connected.get(code):
            # Whoever reads asks first; the job makes up for those who do not wait.
            await reception.intake.miss(session, party_id, code, seq, sorted(platform.nouns), now, now + GRACE)
    if relinked.gained:
        # Also where nothing waits: as with a new party, an event may be on its way in, whose sender sees no account yet.
        await schedule(session, JobKind.LINK, now + LINKED_AFTER, party_id)
