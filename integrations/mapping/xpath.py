"""XPath 1.0, interpreted: for the places in XML that are not written as Python.

libxml2 searches a copy of the row; it never sees bytes from outside.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any
from xml.etree.ElementTree import Element

from lxml import etree

from integrations.mapping.language import BadPlace
from integrations.port import Drifted

_ANYTHING = etree.Element("anything")
_TEXTS = re.compile(r"'[^']*'|\"[^\"]*\"")
_BEYOND = re.compile(
    r"\.\.|\b(?:parent|ancestor|preceding|following)[\w-]*\s*::"
    r"|(?:^|[^\w\])*./\s])\s*/|\s(?:and|or|div|mod)\s*/"
)
"""Steps up, to the side and from the top, in a place without its texts. There is nothing: a row is copied alone."""


def xpath(place: str, namespaces: Mapping[str, str]) -> etree.XPath:
    """The place as libxml2 takes it apart. Raises BadPlace for what is no XPath, and for what leaves its row."""
    try:
        find = etree.XPath(place, namespaces=dict(namespaces), regexp=False, smart_strings=False)
        find(_ANYTHING)
    except (etree.XPathError, ValueError):
        raise BadPlace(f"expected XPath, such as x:LIST/x:CASE or x:ROW[@kind = 'A'], not {place!r}") from None
    if _BEYOND.search(_TEXTS.sub("''", place)):
        raise BadPlace(f"expected a place below its row, such as .//x:CASE, not {place!r}")
    return find


class Copy:
    """A row as libxml2 can search it, once for all places. Raises Drifted where libxml2 has no such names."""

    def __init__(self, row: Element) -> None:
        self._ours: dict[etree._Element, Element] = {}
        try:
            self.row = self._of(row)
        except ValueError:
            raise Drifted("a row has a name that XPath cannot search") from None

    def ours(self, found: Any) -> Any:
        """The element of which one of these is the copy; anything else as it is."""
        return self._ours.get(found, found)

    def _of(self, element: Element) -> etree._Element:
        copy = etree.Element(element.tag, element.attrib)
        copy.text, self._ours[copy] = element.text, element
        for child in element:
            below = self._of(child)
            below.tail = child.tail
            copy.append(below)
        return copy


def interpreter(place: str, namespaces: Mapping[str, str], many: bool) -> Callable[[Copy], Any]:
    """A function that finds a place in a row. What it finds may raise Drifted."""
    find = xpath(place, namespaces)

    def interpret(copy: Copy) -> Any:
        try:
            found: Any = find(copy.row)
        except etree.XPathError:
            raise Drifted(f"{place} does not fit what stands there") from None
        if isinstance(found, float) and found.is_integer():
            return int(found)
        if not isinstance(found, list):
            return found
        ours = [copy.ours(each) for each in found]
        return ours if many else next(iter(ours), None)

    return interpret
