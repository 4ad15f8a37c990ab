"""How many sockets there may be at once in this process: each costs memory for as long as its client likes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from api.messages import Closing
from domain.caller import SignIn
from domain.identity import Identity

MOST = 20_000
MOST_OF_A_PARTY = 50
"""More than a citizen has devices, and enough for those who act for one organisation and are connected here."""


class Places:
    """Those that are taken. A socket without one is closed with 1013: later, or in another process, there may be one."""

    def __init__(self) -> None:
        self._taken = 0
        self._of_a_party: Counter[Identity] = Counter()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place for any socket, until the block ends. Raises Closing."""
        if self._taken >= MOST:
            raise Closing(1013, "full")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    @contextmanager
    def among_its_party(self, signed_in: SignIn | None) -> Iterator[None]:
        """A place among the sockets of whoever signed in, until the block ends; nobody needs none. Raises Closing."""
        if signed_in is None:
            yield
            return
        party = (signed_in.acting or signed_in).identity
        if self._of_a_party[party] >= MOST_OF_A_PARTY:
            raise Closing(1013, f"At most {MOST_OF_A_PARTY} sockets of one party.")
        self._of_a_party[party] += 1
        try:
            yield
        finally:
            self._of_a_party[party] -= 1
            if not self._of_a_party[party]:
                del self._of_a_party[party]
