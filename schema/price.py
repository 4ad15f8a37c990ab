"""What fields cost, declared in the published schema, so that a developer can reckon as we do (docs/adr/0058).

Words and shapes are those of the cost directives that gateways read: `@cost(weight)` and `@listSize`. Fields without a weight
cost 1 where they are a leaf and 2 where they are an object. mobile_contract.pricing reckons.
"""

from enum import Enum
from typing import Any

import strawberry
from strawberry.schema_directive import Location

from domain.page import LARGEST_PAGE


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION, Location.ENUM_VALUE],
    name="cost",
    description="What a field costs by itself, instead of 1 for a leaf and 2 for an object; or what choosing a value adds.",
)
class Cost:
    weight: int = strawberry.directive_field(name="weight")


@strawberry.schema_directive(
    locations=[Location.FIELD_DEFINITION],
    name="listSize",
    description="How many rows a list is reckoned to have: what the slicing arguments say, and at most assumedSize. A cursor "
    "among them says assumedSize where it is given, and 1 else: so many messages may come at once. sizedFields: the lists below "
    "that are as long, where the field is no list itself.",
)
class ListSize:
    assumed_size: int = strawberry.directive_field(name="assumedSize")
    slicing_arguments: list[str] | None = strawberry.directive_field(name="slicingArguments", default=strawberry.UNSET)
    sized_fields: list[str] | None = strawberry.directive_field(name="sizedFields", default=strawberry.UNSET)


def rows(most: int) -> ListSize:
    """Of a list that is no page: its bound, or how long it commonly is at most."""
    return ListSize(assumed_size=most)


def resumed(most: int) -> ListSize:
    """Of what is listened to: so many messages may be waiting for whoever comes back with a cursor."""
    return ListSize(assumed_size=most, slicing_arguments=["after"])


CHANGE = 20
"""What a mutation costs by itself. Each alias of it is one more."""

PAGE = ListSize(assumed_size=LARGEST_PAGE, slicing_arguments=["first"], sized_fields=["edges"])


def weigh(enum: type[Enum], weights: dict[str, int]) -> None:
    """Lets values of a GraphQL enum cost something, by name."""
    definition: Any = enum.__dict__["__strawberry_definition__"]
    for value in definition.values:
        if value.name in weights:
            value.directives = [Cost(weight=weights[value.name])]
