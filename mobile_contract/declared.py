"""What the fields of a schema declare of their price: @cost and @listSize, read out of its text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    get_named_type,
    is_composite_type,
)

from mobile_contract.directives import said

LEAF, OBJECT = 1, 2
"""What a field costs that declares nothing."""


@dataclass(frozen=True, slots=True)
class Size:
    """How long the lists of a field are reckoned to be: @listSize. `sized`: the fields below whose lists are meant."""

    most: int
    slicing: tuple[str, ...] = ()
    sized: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Declared:
    """`values`: by argument of an enum whose values cost something, what each adds."""

    weight: int
    size: Size | None = None
    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def declared_of(found: GraphQLField) -> Declared:
    """What a field and the values of its arguments declare. The schema must have been built from a text."""
    weight = said(found.ast_node, "cost").get("weight")
    plain = OBJECT if is_composite_type(get_named_type(found.type)) else LEAF
    return Declared(plain if weight is None else weight, _size(said(found.ast_node, "listSize")), _values(found))


def _size(list_size: Mapping[str, Any]) -> Size | None:
    if not list_size:
        return None
    slicing, sized = list_size.get("slicingArguments", ()), list_size.get("sizedFields", ())
    return Size(list_size["assumedSize"], tuple(slicing), frozenset(sized))


def _values(found: GraphQLField) -> Mapping[str, Mapping[str, int]]:
    kinds = {name: get_named_type(arg.type) for name, arg in found.args.items()}
    weights = {name: _weights(kind) for name, kind in kinds.items() if isinstance(kind, GraphQLEnumType)}
    return {name: of for name, of in weights.items() if of}


def _weights(kind: GraphQLEnumType) -> Mapping[str, int]:
    costs = {name: said(value.ast_node, "cost") for name, value in kind.values.items()}
    return {name: one["weight"] for name, one in costs.items() if one}
