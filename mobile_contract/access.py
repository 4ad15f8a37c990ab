"""What the fields of a schema declare with @access: at which level and to clients of which scopes they are answered, and what
they tell about a person."""

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
)

from mobile_contract.directives import said


def level(field: GraphQLField) -> str | None:
    """None where a field declares none."""
    return said(field.ast_node, "access").get("level")


def level_at(schema: GraphQLSchema, place: str) -> str | None:
    """Of a field by its place, as in Case.stage."""
    kind, _, name = place.partition(".")
    found = schema.type_map[kind]
    return level(found.fields[name]) if isinstance(found, GraphQLObjectType | GraphQLInterfaceType) else None


def discloses(field: GraphQLField) -> str | None:
    """None where a field declares nothing."""
    return said(field.ast_node, "access").get("discloses")


def scopes(field: GraphQLField) -> list[str]:
    """All of which a client must have been granted, by name."""
    return sorted(said(field.ast_node, "access").get("scopes", ()))


def levels(schema: GraphQLSchema) -> list[str]:
    """From nothing to everything that a caller may have to show: in the order in which the schema lists them."""
    directive = schema.get_directive("access")
    kind = get_named_type(directive.args["level"].type) if directive else None
    return list(kind.values) if isinstance(kind, GraphQLEnumType) else []
