"""Who asks, as whom and until when; and why a read is allowed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from domain.assurance import UNVOUCHED, Assurance, Shown, Vouched
from domain.identity import Identity
from domain.times import Micros

LONGEST_ACCOUNT = 128
"""Characters of an account at a platform."""


class Locale(StrEnum):
    """Languages we word things in."""

    ZH_HANS = "zh-Hans"
    EN = "en"


class Freshness(StrEnum):
    """How much a caller will wait for (docs/adr/0020)."""

    KNOWN = "known"
    RECENT = "recent"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class SignIn:
    """What a verified token says. `acting` is the organisation on whose behalf the person signed in, if any.

    `issued`: when the token was; `signed_in`: when the person signed in, if it says that. `accounts`: the person's, by platform.
    """

    subject: str
    client: str
    assurance: Assurance
    name: str = field(repr=False)
    identity: Identity
    acting: "Represented | None" = None
    expires: Micros = 0
    issued: Micros = 0
    signed_in: Micros | None = None
    accounts: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)

    @property
    def shown(self) -> Shown:
        return Shown(self.assurance, self.issued, self.signed_in)


@dataclass(frozen=True, slots=True)
class Represented:
    """An organisation for which a person acts."""

    name: str = field(repr=False)
    identity: Identity
    accounts: Mapping[str, str] = field(default_factory=dict, repr=False, hash=False)


@dataclass(frozen=True, slots=True)
class Party:
    """A person or an organisation, by the keyed hash of its identity and the id that follows from it."""

    id: UUID
    person_key: str = field(repr=False)
    name: str = field(repr=False)
    identity: Identity


class Ground(StrEnum):
    """Why a read of a party's data is allowed."""

    OWN = "own"
    ACTING_FOR = "acting-for"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to read one party's rows. First argument of every read of the store; `job` names a system job."""

    party_id: UUID
    ground: Ground
    job: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's who, how and until when. `deadline` is in seconds of the event loop's clock; `now` when it came in.

    `vouched`: what platforms are told of the party, now and when nobody reads.
    """

    party: Party
    client: str
    assurance: Assurance
    acting: bool
    locale: Locale
    now: Micros
    deadline: float
    vouched: Vouched = UNVOUCHED

    @property
    def grant(self) -> Grant:
        return Grant(self.party.id, Ground.ACTING_FOR if self.acting else Ground.OWN)
