"""What `@deprecated(reason:)` has to say: why, what to use instead, and from when on it may be gone.

`The platform says it itself. Use Case.deadline instead. Sunset 2027-06-30.`
"""

import re
from collections.abc import Iterator
from datetime import date

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
)

FORM = re.compile(
    r"(?P<why>\S.*[.!?]) Use (?P<instead>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?(?:\([A-Za-z_]\w*\))?) instead\."
    r" Sunset (?P<sunset>\d{4}-\d{2}-\d{2})\.",
    re.DOTALL,
)


def sunsets(schema: GraphQLSchema) -> dict[str, date]:
    """By its place, until when what is deprecated was promised to stay."""
    return {place: day for place, reason in _deprecated(schema) if (day := sunset(reason))}


def sunset(reason: str) -> date | None:
    """None where the text is not in the form."""
    said = FORM.fullmatch(reason)
    try:
        return date.fromisoformat(said["sunset"]) if said else None
    except ValueError:
        return None


def faults(schema: GraphQLSchema) -> Iterator[str]:
    """One sentence for each deprecation that a client developer could not act on."""
    there = places(schema)
    for place, reason in _deprecated(schema):
        said = FORM.fullmatch(reason)
        if said is None or sunset(reason) is None:
            yield f'{place} is deprecated without saying all: "Why. Use Type.field instead. Sunset 2027-06-30."'
        elif said["instead"] not in there:
            yield f"{place} is deprecated for {said['instead']}, which is not there"


def places(schema: GraphQLSchema) -> set[str]:
    """Everything that can be deprecated: `Case.stage`, `Query.case(id)`, `Stage.RECEPTION`."""
    return {place for place, _ in _places(schema)}


def _deprecated(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    return ((place, reason) for place, reason in _places(schema) if reason is not None)


def _places(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything that can be deprecated, with the reason it has."""
    for kind in schema.type_map.values():
        if not kind.name.startswith("__"):
            yield from _places_in(kind)


def _places_in(kind: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(kind, GraphQLEnumType):
        yield from ((f"{kind.name}.{name}", value.deprecation_reason) for name, value in kind.values.items())
    if isinstance(kind, GraphQLInputObjectType):
        yield from ((f"{kind.name}.{name}", field.deprecation_reason) for name, field in kind.fields.items())
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in kind.fields.items():
            yield f"{kind.name}.{name}", field.deprecation_reason
            yield from ((f"{kind.name}.{name}({arg})", one.deprecation_reason) for arg, one in field.args.items())
