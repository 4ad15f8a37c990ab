"""JSON as RFC 8259 has it, where Python's own reader and writer see it otherwise."""

import json
from collections.abc import Mapping
from typing import Any


def parsed(text: bytes | str) -> Any:
    """The value. Raises ValueError for whatever is not JSON in UTF-8, and for what nests or counts further than Python reads."""
    try:
        return json.loads(text.decode() if isinstance(text, bytes) else text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deep") from None


def encoded(value: Mapping[str, Any]) -> bytes:
    """Compact, in UTF-8. A lone surrogate that a client sent may come back in a message: it must not break the answer."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _no_number(word: str) -> None:
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(word)
