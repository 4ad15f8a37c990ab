"""What stands at a place, made ours: texts, words, times, days, numbers and rows.

Every function raises Drifted, naming the declared place and never the value, when something else stands there.
"""

from datetime import date
from typing import Any
from xml.etree.ElementTree import Element

from domain.times import BadTime, Stamp
from integrations.form.times import Times
from integrations.port import Drifted

LONGEST_TEXT = 4000

_TRUE, _FALSE = ("true", "1"), ("false", "0", "")
"""How xs:boolean is written."""


def text_of(value: Any, place: str | None) -> str:
    """A text; the empty one for nothing. Numbers are taken as written, elements as the text in them."""
    if value is None:
        return ""
    if value.__class__ is str:
        return clean(value)[:LONGEST_TEXT]
    if isinstance(value, Element):
        return clean(_content(value, place))[:LONGEST_TEXT]
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Drifted(f"{place} is not a text")
    return str(value)[:LONGEST_TEXT]


def word_of(value: Any, place: str) -> str:
    """A text that must be there."""
    text = text_of(value, place)
    if not text:
        raise Drifted(f"{place} is not a text")
    return text


def stamp_of(value: Any, place: str, times: Times) -> Stamp | None:
    """A time, or None for nothing, the empty text and the usual placeholders."""
    try:
        return times.stamp(text_of(value, place))
    except BadTime:
        raise Drifted(f"{place} is not a time") from None


def day_of(value: Any, place: str | None, times: Times) -> date | None:
    """A day, or None."""
    stamp = stamp_of(value, place, times) if place else None
    return stamp.at.date() if stamp else None


def number_of(value: Any, place: str) -> int:
    """A whole number, at least zero: what is below says "unknown" on many platforms, and is no number of rows."""
    text = text_of(value, place)
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Drifted(f"{place} is not a number")
    return int(text)


def is_true(value: Any, place: str) -> bool:
    """A yes or no: of JSON, or the words of XML Schema. Nothing is no."""
    if value is None or isinstance(value, bool):
        return bool(value)
    word = text_of(value, place).lower()
    if word not in _TRUE and word not in _FALSE:
        raise Drifted(f"{place} is neither true nor false")
    return word in _TRUE


def rows_of(value: Any, place: str) -> list[Any]:
    """Rows: objects or elements. One is a list of one, nothing an empty list."""
    if value is None:
        return []
    listed = value if value.__class__ is list else [value]
    if not all(row.__class__ is dict or isinstance(row, Element) for row in listed):
        raise Drifted(f"{place} is not a table")
    return listed


def clean(foreign: str) -> str:
    """Text that every database and every phone can hold: no NUL, and no half of a surrogate pair."""
    text = foreign.replace("\0", "")
    if text.isascii():
        return text
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _content(element: Element, place: str | None) -> str:
    if len(element):
        raise Drifted(f"{place} is not a text")
    return (element.text or "").strip()
