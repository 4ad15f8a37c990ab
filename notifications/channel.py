"""The port of a channel: what the dispatcher hands it, and what it hands back."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from domain.delivery import Outcome

QUOTA = "quota-exceeded"
CREDENTIALS = "credentials-refused"

STOPPING = frozenset({QUOTA, CREDENTIALS})
"""Codes of a LATER outcome after which nothing else of that client goes out either, until its `retry_after` is over."""

NO_ACCOUNT = "no-account"
"""Code of a REFUSED outcome: the client has no account with this channel."""


@dataclass(frozen=True, slots=True)
class Push:
    """A pointer to one notification for one phone. It holds no word about a person.

    `client` is the app (`azp`) whose account sends it, `notification` the public id, `wording` a key that the app words
    itself. `tag` is the same for every push of one transition, so that a phone replaces and does not repeat.
    `ttl_s`: after so many seconds a provider need not deliver it any more.
    """

    token: str = field(repr=False)
    client: str
    notification: str
    wording: str
    tag: str
    ttl_s: int
    urgent: bool


class Channel(Protocol):
    """A way to phones. The same suite tests every one: tests/contract/test_channels.py."""

    @property
    def name(self) -> str:
        """The word under which devices register for it."""

    async def send(self, pushes: Sequence[Push]) -> list[Outcome]:
        """One outcome for each push, in their order. Whatever a provider does is an outcome and never an exception.

        Makes one try at each push: trying again is the dispatcher's part.
        """

    async def close(self) -> None:
        """Lets go of connections. Closing twice does nothing."""
