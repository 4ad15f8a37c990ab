"""XML from outside, without what makes XML dangerous; and XML of ours, filled in so that nothing can break out of its place.

docs/adr/0031, docs/adr/0051.
"""

import re
from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser
from xml.parsers import expat

from integrations.form.operations import PLACEHOLDERS, filled

DEEPEST = 256
"""Levels of elements."""

ENCODINGS: Mapping[str, str] = {
    "utf-8": "utf-8", "us-ascii": "ascii", "iso-8859-1": "latin-1", "windows-1252": "cp1252", "big5": "big5",
    # What says one of the older two often holds what only the newest of the three has.
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
}  # fmt: skip
"""Encodings that a document may declare, with Python's names. UTF-16 is known by its mark, as XML 1.0 demands (4.3.3)."""

_MARKS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_DECLARED = re.compile(rb"""<\?xml\s[^>]*?\sencoding\s*=\s*["']([\w.-]+)["']""")
_DOCTYPE = re.compile(r"[\ufeff\s]*+(?>\s++|<!--.*?-->|<\?.*?\?>)*+<!DOCTYPE", re.DOTALL)
"""The one place where XML 1.0 (2.8) has a document type: before the root, behind comments and instructions alone."""
_HEAD = 256
_PIECE = 64 * 1024


class NotXml(Exception):
    """Bytes that are no XML, or XML that may do more than say something."""


class BadTemplate(ValueError):
    """A body of a description that cannot be filled in. Says what was expected."""


def parse_xml(raw: bytes) -> Element:
    """The root element. Comments and processing instructions are left out. Raises NotXml.

    No document type at all, so no entities but XML's own five; nothing is fetched; DEEPEST levels at most. How large it may
    be is the caller's business.
    """
    text = _text_of(raw)
    # In text, so there is no encoding in which it looks different; and before the parser sees any of it: the library reads on to
    # the end of a piece whatever is raised at its start.
    if _DOCTYPE.match(text):
        raise NotXml("it declares a document type")
    try:
        root = _tree_of(text)
    except ParseError:
        raise NotXml("not well-formed") from None
    if _is_deeper(root):
        raise NotXml(f"of more than {DEEPEST} levels")
    return root


def _text_of(raw: bytes) -> str:
    marked = next((name for mark, name in _MARKS.items() if raw.startswith(mark)), None)
    declared = _DECLARED.match(raw[:_HEAD])
    named = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    encoding = marked or ENCODINGS.get(named)
    if encoding is None:
        raise NotXml("in an encoding that is not read")
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        raise NotXml("in another encoding than it says") from None


def _tree_of(text: str) -> Element:
    """Raises ParseError, and NotXml for what is still open too deep when a piece of it is read: it costs most."""
    builder = TreeBuilder()
    above = builder.start("above", {})
    parser = XMLParser(target=builder)  # noqa: S314 — it has seen that there is no document type
    for at in range(0, len(text), _PIECE):
        parser.feed(text[at : at + _PIECE])
        if _open_levels(above) > DEEPEST:
            raise NotXml(f"of more than {DEEPEST} levels")
    parser.close()
    return above[0]


def _open_levels(element: Element) -> int:
    """Levels on the way to the newest element below one."""
    levels = 0
    while len(element):
        element, levels = element[-1], levels + 1
    return levels


def _is_deeper(root: Element) -> bool:
    level = [root]
    for _ in range(DEEPEST):
        level = [child for element in level if len(element) for child in element]
        if not level:
            return False
    return True


class Template:
    """An element with placeholders as whole texts or attributes. Raises BadTemplate when it is made.

    Names keep the prefixes in which they are written: values may have them too, such as that of xsi:type.
    """

    def __init__(self, text: str, namespaces: Mapping[str, str]) -> None:
        declared = {f"xmlns:{prefix}": uri for prefix, uri in namespaces.items()}
        head = "".join(f' {name}="{_quoted(uri)}"' for name, uri in declared.items())
        whole = f"<room{head}>{text.strip()}</room>"
        try:
            parse_xml(whole.encode())
        except NotXml as error:
            raise BadTemplate(f"expected XML with prefixes of connection.namespaces; this is {error}") from None
        room = _as_written(whole)
        if len(room) != 1 or (room.text or "").strip() or (room[0].tail or "").strip():
            raise BadTemplate("expected one element")
        self._element, self._declared = room[0], declared
        self._check()

    def fill(self, values: Mapping[str, Any]) -> Element:
        """A new element, each placeholder replaced by its value. Values are texts, never markup."""
        element = deepcopy(self._element)
        for each in element.iter():
            if each.text:
                each.text = _written(filled(each.text.strip(), values))
            for name, value in each.items():
                each.set(name, _written(filled(value, values)))
        element.attrib = self._declared | element.attrib
        return element

    def _check(self) -> None:
        for each in self._element.iter():
            for text in (each.text or "", *each.attrib.values()):
                if "{" in text and text.strip() not in PLACEHOLDERS:
                    raise BadTemplate(f"expected a constant or one of {', '.join(PLACEHOLDERS)} as the whole text")


def _as_written(text: str) -> Element:
    """The root element of XML of ours, with names as they stand there."""
    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(text, True)
    return builder.close()


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _quoted(uri: str) -> str:
    return uri.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
