"""The times of a platform: `offset`, and `times`, the forms in which it writes them."""

import re
from collections.abc import Sequence
from datetime import timedelta, timezone
from functools import lru_cache
from typing import Literal

from domain.times import SECOND, BadTime, Micros, Stamp, is_form, moment, parse_stamp

TimeForm = Literal[
    "yyyyMMdd",
    "yyyy-MM-dd",
    "yyyyMMddHHmmss",
    "yyyyMMddTHHmmss",
    "yyyyMMddTHH:mm:ss",
    "yyyy-MM-dd HH:mm:ss",
    "yyyy-MM-ddTHH:mm:ss",
    "yyyy-MM-ddTHH:mm:ssZ",
    "yyyy-MM-dd HH:mm:ssZ",
    "epoch-seconds",
    "epoch-milliseconds",
]
"""`Z` stands for Z or an offset such as +08:00. A fraction may follow the seconds. Epochs count from 1970 UTC."""

_EPOCHS: dict[str, tuple[re.Pattern[str], Micros]] = {
    "epoch-seconds": (re.compile(r"(\d{9,10})(?:\.(\d{1,9}))?", re.ASCII), SECOND),
    "epoch-milliseconds": (re.compile(r"(\d{12,13})(?:\.(\d{1,9}))?", re.ASCII), SECOND // 1000),
}
"""How each is written, from 1973 to 2286, and its unit: no length means two things."""

NO_TIME = ("0000", "0001", "1899", "9999")
"""Years by which databases write "none" and "without end", in whatever form of GB/T 39046."""

NO_EPOCH = ("0", "0.0", "-1")
"""What counts as "none" where times are counted."""

REMEMBERED = 8192
"""Times that are not read again."""

_PARTS = {"yyyy": r"\d{4}", "ss": r"\d\d(?:\.\d{1,9})?", "Z": r"(?:Z|[+-]\d\d:?\d\d)"}
"""What each part of a form stands for; any other two letters stand for two digits."""


class Times:
    """Reads the times of one platform. `offset`: the UTC offset of those that name none; no forms: those of GB/T 39046."""

    def __init__(self, offset: timedelta, forms: Sequence[TimeForm] = ()) -> None:
        written = [form for form in forms if form not in _EPOCHS]
        self.offset, self._epochs = offset, [_EPOCHS[form] for form in forms if form in _EPOCHS]
        self._form = re.compile("|".join(map(_pattern, written)) or r"(?!)", re.ASCII) if forms else None
        # Most answers say again what the last one said, and reading a time takes longer than finding it.
        self._read = lru_cache(REMEMBERED)(self._stamp)

    def stamp(self, text: str) -> Stamp | None:
        """The time that a text means; None for the empty text and the usual placeholders. Raises BadTime."""
        return self._read(text) if text else None

    def _stamp(self, text: str) -> Stamp | None:
        # Counted times first: some of them begin with a year by which databases write "none".
        if (counted := self._counted(text)) is not None:
            return counted
        if (text.startswith(NO_TIME) and is_form(text)) or (self._epochs and text in NO_EPOCH):
            return None
        if self._form and not self._form.fullmatch(text):
            raise BadTime("not a time in a form that is declared")
        return parse_stamp(text, self.offset)

    def _counted(self, text: str) -> Stamp | None:
        """A time that is counted from 1970, if that is declared and this is one."""
        for form, unit in self._epochs:
            if found := form.fullmatch(text):
                fraction = int((found[2] or "").ljust(9, "0")) * unit // 10**9
                at = moment(int(found[1]) * unit + fraction).astimezone(timezone(self.offset))
                return Stamp(at, timedelta(microseconds=1 if found[2] else unit))
        return None


def _pattern(form: str) -> str:
    return re.sub("yyyy|MM|dd|HH|mm|ss|Z", lambda part: _PARTS.get(part[0], r"\d\d"), form)
