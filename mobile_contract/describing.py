"""Whether a document asks for the schema itself."""

from typing import Any

from graphql import BREAK, DocumentNode, FieldNode, Visitor, visit


class _Describing(Visitor):
    found = False

    def enter_field(self, node: FieldNode, *_: Any) -> Any:
        self.found = node.name.value in ("__schema", "__type")
        return BREAK if self.found else None


def describes(document: DocumentNode) -> bool:
    """Also where only a fragment does. `__typename` tells of an answer, not of the schema."""
    visitor = _Describing()
    visit(document, visitor)
    return visitor.found
