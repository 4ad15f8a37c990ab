"""The description of a platform: what integrations/platforms/<code>/platform.toml may say (form 0), checked when it is read."""

import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from domain.event import EventKind
from domain.identity import IdentityType
from domain.licence import LicenceState
from domain.source import Terms
from domain.times import SECOND, Micros

PLACEHOLDERS = ("{identity.type}", "{identity.number}", "{page.number}", "{page.size}")
"""What may stand for a value in the body of a question."""


class BadDescription(Exception):
    """A description has errors: one plain sentence each, with the file and the place in it."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _dotted(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", text):
        raise ValueError("expected names joined by dots, such as ACCEPT.PROJECT_NO")
    return text


def _offset(text: str) -> str:
    if not re.fullmatch(r"[+-](0\d|1[0-4]):[0-5]\d", text, re.ASCII):
        raise ValueError("expected a UTC offset such as +08:00")
    return text


def _filled(text: str) -> str:
    if "{" in text and text not in PLACEHOLDERS:
        raise ValueError(f"expected a constant or one of {', '.join(PLACEHOLDERS)}")
    return text


Dotted = Annotated[str, AfterValidator(_dotted)]


class Setting(_Part):
    """A value that the operator gives: the name of a secret or of the address in the platform's settings."""

    setting: str


class Names(_Part):
    zh_hans: str = Field(alias="zh-Hans")
    en: str


class Authentication(_Part):
    kind: Literal["api-key"]
    header: str
    secret: Setting


class Connection(_Part):
    dialect: Literal["rest"]
    address: Setting
    authentication: Authentication


class Person(_Part):
    """How the platform knows a person."""

    how: Literal["identity-number"]
    types: tuple[IdentityType, ...]


class Limits(_Part):
    timeout_s: float = Field(gt=0, le=60)
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


class Success(_Part):
    """Where an answer says that the question was understood, and with which word."""

    at: Dotted
    equals: str


class Operation(_Part):
    path: str = Field(pattern=r"^/")
    body: dict[str, Annotated[str, AfterValidator(_filled)]]
    success: Success
    rows: Dotted
    total: Dotted


class Operations(_Part):
    cases: Operation
    licences: Operation


class Choice(_Part):
    """A closed table from a foreign word to one of ours. A word that is not in it is `otherwise`, or drift.

    Words in `ignored` are known and say nothing that another row does not say as well.
    """

    by: Dotted
    table: dict[str, EventKind]
    ignored: tuple[str, ...] = ()
    otherwise: EventKind | None = None


class When(_Part):
    field: Dotted
    equals: str


class EventRule(_Part):
    """Each row of `rows` that meets `when` and has a time at `at` is an event. Without `key` there is one such row a case."""

    rows: Dotted
    key: Dotted | None = None
    kind: EventKind | Choice
    at: Dotted
    when: tuple[When, ...] = ()
    title: Dotted | None = None
    detail: Dotted | None = None
    unit: Dotted | None = None


class CaseFields(_Part):
    number: Dotted
    title: Dotted
    applicant: Dotted | None = None
    basic_code: Dotted | None = None
    implementation_code: Dotted | None = None
    handling_code: Dotted | None = None
    unit: Dotted | None = None
    hotline: Dotted | None = None
    promised: Dotted | None = None
    channel: Dotted | None = None


class CaseMapping(_Part):
    facts: CaseFields
    events: tuple[EventRule, ...]


class LicenceFields(_Part):
    number: Dotted
    name: Dotted
    holder: Dotted | None = None
    identifier: Dotted | None = None
    type_code: Dotted | None = None
    issuer: Dotted | None = None
    issuer_code: Dotted | None = None
    issued: Dotted | None = None
    valid_from: Dotted | None = None
    valid_to: Dotted | None = None
    case_number: Dotted | None = None
    updated: Dotted


class LicenceStates(_Part):
    by: Dotted
    table: dict[str, LicenceState]


class LicenceMapping(_Part):
    facts: LicenceFields
    state: LicenceStates


class Signature(_Part):
    """HMAC-SHA256 over time, a dot and the body; hexadecimal."""

    scheme: Literal["hmac-sha256"]
    time_header: str
    signature_header: str
    window_s: int = Field(default=300, gt=0)


class EventForm(_Part):
    """Where an event says what it is. `cases` and `licences` lead to one row each, in the form that the mappings know."""

    signature: Signature
    id: Dotted
    happened: Dotted
    identity_type: Dotted
    identity_number: Dotted
    cases: Dotted
    licences: Dotted


class Description(_Part):
    """Everything that is particular to one platform."""

    form: Literal[0]
    code: str = Field(pattern=r"^[a-z0-9-]{1,32}$")
    level: Literal["national", "provincial", "city", "county", "town", "village", "departmental"]
    division: str | None = None
    hotline: str
    name: Names
    connection: Connection
    person: Person
    limits: Limits
    offset: Annotated[str, AfterValidator(_offset)]
    operations: Operations
    cases: CaseMapping
    licences: LicenceMapping
    events: EventForm

    @property
    def utc_offset(self) -> timedelta:
        sign = -1 if self.offset[0] == "-" else 1
        return sign * timedelta(hours=int(self.offset[1:3]), minutes=int(self.offset[4:6]))


def read_description(file: Path) -> Description:
    """Reads and checks one description. Raises BadDescription naming file, place and what is expected."""
    try:
        return Description.model_validate(tomllib.loads(file.read_text("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadDescription([f"{file}: {error}"]) from None
    except ValidationError as error:
        raise BadDescription([_sentence(file, item) for item in error.errors()]) from None


def _sentence(file: Path, item: Any) -> str:
    place = ".".join(str(step) for step in item["loc"])
    return f"{file}: {place}: {item['msg'].removeprefix('Value error, ')}"
