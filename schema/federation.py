"""What a gateway asks of a subgraph (Apollo Federation 2): its schema as a text for composition, and entities by their keys."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, NewType

import strawberry
from graphql import (
    DirectiveDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    parse,
    print_ast,
)

from domain.errors import ErrorCode, Refusal

Representation = NewType("Representation", object)
"""A reference to an entity, as a gateway makes it: an object with `__typename` and the fields of one of its keys."""

SCALARS: Mapping[object, Any] = {
    Representation: strawberry.scalar(
        name="_Any",
        description="A reference to an entity.",
        serialize=lambda value: value,
        parse_value=lambda value: value,
    )
}

Find = Callable[[Sequence[Mapping[str, Any]]], Awaitable[Sequence[Any]]]
"""What references to one type stand for, in their order: None where it is nothing, an exception where it cannot be told."""


@strawberry.type(name="_Service", description="What a gateway must know of this service.")
class ServiceText:
    sdl: str = strawberry.field(description="The schema as composition takes it.")


async def entities(representations: Sequence[object], kinds: Mapping[str, Find]) -> list[Any]:
    """What each stands for, in its place. An error in the place of what is no reference; each type is asked for at once."""
    found: list[Any] = [
        Refusal(ErrorCode.BAD_INPUT, f"representations.{place}") for place in range(len(representations))
    ]
    for name, find in kinds.items():
        meant = {place: one for place, one in enumerate(representations) if _names(one) == name}
        if meant:
            for place, value in zip(meant, await _each(find, list(meant.values())), strict=True):
                found[place] = value
    return found


async def _each(find: Find, references: list[Any]) -> Sequence[Any]:
    """One noun's trouble is not the others'."""
    try:
        return await find(references)
    except Exception as error:
        return [error] * len(references)


def _names(representation: object) -> object:
    return representation.get("__typename") if isinstance(representation, dict) else None


def subgraph_text(schema: str, head: str, applied: Mapping[str, str], without: Collection[str] = ()) -> str:
    """The text of a schema for composition, below `head`, which links the directives of federation.

    `applied`: directives by where they are to stand, `Type` or `Type.field`. `without`: what gateways are not to know, as
    `Type`, `Type.field` or `@directive`; what begins with an underscore is left out in any case, as composition has it.
    """
    parts = [_part(one, applied, without) for one in parse(schema).definitions if _shown(one, _place(one), without)]
    return "\n\n".join([head, *map(print_ast, parts)]) + "\n"


def _part(part: Any, applied: Mapping[str, str], without: Collection[str]) -> Any:
    if not isinstance(part, ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode):
        return part
    fields = {f"{part.name.value}.{one.name.value}": one for one in part.fields or ()}
    shown = [_marked(one, place, applied, without) for place, one in fields.items() if _shown(one, place, without)]
    return _marked(replace(part, fields=tuple(shown)), part.name.value, applied, without)


def _marked(node: Any, place: str, applied: Mapping[str, str], without: Collection[str]) -> Any:
    bearer: Any = parse(f"scalar Bearer {applied.get(place, '')}").definitions[0]
    own = [one for one in node.directives or () if f"@{one.name.value}" not in without]
    return replace(node, directives=(*own, *(bearer.directives or ())))


def _place(part: Any) -> str:
    return f"@{part.name.value}" if isinstance(part, DirectiveDefinitionNode) else part.name.value


def _shown(node: Any, place: str, without: Collection[str]) -> bool:
    return place not in without and not node.name.value.startswith("_")
