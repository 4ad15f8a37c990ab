"""Test persons: whom the platform is asked about. Their numbers are kept in memory only, and shown nowhere."""

from collections.abc import Sequence
from pathlib import Path

from domain.identity import BadIdentity, Identity, identity


class BadPerson(ValueError):
    """What was given is no test person. Says which one, and not what its number is."""


def read_persons(given: Sequence[str], file: Path | None) -> list[Identity]:
    """Persons of the command line (TYPE:NUMBER), then those of a file, one a line; `#` begins a remark. Raises BadPerson."""
    named = [(f"--person {n}", text) for n, text in enumerate(given, 1)]
    if file:
        lines = [line.partition("#")[0].strip() for line in _text(file).splitlines()]
        named += [(f"{file}:{n}", line) for n, line in enumerate(lines, 1) if line]
    return list(dict.fromkeys(_person(where, text) for where, text in named))


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
