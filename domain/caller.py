"""Who asks, as whom and until when; and why a read is allowed."""

from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from uuid import UUID

from domain.identity import Identity
from domain.times import Micros


class Assurance(IntEnum):
    """Real-name level of a sign-in, after the level column of the national identity table."""

    NONE = 0
    BASIC = 1
    MEDIUM = 2
    HIGH = 3


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
    """What a verified token says. `acting` is the organisation on whose behalf the person signed in, if any."""

    subject: str
    client: str
    assurance: Assurance
    name: str = field(repr=False)
    identity: Identity
    acting: "Represented | None" = None
    expires: Micros = 0


@dataclass(frozen=True, slots=True)
class Represented:
    """An organisation for which a person acts."""

    name: str = field(repr=False)
    identity: Identity


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
    """One request's who, how and until when. `deadline` is in seconds of the event loop's clock; `now` when it came in."""

    party: Party
    client: str
    assurance: Assurance
    acting: bool
    locale: Locale
    now: Micros
    deadline: float

    @property
    def grant(self) -> Grant:
        return Grant(self.party.id, Ground.ACTING_FOR if self.acting else Ground.OWN)
