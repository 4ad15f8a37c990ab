"""Test persons: whom the platform is asked about. Their numbers are kept in memory only, and shown nowhere.

Where a platform knows people by accounts of its own, such an account stands in the place of the number.
"""

from collections.abc import Sequence
from pathlib import Path

from domain.caller import LONGEST_ACCOUNT
from domain.identity import BadIdentity, Identity, IdentityType, identity


class BadPerson(ValueError):
    """What was given is no test person. Says which one, and not what its number is."""


def read_persons(given: Sequence[str], file: Path | None, by_account: bool = False) -> list[Identity]:
    """Persons of the command line (TYPE:NUMBER), then those of a file, one a line; `#` begins a remark. Raises BadPerson.

    `by_account`: they are TYPE:ACCOUNT.
    """
    named = [(f"--person {n}", text) for n, text in enumerate(given, 1)]
    if file:
        lines = [line.partition("#")[0].strip() for line in _text(file).splitlines()]
        named += [(f"{file}:{n}", line) for n, line in enumerate(lines, 1) if line]
    read = _holder if by_account else _person
    return list(dict.fromkeys(read(where, text) for where, text in named))


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadPerson(f"{file}: cannot be read ({type(error).__name__})") from None


def _person(where: str, text: str) -> Identity:
    kind, _, number = text.partition(":")
    try:
        return identity(kind.strip(), number)
    except BadIdentity:
        raise BadPerson(f"{where}: expected TYPE:NUMBER, such as 111: and a resident identity number") from None


def _holder(where: str, text: str) -> Identity:
    kind, _, account = text.partition(":")
    if kind.strip() in list(IdentityType) and 0 < len(account.strip()) <= LONGEST_ACCOUNT and account.isprintable():
        return Identity(IdentityType(kind.strip()), account.strip())
    raise BadPerson(f"{where}: expected TYPE:ACCOUNT, such as 111: and an account at the platform") from None
