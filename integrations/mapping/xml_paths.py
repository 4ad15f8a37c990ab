"""Places in XML: XPath 1.0 with declared prefixes. The part that descriptions need is written as Python; the rest is interpreted.

Written: relative paths of names, `*` and `.`, ending in an element, `@name` or `text()`; and after an element the predicates
`[1]`, `[@name = 'x']` and `[name = 'x']`. Interpreted (xpath.py): `.//`, `descendant::`, functions, `|`, `and`, `or`. No place:
what leads above its row or beside it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from integrations.mapping.code import ARGUMENT, Code
from integrations.mapping.language import BadPlace, Outside, Unreadable
from integrations.mapping.xpath import Copy, interpreter, xpath
from integrations.xml import NotXml, parse_xml

_NAME = r"[^\W\d][\w.-]*"
_QNAME = rf"(?:{_NAME}:)?{_NAME}"
_PREDICATE = rf"\s*\[\s*(?:\d+|@?{_QNAME}\s*=\s*(?:'[^']*'|\"[^\"]*\"))\s*\]"
_STEP = re.compile(rf"\s*(?P<test>\.|text\(\)|(?:{_NAME}:)?\*|@?{_QNAME})(?P<predicates>(?:{_PREDICATE})*)\s*")
_CONDITION = re.compile(rf"\[\s*(?:(?P<number>\d+)|(?P<name>@?{_QNAME})\s*=\s*(?P<value>'[^']*'|\"[^\"]*\"))\s*\]")
_TEXTS = re.compile(r"'[^']*'|\"[^\"]*\"")
_PREFIX = re.compile(rf"({_NAME}):(?!:)")
_PLAIN = re.compile(r"(?:\{[^{}*]+\})?[\w-]+")
"""Names that ElementTree takes for names. With others it searches by a language of its own."""


def texts_in(element: Element) -> list[str]:
    """The text nodes directly below an element."""
    return [text for text in (element.text, *(child.tail for child in element)) if text]


@dataclass(frozen=True)
class Condition:
    """A predicate: the place among its siblings, from 1; or a name, as in Step, and its value."""

    number: int = 0
    name: str = ""
    value: str = ""


@dataclass(frozen=True)
class Step:
    """One step: `.`, `text()`, `@name`, `*` or a name. A name in a namespace is `{namespace}local`."""

    test: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class XmlPaths:
    """Satisfies Language. `namespaces`: the prefixes that places may use."""

    namespaces: Mapping[str, str]

    def document(self, raw: bytes) -> Element:
        try:
            return parse_xml(raw)
        except NotXml as error:
            raise Unreadable(f"not XML: {error}") from None

    def helpers(self) -> dict[str, Any]:
        return {"texts_in": texts_in, "Copy": Copy}

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
        *way, last = parsed
        nodes = _ROW
        for step in way:
            nodes = _write(code, step, nodes)
        if last.test[0] == "@" and not many:
            return code.let(_first_attribute(last, nodes))
        found = _write(code, last, nodes)
        if found == _ROW:
            return code.let(f"[{ARGUMENT}]") if many else ARGUMENT
        return found if many else code.let(f"{found}[0] if {found} else None")

    def interpret(self, code: Code, place: str, many: bool) -> str:
        copy = code.let(f"Copy({ARGUMENT})")
        return code.let(f"{code.constant(interpreter(place, self.namespaces, many))}({copy})")

    def _check(self, place: str) -> None:
        """Raises BadPlace for what is no XPath or leads out of its row, or uses a prefix or a function that is not there."""
        for prefix in _PREFIX.findall(_TEXTS.sub("", place)):
            if prefix not in self.namespaces:
                raise BadPlace(f"expected a prefix of connection.namespaces, not {prefix}:")
        xpath(place, self.namespaces)

    def _step(self, test: str, predicates: str) -> Step:
        conditions = tuple(
            Condition(int(match["number"] or 0), self._named(match["name"] or ""), (match["value"] or "")[1:-1])
            for match in _CONDITION.finditer(predicates)
        )
        return Step(test if test in (".", "text()") else self._named(test), conditions)

    def _named(self, name: str) -> str:
        """A name as ElementTree writes it: {namespace}local, with `@` before an attribute."""
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
    return code.let(_of_each(nodes, lambda node: _found(step, node)))


_ROW = f"({ARGUMENT},)"


def _of_each(nodes: str, found: Callable[[str], str]) -> str:
    """Source for the list of what `found` gives for each of the elements. There is mostly one, and a loop would cost more."""
    if nodes == _ROW:
        return found(ARGUMENT)
    return f"{found(f'{nodes}[0]')} if len({nodes}) == 1 else [found for node in {nodes} for found in {found('node')}]"


def _found(step: Step, node: str) -> str:
    """Source for the list of what a step finds below one element."""
    if step.test == "text()":
        return f"texts_in({node})"
    if step.test[0] == "@":
        return f"[value for value in ({node}.get({step.test[1:]!r}),) if value is not None]"
    found = _children(step.test, node)
    for condition in step.conditions:
        found = _meeting(condition, found)
    return found


def _first_attribute(step: Step, nodes: str) -> str:
    name = repr(step.test[1:])
    if nodes == _ROW:
        return f"{ARGUMENT}.get({name})"
    loop = f"next((value for node in {nodes} if (value := node.get({name})) is not None), None)"
    return f"{nodes}[0].get({name}) if len({nodes}) == 1 else {loop}"


def _children(test: str, node: str) -> str:
    """Source for the list of those children of an element that have a name."""
    if test == "*":
        return f"[*{node}]"
    if _PLAIN.fullmatch(test):
        return f"{node}.findall({test!r})"
    condition = f"child.tag.startswith({test[:-1]!r})" if test.endswith("*") else f"child.tag == {test!r}"
    return f"[child for child in {node} if {condition}]"


def _meeting(condition: Condition, found: str) -> str:
    if not condition.name:
        return f"{found}[{max(0, condition.number - 1)}:{condition.number}]"
    if condition.name[0] == "@":
        return f"[each for each in {found} if each.get({condition.name[1:]!r}) == {condition.value!r}]"
    inner = _children(condition.name, "each")
    return f"[each for each in {found} if any(''.join(inner.itertext()) == {condition.value!r} for inner in {inner})]"
