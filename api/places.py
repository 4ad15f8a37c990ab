"""How many sockets and streams there may be at once in this process: each costs memory for as long as its client likes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from domain.caller import SignIn
from domain.identity import Identity

MOST = 20_000
MOST_OF_A_PARTY = 50
"""More than a citizen has devices, and enough for those who act for one organisation and are connected here."""


class Full(Exception):
    """There is no place. Later, or in another process, there may be one. Says why, to developers."""


class Places:
    """Those that are taken."""

    def __init__(self) -> None:
        self._taken = 0
        self._of_a_party: Counter[Identity] = Counter()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A place for any of them, until the block ends. Raises Full."""
        if self._taken >= MOST:
            raise Full("full")
        self._taken += 1
        try:
            yield
        finally:
            self._taken -= 1

    @contextmanager
    def among_its_party(self, signed_in: SignIn | None) -> Iterator[None]:
        """A place among those of whoever signed in, until the block ends; nobody needs none. Raises Full."""
        if signed_in is None:
            yield
            return
        party = (signed_in.acting or signed_in).identity
        if self._of_a_party[party] >= MOST_OF_A_PARTY:
            raise Full(f"At most {MOST_OF_A_PARTY} sockets and streams of one party.")
        self._of_a_party[party] += 1
        try:
            yield
        finally:
            self._of_a_party[party] -= 1
            if not self._of_a_party[party]:
                del self._of_a_party[party]
