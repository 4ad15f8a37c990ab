"""A citizen arrives: from a verified sign-in to the caller that every use case takes."""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import Counter

from domain.assurance import Shown, vouched
from domain.caller import Caller, Grant, Ground, Locale, Party, SignIn
from domain.errors import ErrorCode, Refusal
from domain.job import JobKind
from domain.times import Micros
from integrations.identity import IdentityProvider, ProviderUnavailable, TokenRefused
from resolvers.accounts import learn_accounts
from resolvers.events import Reception
from resolvers.linking import link_first
from store.store import Store

REMEMBERED = 100_000

TOKENS_REFUSED = Counter("tongban_tokens_refused_total", "Bearer tokens that were not believed", ["fault"])


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is kept of a party's sign-in, and when the newest of its tokens that were seen here was issued."""

    shown: Shown
    newest: Micros


class Arrivals:
    """Knows who comes in, and makes sure that the party is there before anything is done for it."""

    def __init__(self, provider: IdentityProvider, store: Store, reception: Reception) -> None:
        self._provider = provider
        self._store = store
        self._reception = reception
        self._seen: OrderedDict[UUID, _Seen] = OrderedDict()

    async def sign_in(self, token: str, now: Micros) -> SignIn:
        """What a bearer token says. Raises Refusal: UNAUTHENTICATED with the fault, or UNAVAILABLE if nobody can tell now."""
        try:
            return await self._provider.sign_in(token, now)
        except TokenRefused as refused:
            TOKENS_REFUSED.labels(refused.reason.value).inc()
            raise Refusal(ErrorCode.UNAUTHENTICATED, refused.reason.value) from None
        except ProviderUnavailable:
            raise Refusal(ErrorCode.UNAVAILABLE) from None

    async def caller(self, sign_in: SignIn, *, locale: Locale, now: Micros, deadline: float) -> Caller:
        """Who asks, as whom. At the first arrival of a party, or of an account of it, events that waited for it are taken in,
        until the deadline.
        """
        who = sign_in.acting or sign_in
        sealer = self._store.sealer
        party = Party(sealer.party_id(who.identity), sealer.person_key(who.identity), who.name, who.identity)
        seen = self._seen.get(party.id)
        if seen is None or sign_in.issued > seen.newest:
            await self._welcome(party, who.accounts, sign_in.issued, seen is None, now, deadline)
            seen = await self._shown(party, sign_in.shown, seen)
        elif sign_in.shown.replaces(seen.shown):
            seen = await self._shown(party, sign_in.shown, seen)
        known = (sign_in.client, sign_in.assurance, sign_in.acting is not None, locale, now, deadline)
        return Caller(party, *known, vouched(seen.shown, now))

    async def _welcome(
        self, party: Party, accounts: Mapping[str, str], issued: Micros, first: bool, now: Micros, deadline: float
    ) -> None:
        """Of a party that was not seen yet, or of a token that is newer than all that were."""
        waits = first and await self._store.parties.register(party, now)
        waits |= await learn_accounts(self._reception, Grant(party.id, Ground.OWN), accounts, issued, now)
        if waits and not await link_first(self._reception, party.id, deadline):
            await self._store.jobs.schedule(JobKind.LINK, now, party.id)

    async def _shown(self, party: Party, said: Shown, seen: _Seen | None) -> _Seen:
        """What is kept once a token was shown. It is remembered that the party was welcomed with it."""
        kept = seen.shown if seen else None
        if kept is None or said.replaces(kept):
            kept = await self._store.parties.show(Grant(party.id, Ground.OWN), said)
        self._seen[party.id] = found = _Seen(kept, max(said.issued, seen.newest) if seen else said.issued)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return found
