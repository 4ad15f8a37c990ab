"""Writes into documents at the places of a description, and documents to bytes: what reading does, the other way round."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from integrations.description import Description
from integrations.dialects.soap import SOAP
from integrations.form.times import TimeForm
from integrations.mapping.json_paths import JsonPaths
from integrations.mapping.language import BadPlace, Outside
from integrations.mapping.xml_paths import Step, XmlPaths

WRITTEN: dict[TimeForm, str] = {
    "yyyyMMdd": "%Y%m%d",
    "yyyy-MM-dd": "%Y-%m-%d",
    "yyyyMMddHHmmss": "%Y%m%d%H%M%S",
    "yyyyMMddTHHmmss": "%Y%m%dT%H%M%S",
    "yyyyMMddTHH:mm:ss": "%Y%m%dT%H:%M:%S",
    "yyyy-MM-dd HH:mm:ss": "%Y-%m-%d %H:%M:%S",
    "yyyy-MM-ddTHH:mm:ss": "%Y-%m-%dT%H:%M:%S",
    "yyyy-MM-ddTHH:mm:ssZ": "%Y-%m-%dT%H:%M:%S%:z",
    "yyyy-MM-dd HH:mm:ssZ": "%Y-%m-%d %H:%M:%S%:z",
}
"""How each form is written; epochs are counted."""


class NotWritable(Exception):
    """A place that can be read and not written, such as one that chooses. Names the place."""


def put(description: Description, node: Any, place: str, value: str) -> None:
    """Writes a text at a place, and makes what is missing on the way. Raises NotWritable."""
    language = description.language
    try:
        if isinstance(language, XmlPaths):
            _put_xml(node, language.parsed(place), value, place)
        else:
            assert isinstance(language, JsonPaths)
            _put_json(node, _names(language.parsed(place), place), value)
    except (Outside, BadPlace):
        raise NotWritable(place) from None


def put_row(description: Description, node: Any, place: str, row: Any) -> None:
    """Writes a whole row at a place: the place of a list of rows, or of one. Raises NotWritable."""
    language = description.language
    try:
        if isinstance(language, XmlPaths):
            steps = language.parsed(place)
            if "*" not in steps[-1].test:
                row.tag = steps[-1].test
            _way(node, steps[:-1], place).append(row)
        else:
            assert isinstance(language, JsonPaths)
            _put_json(node, _names(language.parsed(place), place), [row])
    except (Outside, BadPlace):
        raise NotWritable(place) from None


def blank(description: Description) -> Any:
    """An empty document of the platform's language."""
    return Element("event") if isinstance(description.language, XmlPaths) else {}


def document_bytes(document: Any) -> bytes:
    """A document as it is sent: what a SOAP answer is to its dialect, in an envelope again."""
    if isinstance(document, Element):
        if document.tag == f"{{{SOAP}}}Body":
            inner, document = document, Element(f"{{{SOAP}}}Envelope")
            document.append(inner)
        sent: bytes = tostring(document, encoding="UTF-8", xml_declaration=True)
        return sent
    return json.dumps(document, ensure_ascii=False).encode()


def written(at: datetime, form: TimeForm, offset: timedelta) -> str:
    """A time in a form, at the platform's UTC offset."""
    if form == "epoch-seconds":
        return str(int(at.timestamp()))
    if form == "epoch-milliseconds":
        return str(int(at.timestamp()) * 1000)
    there = at.astimezone(timezone(offset))
    zone = f"{there:%z}"
    return there.strftime(WRITTEN[form].replace("%:z", f"{zone[:3]}:{zone[3:]}"))


def _names(node: dict[str, Any], place: str) -> list[str]:
    """The names on the way to a JSON place that is a chain of them."""
    if node["type"] == "field":
        return [str(node["value"])]
    if node["type"] in ("subexpression", "pipe"):
        return [name for child in node["children"] for name in _names(child, place)]
    raise NotWritable(place)


def _put_json(node: dict[str, Any], names: list[str], value: Any) -> None:
    for name in names[:-1]:
        inner = node.get(name)
        if not isinstance(inner, dict):
            inner = node[name] = {}
        node = inner
    node[names[-1]] = value


def _put_xml(node: Element, steps: tuple[Step, ...], value: str, place: str) -> None:
    last = steps[-1]
    if last.test[0] == "@":
        _way(node, steps[:-1], place).set(last.test[1:], value)
    elif last.test == "text()":
        _way(node, steps[:-1], place).text = value
    else:
        _way(node, steps, place).text = value


def _way(node: Element, steps: tuple[Step, ...], place: str) -> Element:
    """The element at the end of some steps, made where it is missing."""
    for step in steps:
        if step.test == ".":
            continue
        if step.conditions or step.test.endswith("*"):
            raise NotWritable(place)
        found = node.find(step.test)
        node = SubElement(node, step.test) if found is None else found
    return node
