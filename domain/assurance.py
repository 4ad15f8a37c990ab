"""How sure it is that somebody is who they are: what a sign-in shows, and what platforms are told of it (docs/adr/0052, 0053)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum

from domain.identity import Identity
from domain.times import DAY, Micros

GOOD_FOR: Micros = 90 * DAY
"""How long after its newest token a party's level counts. Who was not here for so long may have lost the phone or the number that
they signed in with: the provider would tell whoever signs in again, and tells nobody else.
"""

KEPT_ANEW: Micros = DAY
"""A newer token that says the same level is kept only so long after the last one, or each request would cost a write."""


class Assurance(IntEnum):
    """Real-name level of a sign-in, after the level column of the national identity table."""

    NONE = 0
    BASIC = 1
    MEDIUM = 2
    HIGH = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """What one token said: the level of who signed in, when it was issued, and when they signed in, if it says that."""

    level: Assurance
    issued: Micros
    signed_in: Micros | None = None

    def replaces(self, kept: "Shown | None") -> bool:
        """Whether this is to be kept in place of what is. The token that was issued last counts, whichever comes last; of two
        of the same second the higher level.
        """
        if kept is None:
            return True
        newer = self.issued - kept.issued
        if newer <= 0:
            return newer == 0 and self.level > kept.level
        return self.level is not kept.level or newer >= KEPT_ANEW


@dataclass(frozen=True, slots=True)
class Vouched:
    """What a platform may be told of a party besides its identity. `level`: None where none is known that still counts.

    `account`: the party's at this platform; empty where none is linked.
    """

    level: Assurance | None = None
    signed_in: Micros | None = None
    account: str = field(default="", repr=False)

    def reaches(self, least: Assurance) -> bool:
        return (self.level or Assurance.NONE) >= least


UNVOUCHED = Vouched()


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom platforms are asked about, and what each may be told besides. `accounts`: those that are linked, by platform."""

    identity: Identity = field(repr=False)
    vouched: Vouched = UNVOUCHED
    accounts: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    def at(self, platform: str) -> Vouched:
        """What one platform may be told."""
        return replace(self.vouched, account=self.accounts.get(platform, ""))


def vouched(kept: Shown | None, now: Micros) -> Vouched:
    """What is told of whom this was shown last."""
    if kept is None or now - kept.issued > GOOD_FOR:
        return UNVOUCHED
    return Vouched(kept.level, kept.signed_in)
