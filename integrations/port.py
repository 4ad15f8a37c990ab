"""What a platform is to the rest of the house, and the few ways in which it can fail.

PlatformTrouble
├── TimedOut        it did not answer within its own time limit
├── Unreachable     no connection, or one that broke
├── RateLimited     it asks us to slow down, or its quota is used up
├── BreakerOpen     it failed too often, and is left alone for a while
├── Refused         it declines: wrong key, its own error code, a 4xx
│   └── ServerFailed    a 5xx
│       └── Overloaded      502, 503 or 504: perhaps only for a moment
└── Drifted         it answers, and not in the form that its description declares
EventRefused
├── SignatureWrong      no signature, or not one of its live secrets
├── SignatureExpired    signed too long ago: sign again and resend
├── NotParsable         not a document of the kind that it sends
└── NoEvents            by its description it sends none
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Protocol, TypeVar

from domain.assurance import UNVOUCHED, Assurance, Subject, Vouched
from domain.health import Figures
from domain.identity import Identity, IdentityType
from domain.knowledge import CaseObservation
from domain.licence import LicenceObservation
from domain.source import Reason, Terms
from domain.times import Micros
from integrations.asker import READER, Asker

T_co = TypeVar("T_co", covariant=True)


class PlatformTrouble(Exception):
    """A question failed. `reason` is what a source will say; `detail` is for the operator and holds nothing personal.

    `pause_s`: for how many seconds the platform asked to be left alone.
    """

    reason: ClassVar[Reason]

    def __init__(self, detail: str, pause_s: float = 0.0) -> None:
        super().__init__(detail)
        self.detail, self.pause_s = detail, pause_s


class TimedOut(PlatformTrouble):
    reason = Reason.TIMEOUT


class Unreachable(PlatformTrouble):
    reason = Reason.UNREACHABLE


class RateLimited(PlatformTrouble):
    reason = Reason.RATE_LIMITED


class BreakerOpen(PlatformTrouble):
    reason = Reason.BREAKER_OPEN


class Refused(PlatformTrouble):
    reason = Reason.REFUSED


class ServerFailed(Refused):
    pass


class Overloaded(ServerFailed):
    pass


class Drifted(PlatformTrouble):
    reason = Reason.DRIFTED


class EventRefused(Exception):
    """An event is not taken; the platform must do something about it."""


class SignatureWrong(EventRefused):
    pass


class SignatureExpired(EventRefused):
    pass


class NotParsable(EventRefused):
    pass


class NoEvents(EventRefused):
    pass


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """All that a platform said to one question, paging included. `sent`: when the (first) request left.

    `truncated`: there was more than the bounded paging takes, so a missing row means nothing.
    """

    observations: tuple[T_co, ...]
    sent: Micros
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event as it came over the wire: header names in lower case, with `:method` and `:path` as HTTP/2 has them, the body as
    sent, and when it was received."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received: Micros


@dataclass(frozen=True, slots=True)
class Numbered:
    """An event's number in a series of its platform's: of all that it sends, or of those `within` something, from 1."""

    number: int
    within: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class PlatformEvent:
    """An event whose signature holds, read by the platform's description.

    `problem` says why it could not be read, for quarantine; then there are no observations. `happened` is when the platform
    says it happened, never later than receipt. It is about who has the `identity`, or the `account` at the platform.
    """

    event_id: str
    happened: Micros
    identity: Identity | None = field(default=None, repr=False)
    account: str = field(default="", repr=False)
    cases: tuple[CaseObservation, ...] = ()
    licences: tuple[LicenceObservation, ...] = ()
    problem: str = ""
    numbered: Numbered | None = None

    @property
    def is_about_somebody(self) -> bool:
        return self.identity is not None or bool(self.account)


class Platform(Protocol):
    """A connected platform. Questions raise PlatformTrouble and nothing else."""

    @property
    def code(self) -> str: ...

    @property
    def terms(self) -> Terms: ...

    @property
    def timeout_s(self) -> float:
        """Its own time limit: a question ends by then, whatever became of it."""

    @property
    def poll_every(self) -> Micros | None:
        """How often it is asked about each of its parties unasked; None if it tells of changes itself."""

    @property
    def nouns(self) -> frozenset[str]:
        """What it holds, of "cases" and "licences": it is asked about nothing else."""

    def knows(self, kind: IdentityType) -> bool:
        """Whether it can be asked about this kind of identity at all."""

    @property
    def least(self) -> Assurance:
        """The real-name level of a sign-in below which it is not asked."""

    @property
    def by_account(self) -> bool:
        """Whether it knows people by accounts of its own: without one it is not asked."""

    def figures(self, at: Micros) -> Figures:
        """What this process saw of it in the last five minutes; `at` is now."""

    async def cases(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[CaseObservation]:
        """Every case of a party. Raises PlatformTrouble."""

    async def licences(
        self, identity: Identity, asker: Asker = READER, vouched: Vouched = UNVOUCHED
    ) -> Answer[LicenceObservation]:
        """Every licence of a party. Raises PlatformTrouble."""

    def open_event(self, envelope: Envelope) -> PlatformEvent:
        """Verifies and reads an event. Raises EventRefused."""

    def read_event(self, body: bytes, received: Micros, lag: Micros = 0) -> PlatformEvent:
        """Reads an event that was verified before, such as a kept one. Raises NotParsable.

        `lag`: how far the platform's clock was behind ours when it signed.
        """


def may_be_asked(platform: Platform, subject: Subject) -> bool:
    """Whether enough is vouched for of somebody for a platform to be asked about them."""
    linked = not platform.by_account or platform.code in subject.accounts
    return linked and subject.vouched.reaches(platform.least)
