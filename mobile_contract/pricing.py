"""What an operation costs, by the prices that the schema declares with @cost and @listSize.

A leaf costs 1 and an object 2, or what its @cost says, and an argument that is a value of an enum what that value's says; times
the length of the lists around it. An operation is compiled once to a Price, in which only what depends on variables is left to
reckon. A subscription costs what one message of it does, or as many as may
wait for a cursor that it is given. `__typename` costs nothing, since tools put it everywhere and all of
them in one place are answered as one; under another name it is a leaf. What asks for the schema itself has one price.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from graphql import (
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    GraphQLString,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

from mobile_contract.declared import LEAF, Declared, Size, declared_of

LATER = 20
"""What a part costs besides that is deferred: it is put together apart from the rest, for each row of the lists around it."""

_LONGEST_NUMBER = 9
"""Digits of a literal that is read: Python refuses to read thousands of them."""

DESCRIBING = 2_000
"""What `__schema` and `__type` cost, whatever is asked below, and each alias below once more."""

Given = Mapping[str, Any] | None
"""The variables of one request; None: whatever they may be, the dearest."""

Price = int | Callable[[Given], int]
"""A sum, or what reckons it for given variables."""


class Pricing:
    """The prices of one schema, which was built from a text. Keep it: what fields declare is read once."""

    def __init__(self, schema: GraphQLSchema) -> None:
        self.schema = schema
        self._declared: dict[tuple[str, str], Declared] = {}

    def price(self, document: DocumentNode, operation: OperationDefinitionNode) -> Price:
        """Of an operation of a document that passed mobile_contract.limits; its fragments unfold without an end otherwise."""
        root = self.schema.get_root_type(operation.operation)
        return _Walk(self, document, operation).selections(operation.selection_set, root, {}) if root else 0

    def most(self, document: DocumentNode) -> int:
        """What the only operation of a document costs at most."""
        (operation,) = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
        return total(self.price(document, operation), None)

    def declared(self, parent: GraphQLCompositeType, name: str, found: GraphQLField) -> Declared:
        place = parent.name, name
        if place not in self._declared:
            self._declared[place] = declared_of(found)
        return self._declared[place]


def total(price: Price, given: Given) -> int:
    """What an operation costs with these variables; None: at most."""
    return price if isinstance(price, int) else price(given)


class _Walk:
    """Over one operation. `sized`: how long the lists below a field are, by their names, where the field says it."""

    def __init__(self, pricing: Pricing, document: DocumentNode, operation: OperationDefinitionNode) -> None:
        self._pricing = pricing
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._defaults = {one.variable.name.value: one.default_value for one in operation.variable_definitions or ()}

    def selections(self, node: SelectionSetNode, parent: GraphQLCompositeType, sized: Mapping[str, Price]) -> Price:
        return _sum([_if_wanted(one, self._selection(one, parent, sized)) for one in node.selections])

    def _selection(self, node: SelectionNode, parent: GraphQLCompositeType, sized: Mapping[str, Price]) -> Price:
        if isinstance(node, FieldNode):
            if node.name.value == "__typename":
                return LEAF if node.alias else 0
            if node.name.value in ("__schema", "__type"):
                return DESCRIBING * (1 + self._aliases(node.selection_set))
            found = self._pricing.schema.get_field(parent, node.name.value)
            # A field that is not there is another rule's business.
            return self._field(node, parent, found, sized) if found else 0
        part = self._part(node)
        if part is None:
            return 0
        named = part.type_condition and self._pricing.schema.get_type(part.type_condition.name.value)
        inside = self.selections(part.selection_set, named if is_composite_type(named) else parent, sized)
        return _sum([inside, LATER]) if _defers(node) else inside

    def _part(self, node: SelectionNode) -> FragmentDefinitionNode | InlineFragmentNode | None:
        if isinstance(node, FragmentSpreadNode):
            return self._fragments.get(node.name.value)
        return node if isinstance(node, InlineFragmentNode) else None

    def _aliases(self, node: SelectionSetNode | None) -> int:
        """How many stand there once fragments are put in: without them, the library bounds what can be asked of a schema."""
        return sum(self._aliases_of(one) for one in node.selections) if node else 0

    def _aliases_of(self, node: SelectionNode) -> int:
        if isinstance(node, FieldNode):
            return (node.alias is not None) + self._aliases(node.selection_set)
        part = self._part(node)
        return self._aliases(part.selection_set) if part else 0

    def _field(
        self,
        node: FieldNode,
        parent: GraphQLCompositeType,
        found: GraphQLField,
        sized: Mapping[str, Price],
    ) -> Price:
        declared, inner = self._pricing.declared(parent, node.name.value, found), get_named_type(found.type)
        length: Price = self._length(node, found, declared.size) if declared.size else 1
        below = dict.fromkeys(declared.size.sized, length) if declared.size else {}
        own = _sum([declared.weight, *self._chosen(node, found, declared)])
        if node.selection_set and is_composite_type(inner):
            own = _sum([own, self.selections(node.selection_set, inner, below)])
        return _times(sized.get(node.name.value, 1 if below else length), own)

    def _length(self, node: FieldNode, found: GraphQLField, size: Size) -> Price:
        """The longest that one of its slicing arguments says, or as it is assumed without any."""
        said = [self._said(_argument(node, name), found.args[name], size.most) for name in size.slicing]
        return _longest(said) if said else size.most

    def _said(self, value: ValueNode | None, argument: GraphQLArgument, most: int) -> Price:
        """By a number, or by a cursor, which is a text."""
        if get_named_type(argument.type) is GraphQLString:
            return self._resumed(value, most)
        return self._slice(value, argument, most)

    def _resumed(self, value: ValueNode | None, most: int) -> Price:
        if isinstance(value, VariableNode):
            default = self._defaults.get(value.name.value)
            return partial(_behind, value.name.value, most, _is_given(default))
        return most if _is_given(value) else 1

    def _slice(self, value: ValueNode | None, argument: GraphQLArgument, most: int) -> Price:
        if isinstance(value, VariableNode):
            default = self._defaults.get(value.name.value)
            return partial(_rows, value.name.value, most, _number(default, argument, most))
        return _number(value, argument, most)

    def _chosen(self, node: FieldNode, found: GraphQLField, declared: Declared) -> list[Price]:
        """What the values of enums that a field's arguments have add."""
        return [
            self._choice(_argument(node, name), found.args[name], weights) for name, weights in declared.values.items()
        ]

    def _choice(self, value: ValueNode | None, argument: GraphQLArgument, weights: Mapping[str, int]) -> Price:
        if isinstance(value, VariableNode):
            default = self._defaults.get(value.name.value) or _usual(argument)
            return partial(_weight, value.name.value, weights, _weight_of(default, weights))
        return _weight_of(value or _usual(argument), weights)


