"""How a platform is reached, how it knows a person, and how much may be asked of it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from domain.assurance import Assurance
from domain.identity import IdentityType
from domain.source import Terms
from domain.times import SECOND, Micros
from integrations.form.authentication import HEADER, Authentication, TokenEndpoint
from integrations.form.parts import Part, Setting, settings_in

PREFIX = r"^[A-Za-z_][A-Za-z0-9_.-]*$"
MEDIA_TYPE = r"^[a-z]+/[a-z0-9.+-]+$"

NOT_YOURS = frozenset(
    {"authorization", "proxy-authorization", "cookie", "host", "connection", "upgrade", "te", "trailer", "expect"}
    | {"content-length", "content-encoding", "transfer-encoding", "accept-encoding"}
)
"""Headers that hold secrets, or that the HTTP library must decide."""


def _header(name: str) -> str:
    if name.lower() in NOT_YOURS:
        raise ValueError("expected another header: secrets stand in authentication, the rest of HTTP is ours")
    return name


Header = Annotated[str, Field(pattern=HEADER), AfterValidator(_header)]


class Connection(Part):
    """`trust`: a file with the certificates of the authorities that the platform's certificate may come from, in PEM, in place
    of the system's. `headers`: sent with each question, as they stand. `media_type`: how the platform names its answers, if
    not as it should. `namespaces`: the prefixes that places and bodies in XML use.
    """

    dialect: Literal["rest", "soap", "graphql", "exchange-tables", "native"]
    address: Setting
    authentication: Authentication
    trust: Setting | None = None
    headers: dict[Header, Annotated[str, Field(pattern=r"^[ -~]*$")]] = Field(default_factory=dict)
    media_type: str | None = Field(default=None, pattern=MEDIA_TYPE)
    namespaces: dict[Annotated[str, Field(pattern=PREFIX)], Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict
    )

    @property
    def secrets(self) -> list[str]:
        """The names of the settings in it besides the address."""
        return [*settings_in(self.authentication), *([self.trust.setting] if self.trust else [])]


class Known(Part):
    """How the platform knows people and organisations.

    `least_level`: the real-name level that somebody must have signed in at, or the platform is not asked about them.
    """

    least_level: Literal[1, 2, 3] | None = None

    @property
    def least(self) -> Assurance:
        return Assurance(self.least_level or 0)


class IdentityNumber(Known):
    """The platform knows people and organisations by an identity document."""

    how: Literal["identity-number"]
    types: tuple[IdentityType, ...] = Field(min_length=1)


class CreditCode(Known):
    """The platform knows organisations alone, by their unified social credit code (GB 32100)."""

    how: Literal["credit-code"]

    @property
    def types(self) -> tuple[IdentityType, ...]:
        return (IdentityType.ORGANISATION,)


class Assertion(Known, TokenEndpoint):
    """The platform knows people by assertions of ours, for which its token endpoint gives access tokens (RFC 8693).

    `audience`: what an assertion calls the platform, and no other platform.
    """

    how: Literal["assertion"]
    types: tuple[IdentityType, ...] = Field(min_length=1)
    audience: str = Field(pattern=r"^[!-~]+$")

    @model_validator(mode="after")
    def _whole(self) -> "Assertion":
        if (self.client_id is None) != (self.client_secret is None):
            raise ValueError("expected client_id and client_secret, or neither")
        return self


class LinkedAccount(Known):
    """The platform knows people and organisations by accounts of its own, which the identity provider links to them."""

    how: Literal["linked-account"]
    types: tuple[IdentityType, ...] = Field(min_length=1)


Person = Annotated[IdentityNumber | CreditCode | Assertion | LinkedAccount, Field(discriminator="how")]

LONGEST_TIMEOUT_S = 60.0


class Limits(Part):
    timeout_s: float = Field(gt=0, le=LONGEST_TIMEOUT_S)
    concurrency: int = Field(gt=0, le=1000)
    calls_per_minute: int | None = Field(default=None, gt=0)
    poll_s: int | None = Field(default=None, ge=10)
    max_age_s: int = Field(default=60, ge=0)
    absence_s: int = Field(default=3600, ge=0)
    page_size: int = Field(default=100, gt=0)
    pages: int = Field(default=5, gt=0, le=20)
    answer_bytes: int = Field(default=2 * 1024 * 1024, gt=0)

    @property
    def terms(self) -> Terms:
        return Terms(self.max_age_s * SECOND, self.absence_s * SECOND)

    @property
    def poll_every(self) -> Micros | None:
        return self.poll_s * SECOND if self.poll_s else None
