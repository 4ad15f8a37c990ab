"""How a platform is reached, how it knows a person, and how much may be asked of it."""

from typing import Annotated, Literal

from pydantic import Field

from domain.identity import IdentityType
from domain.source import Terms
from domain.times import SECOND, Micros
from integrations.form.parts import Part, Setting

PREFIX = r"^[A-Za-z_][A-Za-z0-9_.-]*$"


class ApiKey(Part):
    """A secret in a header, `prefix` before it: `Bearer ` for a bearer token."""

    kind: Literal["api-key"]
    header: str = Field(pattern=r"^[A-Za-z0-9-]+$")
    prefix: str = ""
    secret: Setting

    @property
    def settings(self) -> tuple[str, ...]:
        return (self.secret.setting,)


class UsernameToken(Part):
    """A UsernameToken with PasswordDigest in the SOAP header (WS-Security UsernameToken Profile 1.0)."""

    kind: Literal["wsse-username-token"]
    username: Setting
    password: Setting

    @property
    def settings(self) -> tuple[str, ...]:
        return (self.username.setting, self.password.setting)


Authentication = Annotated[ApiKey | UsernameToken, Field(discriminator="kind")]


class Connection(Part):
    """`namespaces`: the prefixes that places and bodies in XML use."""

    dialect: Literal["rest", "soap", "graphql"]
    address: Setting
    authentication: Authentication
    namespaces: dict[Annotated[str, Field(pattern=PREFIX)], Annotated[str, Field(min_length=1)]] = Field(
        default_factory=dict
    )


class Person(Part):
    """How the platform knows a person."""

    how: Literal["identity-number"]
    types: tuple[IdentityType, ...] = Field(min_length=1)


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
