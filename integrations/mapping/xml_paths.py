"""Places in XML: XPath 1.0 with declared prefixes. The part that descriptions need is written as Python; the rest is interpreted.

Written: relative paths of names, `*` and `.`, ending in an element, `@name` or `text()`; and after an element the predicates
`[1]`, `[@name = 'x']` and `[name = 'x']`. Interpreted: other axes, functions, `//`, `..`, `|`, `and`, `or`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from integrations.mapping.code import ARGUMENT, Code
from integrations.mapping.language import BadPlace, Outside, Unreadable
from integrations.port import Drifted
from integrations.xml import NotXml, parse_xml

_NAME = r"[^\W\d][\w.-]*"
_QNAME = rf"(?:{_NAME}:)?{_NAME}"
_PREDICATE = rf"\s*\[\s*(?:\d+|@?{_QNAME}\s*=\s*(?:'[^']*'|\"[^\"]*\"))\s*\]"
_STEP = re.compile(rf"\s*(?P<test>\.|text\(\)|(?:{_NAME}:)?\*|@?{_QNAME})(?P<predicates>(?:{_PREDICATE})*)\s*")
_CONDITION = re.compile(rf"\[\s*(?:(?P<number>\d+)|(?P<name>@?{_QNAME})\s*=\s*(?P<value>'[^']*'|\"[^\"]*\"))\s*\]")
_TEXTS = re.compile(r"'[^']*'|\"[^\"]*\"")
_PREFIX = re.compile(rf"({_NAME}):(?!:)")
_ANYTHING = etree.Element("anything")


def children_of(element: etree._Element) -> dict[Any, list[etree._Element]]:
    """The children of an element by their names, in one pass: asking libxml2 for each name apart takes longer."""
    index: dict[Any, list[etree._Element]] = {}
    for child in element:
        tag = child.tag
        if tag in index:
            index[tag].append(child)
        else:
            index[tag] = [child]
    return index


def texts_in(element: etree._Element) -> list[str]:
    """The text nodes directly below an element."""
    return [text for text in (element.text, *(child.tail for child in element)) if text]


@dataclass(frozen=True)
class Condition:
    """A predicate: the place among its siblings, from 1; or a name (in lxml's form, `@` before an attribute) and its value."""

    number: int = 0
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Step:
    """One step: `.`, `text()`, `@name`, `*` or a name, in lxml's form."""

    test: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class XmlPaths:
    """Satisfies Language. `namespaces`: the prefixes that places may use."""

    namespaces: Mapping[str, str]

    def document(self, raw: bytes) -> etree._Element:
        try:
            return parse_xml(raw)
        except NotXml as error:
            raise Unreadable(f"not XML: {error}") from None

    def helpers(self) -> dict[str, Any]:
        return {"texts_in": texts_in, "children_of": children_of}

    def parsed(self, place: str) -> tuple[Step, ...]:
        self._check(place)
        steps, at = [], 0
        while (match := _STEP.match(place, at)) is not None:
            steps.append(self._step(match["test"], match["predicates"]))
            at = match.end()
            if at == len(place):
                return _ordered(steps)
            if place[at] != "/":
                break
            at += 1
        raise Outside(place)

    def write(self, code: Code, parsed: tuple[Step, ...], many: bool) -> str:
        if parsed[0].test[0] == "@" and not many:
            return code.let(f"{ARGUMENT}.get({parsed[0].test[1:]!r})")
        nodes = code.let(f"({ARGUMENT},)")
        for step in parsed:
            nodes = _write(code, step, nodes)
        return code.let(f"[*{nodes}]" if many else f"{nodes}[0] if {nodes} else None")

    def interpreter(self, place: str, many: bool) -> Callable[[Any], Any]:
        find = self._compiled(place)

        def interpret(row: Any) -> Any:
            try:
                found = find(row)
            except etree.XPathError:
                raise Drifted(f"{place} does not fit what stands there") from None
            if isinstance(found, float) and found.is_integer():
                return int(found)
            return found if many or not isinstance(found, list) else next(iter(found), None)

        return interpret

    def _check(self, place: str) -> None:
        """Raises BadPlace for what is no XPath, or uses a prefix or a function that is not there."""
        for prefix in _PREFIX.findall(_TEXTS.sub("", place)):
            if prefix not in self.namespaces:
                raise BadPlace(f"expected a prefix of connection.namespaces, not {prefix}:")
        try:
            self._compiled(place)(_ANYTHING)
        except (etree.XPathError, ValueError):
            raise BadPlace(f"expected XPath, such as x:LIST/x:CASE or x:ROW[@kind = 'A'], not {place!r}") from None

    def _compiled(self, place: str) -> Any:
        return etree.XPath(place, namespaces=dict(self.namespaces), regexp=False, smart_strings=False)

    def _step(self, test: str, predicates: str) -> Step:
        conditions = tuple(
            Condition(int(match["number"] or 0), self._named(match["name"] or ""), (match["value"] or "")[1:-1])
            for match in _CONDITION.finditer(predicates)
        )
        return Step(test if test in (".", "text()") else self._named(test), conditions)

    def _named(self, name: str) -> str:
        """A name as lxml writes it: {namespace}local, with `@` before an attribute."""
        prefix, colon, local = name.removeprefix("@").rpartition(":")
        return f"{name[:1] if name[:1] == '@' else ''}{{{self.namespaces[prefix]}}}{local}" if colon else name


def _ordered(steps: list[Step]) -> tuple[Step, ...]:
    """The steps, if they are in an order that is written. Raises Outside."""
    bare = [step.test[0] == "@" or step.test in (".", "text()") for step in steps]
    if any(step.conditions for step, is_bare in zip(steps, bare, strict=True) if is_bare):
        raise Outside("a predicate that does not follow an element")
    if any(step.test[0] == "@" or step.test == "text()" for step in steps[:-1]):
        raise Outside("a step below an attribute or a text")
    return tuple(steps)


def _write(code: Code, step: Step, nodes: str) -> str:
    """Writes what a step finds below the elements named `nodes`; the name of the list of what is found."""
    if step.test == ".":
        return nodes
    if step.test == "text()":
        return code.let(f"[text for node in {nodes} for text in texts_in(node)]")
    if step.test[0] == "@":
        return code.let(f"[value for node in {nodes} if (value := node.get({step.test[1:]!r})) is not None]")
    if step.test.endswith("*"):
        return code.let(
            f"[found for node in {nodes} for found in {_filtered(step, f'node.iterchildren({step.test!r})')}]"
        )
    indexes = code.let(f"[children_of(node) for node in {nodes}]")
    return code.let(f"[found for index in {indexes} for found in {_filtered(step, f'index.get({step.test!r}, ())')}]")


def _filtered(step: Step, found: str) -> str:
    """Source for those of `found` that meet the conditions of the step."""
    for condition in step.conditions:
        found = _meeting(condition, found)
    return found


def _meeting(condition: Condition, found: str) -> str:
    if not condition.name:
        return f"[*{found}][{max(0, condition.number - 1)}:{condition.number}]"
    if condition.name[0] == "@":
        return f"[each for each in {found} if each.get({condition.name[1:]!r}) == {condition.value!r}]"
    return (
        f"[each for each in {found} if any("
        f"''.join(inner.itertext()) == {condition.value!r} for inner in each.iterchildren({condition.name!r}))]"
    )
