"""What stands in the directives of a schema that was built from a text."""

from collections.abc import Mapping
from typing import Any

from graphql import IntValueNode, ListValueNode


def said(node: Any, name: str) -> Mapping[str, Any]:
    """The arguments of a directive at a definition; nothing if it is not there."""
    found = next((one for one in (node.directives if node else None) or () if one.name.value == name), None)
    return {one.name.value: _literal(one.value) for one in found.arguments} if found else {}


def _literal(node: Any) -> Any:
    if isinstance(node, ListValueNode):
        return [_literal(one) for one in node.values]
    return int(node.value) if isinstance(node, IntValueNode) else node.value
