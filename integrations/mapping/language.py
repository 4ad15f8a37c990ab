"""Languages in which a description names places, and functions that read many places of a row at once."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from integrations.mapping.code import Code

Read = Callable[[Any], tuple[Any, ...]]
"""Gives what stands at the places of a row, in their order; None where nothing does. Raises Drifted."""

DEEPEST = 8
"""Loops inside loops that are written; Python itself ends at 20."""


class BadPlace(ValueError):
    """A text that is no place in its language. Says what was expected; the text is the description's own."""


class Outside(Exception):
    """A good place that is interpreted, because it goes beyond what is written as Python."""


class Unreadable(Exception):
    """Bytes that are no document of the kind whose places a language names."""


class Language(Protocol):
    """One kind of document, and how its places are named: JSON (json_paths.py) or XML (xml_paths.py)."""

    def document(self, raw: bytes) -> Any:
        """The document that bytes are. Raises Unreadable."""

    def parsed(self, place: str) -> Any:
        """The place, taken apart for `write`. Raises BadPlace or Outside."""

    def write(self, code: Code, parsed: Any, many: bool) -> str:
        """Writes source that finds the place in the argument, and gives the name of what is found.

        `many`: all rows are wanted that stand there, else one value.
        """

    def interpret(self, code: Code, place: str, many: bool) -> str:
        """The same for a place that is not written, by a library that interprets. It may raise Drifted when it runs."""

    def helpers(self) -> dict[str, Any]:
        """What written source calls, by name."""


def is_interpreted(language: Language, place: str) -> bool:
    """Whether a place goes beyond what is written as Python. Raises BadPlace."""
    try:
        language.parsed(place)
    except Outside:
        return True
    return False


def reader(language: Language, values: Sequence[str | None], rows: Sequence[str] = ()) -> Read:
    """One function for all the places of a row: one value for each of the first, all that stands there for the others.

    At None there is nothing. What is given for rows goes through `rows_of`. Raises BadPlace.
    """
    code = Code(**language.helpers())
    found = [_written(language, code, place, many=False) for place in values]
    return code.function([*found, *(_written(language, code, place, many=True) for place in rows)])


def _written(language: Language, code: Code, place: str | None, many: bool) -> str:
    if place is None:
        return code.let("None")
    try:
        parsed = language.parsed(place)
    except Outside:
        return language.interpret(code, place, many)
    return language.write(code, parsed, many)
