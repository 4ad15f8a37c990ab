"""The times of a platform: `offset`, and `times`, the forms in which it writes them."""

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import lru_cache, partial
from typing import Literal

from domain.times import BadTime, Stamp, parse_stamp

TimeForm = Literal[
    "yyyyMMdd",
    "yyyy-MM-dd",
    "yyyyMMddHHmmss",
    "yyyyMMddTHHmmss",
    "yyyyMMddTHH:mm:ss",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-ddTHH:mm:ss",
    "yyyy-MM-ddTHH:mm:ssZ",
]
"""`Z` stands for Z or an offset such as +08:00. A fraction may follow the seconds."""

NO_TIME = ("0000", "0001", "1899", "9999")
"""Years by which databases write "none" and "without end"."""

REMEMBERED = 8192
"""Times that are not read again."""

_PARTS = {"yyyy": r"\d{4}", "ss": r"\d\d(?:\.\d{1,6})?", "Z": r"(?:Z|[+-]\d\d:?\d\d)"}
"""What each part of a form stands for; any other two letters stand for two digits."""


class Times:
    """Reads the times of one platform. `offset`: the UTC offset of those that name none; no forms: those of GB/T 39046."""

    def __init__(self, offset: timedelta, forms: Sequence[TimeForm] = ()) -> None:
        self.offset = offset
        # Most answers say again what the last one said, and reading a time takes longer than finding it.
        self._read = lru_cache(REMEMBERED)(partial(parse_stamp, offset=offset))
        self._form = re.compile("|".join(_pattern(form) for form in forms), re.ASCII) if forms else None

    def stamp(self, text: str) -> Stamp | None:
        """The time that a text means; None for the empty text and the usual placeholders. Raises BadTime."""
        if not text or text.startswith(NO_TIME):
            return None
        if self._form and not self._form.fullmatch(text):
            raise BadTime("not a time in a form that is declared")
        return self._read(text)


def _pattern(form: str) -> str:
    return re.sub("yyyy|MM|dd|HH|mm|ss|Z", lambda part: _PARTS.get(part[0], r"\d\d"), form)
