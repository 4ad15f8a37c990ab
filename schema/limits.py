"""What a document may ask for, judged before anything is run."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLError,
    GraphQLField,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
)

from domain.page import LARGEST_PAGE
from schema.event import MOST_EVENTS

MOST_ALIASES, MOST_LEVELS, MOST_UNFOLDED, MOST_COST = 15, 12, 5_000, 25_000
LENGTHS: Mapping[str, int] = {"events": MOST_EVENTS, "asks": 5, "proof": 5, "sources": 5, "errors": 1} | dict.fromkeys(
    ("cases", "licences", "notifications", "removedIds"), LARGEST_PAGE
)
"""How many rows are reckoned for a list that is no page: `events` and what changed at their most, the others as they commonly
are."""


class NoEmptySelection(ValidationRule):
    """The library's parser lets `{ }` pass, which the grammar does not."""

    def enter_selection_set(self, node: SelectionSetNode, *_: Any) -> None:
        if not node.selections:
            self.report_error(GraphQLError("A selection must not be empty.", node))


class _Immodest(Exception):
    """Says which limit is passed."""


class Modest(ValidationRule):
    """Refuses documents that would keep the process from everybody else.

    At most 15 aliases stand in a document (those of `__typename` are free), selections and fragments nest at most 12 deep
    and unfold to at most 5,000, and an operation costs at most 25,000: 1 for a scalar, 2 for an object, times the length of
    the lists around it. `edges` is as long as `first` says: a literal, the default, or 100 where only a variable knows; for
    other lists see LENGTHS. A subscription costs what one message of it does. So the shipped Home costs 4,827 for pages of
    100, everything there is about 20 cases 8,144, and 25,000 take about 0.16 s to answer. What asks for the schema itself
    costs nothing here: the library bounds that.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._aliases = 0
        self._unfolded = 0

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        self._aliases += node.alias is not None and node.name.value != "__typename"

    def leave_document(self, *_: Any) -> None:
        if self._aliases > MOST_ALIASES:
            self.report_error(GraphQLError(f"At most {MOST_ALIASES} aliases may stand in a document."))

    def enter_operation_definition(self, node: OperationDefinitionNode, *_: Any) -> None:
        root = self.context.schema.get_root_type(node.operation)
        if root is None:
            return
        try:
            cost = self._selections(node.selection_set, root, 1, 1)
            if cost > MOST_COST:
                raise _Immodest(f"This may cost {cost}; at most {MOST_COST} is answered.")
        except _Immodest as limit:
            self.report_error(GraphQLError(str(limit), node))

    def _selections(self, node: SelectionSetNode, parent: GraphQLCompositeType, level: int, page: int) -> int:
        """The cost of what is selected once of a `parent`, in a list whose pages have this size. Raises _Immodest."""
        self._unfolded += len(node.selections)
        if level > MOST_LEVELS:
            raise _Immodest(f"Selections and fragments may nest {MOST_LEVELS} deep.")
        if self._unfolded > MOST_UNFOLDED:
            raise _Immodest(f"Fragments may unfold to {MOST_UNFOLDED} selections.")
        return sum(self._selection(one, parent, level, page) for one in node.selections)

    def _selection(self, node: SelectionNode, parent: GraphQLCompositeType, level: int, page: int) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._spread(node.name.value, parent, level, page)
        if isinstance(node, InlineFragmentNode):
            return self._selections(node.selection_set, self._narrowed(node, parent), level + 1, page)
        assert isinstance(node, FieldNode)
        field = self.context.schema.get_field(parent, node.name.value)
        # A field that is not there is another rule's business.
        return self._field(node, field, level, page) if field and not node.name.value.startswith("__") else 0

    def _field(self, node: FieldNode, field: GraphQLField, level: int, page: int) -> int:
        page = _page_size(node, field, page)
        times = LENGTHS.get(node.name.value, page) if is_list_type(get_nullable_type(field.type)) else 1
        inner = get_named_type(field.type)
        if node.selection_set is None or not is_composite_type(inner):
            return times
        return times * (2 + self._selections(node.selection_set, inner, level + 1, page))

    def _spread(self, name: str, parent: GraphQLCompositeType, level: int, page: int) -> int:
        fragment = self.context.get_fragment(name)
        if fragment is None:
            return 0
        return self._selections(fragment.selection_set, self._narrowed(fragment, parent), level + 1, page)

    def _narrowed(
        self, node: InlineFragmentNode | FragmentDefinitionNode, parent: GraphQLCompositeType
    ) -> GraphQLCompositeType:
        named = node.type_condition and self.context.schema.get_type(node.type_condition.name.value)
        return named if is_composite_type(named) else parent


def _page_size(node: FieldNode, field: GraphQLField, page: int) -> int:
    """How many rows a page of this field may have; that of the field around it if it is none."""
    if "first" not in field.args:
        return page
    given = next((one.value for one in node.arguments or () if one.name.value == "first"), None)
    if given is None:
        return int(field.args["first"].default_value)
    # No more digits than a page size has: Python refuses to read thousands of them.
    if isinstance(given, IntValueNode) and len(given.value) <= 3:
        return min(max(int(given.value), 0), LARGEST_PAGE)
    return LARGEST_PAGE