def _defers(node: SelectionNode) -> bool:
    return any(one.name.value == "defer" for one in node.directives or ())


def _argument(node: FieldNode, name: str) -> ValueNode | None:
    return next((one.value for one in node.arguments or () if one.name.value == name), None)


def _number(value: ValueNode | None, argument: GraphQLArgument, most: int) -> int:
    """What a literal says: a number, or a list by its length."""
    value = value or _usual(argument)
    if isinstance(value, ListValueNode):
        return min(len(value.values), most)
    if isinstance(value, IntValueNode) and len(value.value) <= _LONGEST_NUMBER:
        return min(max(int(value.value), 0), most)
    return most


def _usual(argument: GraphQLArgument) -> ValueNode | None:
    return argument.ast_node.default_value if argument.ast_node else None


def _rows(variable: str, most: int, default: int, given: Given) -> int:
    value = most if given is None else given.get(variable, default)
    value = len(value) if isinstance(value, list) else value
    return min(max(value, 0), most) if isinstance(value, int) and not isinstance(value, bool) else most


def _is_given(value: ValueNode | None) -> bool:
    return value is not None and not isinstance(value, NullValueNode)


def _behind(variable: str, most: int, default: bool, given: Given) -> int:
    is_given = given is None or (given[variable] is not None if variable in given else default)
    return most if is_given else 1


def _weight_of(value: ValueNode | None, weights: Mapping[str, int]) -> int:
    return weights.get(value.value, 0) if isinstance(value, EnumValueNode) else 0


def _weight(variable: str, weights: Mapping[str, int], default: int, given: Given) -> int:
    if given is None:
        return max(weights.values())
    value = given.get(variable)
    return weights.get(value, 0) if isinstance(value, str) else default


def _if_wanted(node: SelectionNode, price: Price) -> Price:
    """The price of a selection that a variable may leave out, by @skip or @include."""
    wanted = [
        (one.arguments[0].value.name.value, one.name.value == "include")
        for one in node.directives or ()
        if one.name.value in ("skip", "include") and one.arguments and isinstance(one.arguments[0].value, VariableNode)
    ]
    return partial(_if, wanted, price) if wanted and price != 0 else price


def _if(wanted: Sequence[tuple[str, bool]], price: Price, given: Given) -> int:
    left_out = given is not None and any(given.get(name) is (not be) for name, be in wanted)
    return 0 if left_out else total(price, given)


def _sum(parts: Sequence[Price]) -> Price:
    fixed = sum(one for one in parts if isinstance(one, int))
    free = [one for one in parts if not isinstance(one, int)]
    return (lambda given: fixed + sum(one(given) for one in free)) if free else fixed


def _longest(parts: Sequence[Price]) -> Price:
    fixed = [one for one in parts if isinstance(one, int)]
    return max(fixed) if len(fixed) == len(parts) else lambda given: max(total(one, given) for one in parts)


def _times(length: Price, price: Price) -> Price:
    if isinstance(length, int) and isinstance(price, int):
        return length * price
    return lambda given: total(length, given) * total(price, given)
