"""The schema as Strawberry holds it, walked from its roots."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import strawberry
from strawberry.types.base import StrawberryContainer, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from schema.access import Access, Enforce, Level

RANK = list(Level)
"""Levels, the lowest first."""


def definitions(schema: strawberry.Schema) -> list[StrawberryObjectDefinition]:
    """Every object type and interface of ours, inputs left out."""
    found = (kind.definition for kind in schema.schema_converter.type_map.values())
    return [one for one in found if isinstance(one, StrawberryObjectDefinition) and not one.is_input]


def level_of(field: StrawberryField) -> Level:
    """The level that a field declares."""
    (access,) = (directive for directive in field.directives if isinstance(directive, Access))
    return access.level


def enforced(field: StrawberryField) -> Level | None:
    """The level that is checked before a field does anything; None for a plain attribute."""
    return next((extension.level for extension in field.extensions if isinstance(extension, Enforce)), None)


def named(kind: Any) -> Any:
    """What is inside lists and optionals."""
    while isinstance(kind, StrawberryContainer):
        kind = kind.of_type
    return getattr(kind, "__strawberry_definition__", kind)


def reached(schema: strawberry.Schema) -> dict[str, set[int]]:
    """By type: the ranks a caller may have shown when it holds one, over every path from a root.

    Only fields that check a level add to it; a plain attribute hands on whatever its owner was had for.
    """
    types = {one.name: one for one in definitions(schema)}
    ranks: dict[str, set[int]] = defaultdict(set)
    waiting = [(root, 0) for root in ("Query", "Mutation", "Subscription") if root in types]
    while waiting:
        name, rank = waiting.pop()
        if rank in ranks[name]:
            continue
        ranks[name].add(rank)
        waiting += [(one, rank) for one in _kinds(types, name)]
        for field in types[name].fields:
            target, checked = getattr(named(field.type), "name", None), enforced(field)
            if target in types:
                waiting.append((target, max(rank, RANK.index(checked)) if checked else rank))
    return ranks


def _kinds(types: dict[str, StrawberryObjectDefinition], interface: str) -> Iterator[str]:
    return (name for name, one in types.items() if interface in {parent.name for parent in one.interfaces})


def too_high(schema: strawberry.Schema) -> list[str]:
    """Plain fields that declare more than was asked of whoever reads them: their level would be a promise nobody keeps."""
    ranks = reached(schema)
    return [
        f"{one.name}.{field.name}"
        for one in definitions(schema)
        for field in one.fields
        if not enforced(field) and RANK.index(level_of(field)) > min(ranks[one.name], default=len(RANK))
    ]
