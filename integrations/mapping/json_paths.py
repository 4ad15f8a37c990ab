"""Places in JSON: JMESPath. The part of it that descriptions need is written as Python; the rest is interpreted.

Written: identifiers, quoted ones too, `a.b`, `a[0]`, `a[-1]`, `a[*]`, `a[]`, `a.*`, `a[?b == 'x']`, `==`, `!=`, `||`, `&&`,
`@`, `|` and literals. Interpreted: functions, slices, multi-selects, `!` and orderings.
"""

import json
import warnings
from collections.abc import Callable
from typing import Any, cast

import jmespath
from jmespath.exceptions import JMESPathError

from integrations.mapping.code import ARGUMENT, Code
from integrations.mapping.language import DEEPEST, BadPlace, Outside, Unreadable
from integrations.port import Drifted

Node = dict[str, Any]


def is_false(value: Any) -> bool:
    """What counts as false in JMESPath: null, false, and whatever is empty. Zero does not."""
    return value is None or value is False or value == "" or value == [] or value == {}


def equal(one: Any, other: Any) -> bool:
    """Equality of JSON: one is not true, as it is in Python."""
    return bool(one == other) and (one.__class__ is bool) == (other.__class__ is bool)


class JsonPaths:
    """Satisfies Language."""

    def document(self, raw: bytes) -> Any:
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise Unreadable("not JSON") from None

    def helpers(self) -> dict[str, Any]:
        return {"is_false": is_false, "equal": equal}

    def parsed(self, place: str) -> Node:
        try:
            with warnings.catch_warnings():
                # A literal that is not JSON between its backticks: the library reads it as a text, for now.
                warnings.simplefilter("error", PendingDeprecationWarning)
                node = cast(Node, jmespath.compile(place).parsed)
        except (JMESPathError, RecursionError, PendingDeprecationWarning):
            raise BadPlace(f"expected JMESPath, such as data.LIST or EVENTS[?KIND == 'case'], not {place!r}") from None
        _look_inside(node)
        return node

    def write(self, code: Code, parsed: Node, many: bool) -> str:
        return _write(code, parsed, ARGUMENT)

    def interpret(self, code: Code, place: str, many: bool) -> str:
        search = jmespath.compile(place).search

        def interpreted(row: Any) -> Any:
            try:
                return search(row)
            except (JMESPathError, TypeError, ValueError, ArithmeticError, RecursionError):
                raise Drifted(f"{place} does not fit what stands there") from None

        return code.let(f"{code.constant(interpreted)}({ARGUMENT})")


def _look_inside(node: Node, depth: int = 0) -> None:
    """Raises Outside for anything that is not written."""
    comparing = node["type"] == "comparator" and node["value"] not in ("eq", "ne")
    if node["type"] not in _WRITERS or comparing or depth > DEEPEST:
        raise Outside(node["type"])
    for child in node["children"]:
        _look_inside(child, depth + (node["type"] in _DEEPENING))


def _write(code: Code, node: Node, at: str) -> str:
    """Writes what finds `node` in the value named `at`; the name of what is found."""
    return _WRITERS[node["type"]](code, node, at)


def _same(code: Code, node: Node, at: str) -> str:
    return at


def _field(code: Code, node: Node, at: str) -> str:
    return code.let(f"{at}.get({node['value']!r}) if {at}.__class__ is dict else None")


def _index(code: Code, node: Node, at: str) -> str:
    number = int(node["value"])
    long_enough = f"len({at}) > {number}" if number >= 0 else f"len({at}) >= {-number}"
    return code.let(f"{at}[{number}] if {at}.__class__ is list and {long_enough} else None")


def _chain(code: Code, node: Node, at: str) -> str:
    for child in node["children"]:
        at = _write(code, child, at)
    return at


def _literal(code: Code, node: Node, at: str) -> str:
    return code.let(repr(node["value"])) if isinstance(node["value"], str) else code.constant(node["value"])


def _comparator(code: Code, node: Node, at: str) -> str:
    one, other = (_write(code, child, at) for child in node["children"])
    return code.let(f"{'not ' if node['value'] == 'ne' else ''}equal({one}, {other})")


def _either(code: Code, node: Node, at: str) -> str:
    """`a || b`, and `a && b`, which looks further when the first is true."""
    first, second = node["children"]
    found = code.fresh()
    code.line(f"{found} = {_write(code, first, at)}")
    with code.block(f"if {'not ' if node['type'] == 'and_expression' else ''}is_false({found}):"):
        code.line(f"{found} = {_write(code, second, at)}")
    return found


def _projection(code: Code, node: Node, at: str) -> str:
    """`a[*].b`, `a.*.b` and `a[?c].b`: what `b` finds in each, where it finds something."""
    base = _write(code, node["children"][0], at)
    kind, values = ("dict", ".values()") if node["type"] == "value_projection" else ("list", "")
    found, each = code.fresh(), code.fresh()
    code.line(f"{found} = [] if {base}.__class__ is {kind} else None")
    with code.block(f"if {found} is not None:"), code.block(f"for {each} in {base}{values}:"):
        for condition in node["children"][2:]:
            code.line(f"if is_false({_write(code, condition, each)}): continue")
        item = _write(code, node["children"][1], each)
        code.line(f"if {item} is not None: {found}.append({item})")
    return found


def _flatten(code: Code, node: Node, at: str) -> str:
    base = _write(code, node["children"][0], at)
    found, each = code.fresh(), code.fresh()
    code.line(f"{found} = [] if {base}.__class__ is list else None")
    with code.block(f"if {found} is not None:"), code.block(f"for {each} in {base}:"):
        code.line(f"{found}.extend({each} if {each}.__class__ is list else ({each},))")
    return found


_WRITERS: dict[str, Callable[[Code, Node, str], str]] = {
    "field": _field,
    "index": _index,
    "identity": _same,
    "current": _same,
    "literal": _literal,
    "subexpression": _chain,
    "index_expression": _chain,
    "pipe": _chain,
    "comparator": _comparator,
    "or_expression": _either,
    "and_expression": _either,
    "projection": _projection,
    "value_projection": _projection,
    "filter_projection": _projection,
    "flatten": _flatten,
}
"""How each kind of JMESPath is written. What is not here is interpreted."""

_DEEPENING = frozenset({"or_expression", "and_expression", "projection", "value_projection", "filter_projection"})
"""Kinds that open blocks: two at most."""
