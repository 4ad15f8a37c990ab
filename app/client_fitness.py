"""Which registered clients get no answer to some or all of what they send, and what to do about it."""

from collections.abc import Collection, Iterable, Iterator, Set

from domain.client import Client, Scope
from domain.client_key import Key
from domain.times import Micros
from schema.documents import MOST_COST


def unfit(
    clients: Iterable[Client], keys: Collection[Key], released: Set[str], now: Micros, *, any_text: bool
) -> Iterator[str]:
    """A sentence for each thing. `released`: clients with a live release. `any_text`: everybody may send free text.

    Nothing of those that are suspended: they were sent away on purpose.
    """
    holders = {key.client for key in keys if key.good(now)}
    for client in clients:
        if not client.suspended:
            silent = not any_text and client.id not in released
            yield from (f"{client.id} {said}" for said in _wanting(client, silent=silent, keyed=client.id in holders))


def _wanting(client: Client, *, silent: bool, keyed: bool) -> Iterator[str]:
    gateway = Scope.GATEWAY in client.scopes
    if client.budget < MOST_COST:
        yield f"has a budget of {client.budget:,}, and one operation may cost {MOST_COST:,}; see tongban client change --budget"
    if silent and not client.free_text and not gateway:
        yield "has no live release and may send nothing else; see tongban contract register, or client change --free-text"
    if gateway and not keyed:
        yield "is a gateway without a good key; see tongban client key new"
