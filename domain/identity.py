"""Who a person or an organisation is to the platforms: an identity document, normalised before it is compared or hashed."""

import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum

from stdnum.cn import ric, uscc
from stdnum.exceptions import ValidationError


class IdentityType(StrEnum):
    """Kinds of identity document, by their code in GA/T 2000.156 as the national exchange uses it."""

    RESIDENT = "111"
    ORGANISATION = "001"


class BadIdentity(ValueError):
    """A number that its document type cannot have. The number is not repeated."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity document, checked and in its normal form. Its number never shows in a repr."""

    type: IdentityType
    number: str = field(repr=False)


def _resident(number: str) -> str:
    """Length, day of birth and check digit; not the division. Numbers are given at registration, so most people of a city
    that grew are older than the division that their number names."""
    if not (len(number) == 18 and number[:17].isascii() and number[:17].isdigit()):
        raise ValidationError
    ric.get_birth_date(number)
    if ric.calc_check_digit(number) != number[17]:
        raise ValidationError
    return number


_CHECKS = {IdentityType.RESIDENT: _resident, IdentityType.ORGANISATION: uscc.validate}


def identity(type_code: str, number: str) -> Identity:
    """Checks and normalises: full-width digits folded, separators dropped, letters upper-cased, check digit verified.

    Check digits after GB 11643 (resident) and GB 32100 (organisation). Raises BadIdentity.
    """
    try:
        kind = IdentityType(type_code)
        normal = _CHECKS[kind](_written(number))
    except (ValueError, ValidationError):
        raise BadIdentity("not a number that this kind of identity document can have") from None
    return Identity(kind, normal)


def _written(number: str) -> str:
    return "".join(unicodedata.normalize("NFKC", number).replace("-", "").split()).upper()
