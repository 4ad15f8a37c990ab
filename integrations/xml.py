"""XML from outside, without what makes XML dangerous; and XML of ours, filled in so that nothing can break out of its place.

docs/adr/0031.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from lxml import etree

from integrations.form.operations import PLACEHOLDERS, filled


class NotXml(Exception):
    """Bytes that are no XML, or XML that may do more than say something."""


class BadTemplate(ValueError):
    """A body of a description that cannot be filled in. Says what was expected."""


def parse_xml(raw: bytes) -> etree._Element:
    """The root element. Comments and processing instructions are left out. Raises NotXml.

    No document type at all, so no entities but XML's own five; nothing is fetched; 256 levels at most. How large it may be
    is the caller's business.
    """
    # Before anything of it is worked out. Encodings in which these bytes look different are found below, expanded by nobody.
    if b"<!DOCTYPE" in raw:
        raise NotXml("it declares a document type")
    try:
        root = etree.fromstring(raw, _parser())
    except (etree.XMLSyntaxError, ValueError, LookupError):
        raise NotXml("not well-formed") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotXml("it declares a document type")
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )


class Template:
    """An element with placeholders as whole texts or attributes. Raises BadTemplate when it is made."""

    def __init__(self, text: str, namespaces: Mapping[str, str]) -> None:
        declared = "".join(f' xmlns:{prefix}="{_quoted(uri)}"' for prefix, uri in namespaces.items())
        try:
            room = parse_xml(f"<room{declared}>{text.strip()}</room>".encode())
        except NotXml as error:
            raise BadTemplate(f"expected XML with prefixes of connection.namespaces; this is {error}") from None
        if len(room) != 1 or (room.text or "").strip() or (room[0].tail or "").strip():
            raise BadTemplate("expected one element")
        self._element = room[0]
        self._check()

    def fill(self, values: Mapping[str, Any]) -> etree._Element:
        """A new element, each placeholder replaced by its value. Values are texts, never markup."""
        element = deepcopy(self._element)
        for each in element.iter():
            if each.text:
                each.text = _written(filled(each.text.strip(), values))
            for name, value in each.attrib.items():
                each.set(name, _written(filled(str(value), values)))
        return element

    def _check(self) -> None:
        for each in self._element.iter():
            for text in (each.text or "", *map(str, each.attrib.values())):
                if "{" in text and text.strip() not in PLACEHOLDERS:
                    raise BadTemplate(f"expected a constant or one of {', '.join(PLACEHOLDERS)} as the whole text")


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _quoted(uri: str) -> str:
    return uri.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
