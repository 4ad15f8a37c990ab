"""Clients: the apps and mini-programs through which people come, and what each may do."""

import re
from dataclasses import dataclass, field
from enum import StrEnum

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?|http://localhost(:[0-9]{1,5})?")

BUDGET = 6_000_000
"""What all callers of a client together may spend in a minute, in the cost of operations, unless it was agreed otherwise."""

CALLER_BUDGET, ADDRESS_BUDGET = 60_000, 20_000
"""What each caller may, and one address without a token, unless the operator set another. Releases are promised by these."""

MOST_BUDGET = 10**15 - 1
"""A number in the head of an answer has 15 digits at most (RFC 9651), and Redis counts exactly to 2^53, which is more."""


class Scope(StrEnum):
    """What a client may do for people who signed in with it."""

    CASES = "cases"
    LICENCES = "licences"
    NOTIFICATIONS = "notifications"
    DEVICES = "devices"
    SCHEMA = "schema"
    GATEWAY = "gateway"


USUAL = frozenset(Scope) - {Scope.SCHEMA, Scope.GATEWAY}
"""What every client gets: the terms are the same for all, and published (docs/clients.md)."""


@dataclass(frozen=True, slots=True)
class Client:
    """`id`: the `azp` of its tokens. `contact`: whom to tell when something is wrong. `suspended`: why, or nothing.

    `free_text`: it may send documents that none of its registered releases holds. `origins`: where its pages come from, if it
    has any: scheme, host and port, as browsers say them.
    """

    id: str
    name: str
    contact: str
    scopes: frozenset[Scope] = field(default=USUAL)
    budget: int = BUDGET
    suspended: str = ""
    free_text: bool = False
    origins: frozenset[str] = frozenset()


class BadClient(ValueError):
    """What a client cannot be. Says why."""


def checked(client: Client) -> Client:
    """The same. Raises BadClient."""
    if not _ID.fullmatch(client.id):
        raise BadClient(
            "An id has at most 64 letters, digits, dots, hyphens and underscores: the azp of the client's tokens."
        )
    if not client.name.strip() or not client.contact.strip():
        raise BadClient("Say its name, and whom to tell when something is wrong.")
    if not 1 <= client.budget <= MOST_BUDGET:
        raise BadClient(f"A budget is a number from 1 to {MOST_BUDGET:,}: answers tell it, in at most 15 digits.")
    for origin in client.origins:
        if not _ORIGIN.fullmatch(origin) or origin.endswith(":443"):
            raise BadClient(
                f"{origin} is no origin as browsers say it: https://, host in lower case, port where it is not 443."
            )
    return client
