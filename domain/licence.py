"""A licence: what it says, whether it holds, and what its identifier proves about itself."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from domain.times import Micros

ROOT = "1.2.156.3005.2."


class LicenceState(StrEnum):
    """Whether a licence holds, as its platform says."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class IdentifierCheck(StrEnum):
    """What the identifier's own check character says (GB/T 36904-2018)."""

    VERIFIED = "verified"
    WRONG_CHECK = "wrong-check"
    NON_NATIONAL_FORM = "non-national-form"


@dataclass(frozen=True, slots=True)
class Licence:
    """One licence as its platform describes it (data names of GB/T 36903). Texts are in the platform's own language."""

    number: str
    name: str
    state: LicenceState
    holder: str = ""
    identifier: str = ""
    type_code: str = ""
    issuer: str = ""
    issuer_code: str = ""
    issued: date | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    case_number: str = ""
    updated: Micros = 0

    @property
    def identifier_check(self) -> IdentifierCheck:
        return check_identifier(self.identifier)


@dataclass(frozen=True, slots=True)
class LicenceObservation:
    """What one question or one event said about one licence."""

    licence: Licence
    dated: Micros


def check_identifier(identifier: str) -> IdentifierCheck:
    """ISO 7064 MOD 37,36 over type, issuer, serial and version, dots removed and root left out (GB/T 36904-2018)."""
    parts = identifier.removeprefix(ROOT).split(".")
    if not identifier.startswith(ROOT) or len(parts) != 5 or len(parts[3]) != 3 or len(parts[4]) != 1:
        return IdentifierCheck.NON_NATIONAL_FORM
    try:
        mod_37_36.validate("".join(parts), alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    except ValidationError:
        return IdentifierCheck.WRONG_CHECK
    return IdentifierCheck.VERIFIED


@dataclass(frozen=True, slots=True)
class KeptLicence:
    """A licence of the index. `dated`: its newest observation; `retired`: a later full answer no longer had it."""

    id: UUID
    platform: str
    licence: Licence
    updated: Micros
    dated: Micros
    retired: bool = False
