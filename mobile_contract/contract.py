"""Reading and guarding the contract. Works on the schema's text alone, so that it judges what a phone would see."""

from collections.abc import Iterator
from pathlib import Path

from graphql import (
    DocumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    introspection_types,
    parse,
    specified_directives,
    specified_scalar_types,
    validate,
)

from mobile_contract import deprecation

HOME = Path(__file__).parent
SCHEMA = HOME / "schema.graphql"
SUBGRAPH = HOME / "subgraph.graphql"
"""What gateways compose with."""
OPERATIONS = HOME / "operations"
STRINGS = HOME / "push" / "strings"


def operation(name: str) -> str:
    """The text of a shipped operation, by its name. Raises FileNotFoundError."""
    return (OPERATIONS / f"{name}.graphql").read_text("utf-8")


def check(generated: str, committed: Path = SCHEMA, operations: Path = OPERATIONS) -> list[str]:
    """What is wrong with the contract, one plain sentence each; nothing if it holds."""
    schema = build_schema(generated)
    return [
        *_drift(generated, committed),
        *_undescribed(schema),
        *_undeclared(schema),
        *_repeating(schema),
        *_broken(schema, operations),
        *deprecation.faults(schema),
    ]


def _drift(generated: str, committed: Path) -> Iterator[str]:
    kept = committed.read_text("utf-8") if committed.exists() else ""
    if kept == generated:
        return
    lines = zip(kept.splitlines(), generated.splitlines(), strict=False)
    number = next((place for place, (old, new) in enumerate(lines, 1) if old != new), None)
    where = f"first at line {number}" if number else "at its end"
    yield f"{committed.name} is not the schema that the code makes ({where}). Look at it, then: tongban contract write"


def _undescribed(schema: GraphQLSchema) -> Iterator[str]:
    for place, described in _describable(schema):
        if not (described or "").strip():
            yield f"{place} has no description"


def _undeclared(schema: GraphQLSchema) -> Iterator[str]:
    """Every field says who may read it and what it discloses."""
    for kind in _types(schema):
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                directives = field.ast_node.directives if field.ast_node else None
                if "access" not in {directive.name.value for directive in directives or ()}:
                    yield f"{kind.name}.{name} does not declare its access level and disclosure class"


def _repeating(schema: GraphQLSchema) -> Iterator[str]:
    for kind in _types(schema):
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name in kind.fields:
                if name.lower().startswith(kind.name.lower()):
                    yield f"{kind.name}.{name} repeats the name of its type"


def _broken(schema: GraphQLSchema, operations: Path) -> Iterator[str]:
    for file in sorted(operations.glob("*.graphql")):
        for error in _faults(schema, file.read_text("utf-8")):
            yield f"{file.name}: {error.message}"


def _faults(schema: GraphQLSchema, text: str) -> list[GraphQLError]:
    try:
        document: DocumentNode = parse(text)
    except GraphQLError as error:
        return [error]
    return list(validate(schema, document))


def _types(schema: GraphQLSchema) -> Iterator[GraphQLNamedType]:
    built_in = {*specified_scalar_types, *introspection_types}
    return (kind for name, kind in schema.type_map.items() if name not in built_in)


def _describable(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Everything that must have a description, with the one it has."""
    for kind in _types(schema):
        yield f"type {kind.name}", kind.description
        if isinstance(kind, GraphQLEnumType):
            yield from ((f"{kind.name}.{name}", value.description) for name, value in kind.values.items())
        if isinstance(kind, GraphQLInputObjectType):
            yield from ((f"{kind.name}.{name}", field.description) for name, field in kind.fields.items())
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in kind.fields.items():
                yield f"{kind.name}.{name}", field.description
                yield from ((f"{kind.name}.{name}({arg})", value.description) for arg, value in field.args.items())
    for directive in schema.directives:
        if directive not in specified_directives:
            yield f"directive @{directive.name}", directive.description
