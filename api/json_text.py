"""JSON as RFC 8259 has it, where Python's own reader and writer see it otherwise."""

import json
from collections.abc import Mapping
from typing import Any

MOST_VALUES = 20_000
"""More than a document has characters. Reading them is one piece of work, 2 ms of it, during which nobody else is served."""


class TooMany(ValueError):
    """A text holds more values than are read. It may be JSON."""


def parsed(text: bytes | str) -> Any:
    """The value. Raises ValueError for whatever is not JSON in UTF-8, and for what nests or counts further than Python reads;
    TooMany before anything is read.
    """
    said = text.decode() if isinstance(text, bytes) else text
    # Commas within strings count too: those of a document are fewer.
    if said.count(",") + said.count("[") + said.count("{") > MOST_VALUES:
        raise TooMany
    try:
        return json.loads(said, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def encoded(value: Mapping[str, Any]) -> bytes:
    """Compact, in UTF-8. A lone surrogate that a client sent may come back in a message: it must not break the answer."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _no_number(word: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(word)
