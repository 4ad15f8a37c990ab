"""A citizen arrives: from a verified sign-in to the caller that every use case takes."""

from collections import OrderedDict
from uuid import UUID

from prometheus_client import Counter

from domain.assurance import Shown, vouched
from domain.caller import Caller, Grant, Ground, Locale, Party, SignIn
from domain.errors import ErrorCode, Refusal
from domain.job import JobKind
from domain.times import Micros
from integrations.identity import IdentityProvider, ProviderUnavailable, TokenRefused
from resolvers.events import Reception
from resolvers.linking import link_first
from store.store import Store

REMEMBERED = 100_000

TOKENS_REFUSED = Counter("tongban_tokens_refused_total", "Bearer tokens that were not believed", ["fault"])


class Arrivals:
    """Knows who comes in, and makes sure that the party is there before anything is done for it."""

    def __init__(self, provider: IdentityProvider, store: Store, reception: Reception) -> None:
        self._provider = provider
        self._store = store
        self._reception = reception
        self._seen: OrderedDict[UUID, Shown] = OrderedDict()

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
        """Who asks, as whom. At the first arrival of a party events that waited for it are taken in, until the deadline."""
        who = sign_in.acting or sign_in
        sealer = self._store.sealer
        party = Party(sealer.party_id(who.identity), sealer.person_key(who.identity), who.name, who.identity)
        shown = self._seen.get(party.id)
        if shown is None:
            await self._welcome(party, now, deadline)
        if shown is None or sign_in.shown.replaces(shown):
            shown = await self._shown(party, sign_in.shown)
        known = (sign_in.client, sign_in.assurance, sign_in.acting is not None, locale, now, deadline)
        return Caller(party, *known, vouched(shown, now))

    async def _welcome(self, party: Party, now: Micros, deadline: float) -> None:
        is_new = await self._store.parties.register(party, now)
        if is_new and not await link_first(self._reception, party.id, deadline):
            await self._store.jobs.schedule(JobKind.LINK, now, party.id)

    async def _shown(self, party: Party, said: Shown) -> Shown:
        """What the token issued last says of the party, once that is kept. It is remembered that the party was welcomed."""
        kept = self._seen[party.id] = await self._store.parties.show(Grant(party.id, Ground.OWN), said)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return kept
