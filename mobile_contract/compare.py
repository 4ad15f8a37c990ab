"""What is different between two schemas that were built from texts, as far as a client can notice it."""

from collections.abc import Iterator, Mapping

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    introspection_types,
    is_abstract_type,
    specified_scalar_types,
)

from mobile_contract.access import levels
from mobile_contract.change import Change, Section, Weight, added, paired, removed
from mobile_contract.compare_fields import deprecation, fields, inputs
from mobile_contract.use import How


def changes(old: GraphQLSchema, new: GraphQLSchema) -> list[Change]:
    """In the order of the old schema, and what is new last. Prices are not compared: what they come to is judged by operation."""
    return list(_changes(old, new))


def _changes(old: GraphQLSchema, new: GraphQLSchema) -> Iterator[Change]:
    for name, before, after in paired(_own(old), _own(new)):
        if before is None:
            yield added(name, after)
        elif after is None:
            yield removed(name, *_any_use(name))
        elif type(before) is not type(after):
            yield _turned(name, before, after)
        else:
            yield from _inside(before, after, levels(new))
            yield from _members(old, new, name)


def _own(schema: GraphQLSchema) -> Mapping[str, GraphQLNamedType]:
    built_in = {*specified_scalar_types, *introspection_types}
    return {name: kind for name, kind in schema.type_map.items() if name not in built_in}


def _any_use(name: str) -> list[tuple[How, str]]:
    return [(how, name) for how in (How.READS, How.SENDS, How.NAMES)]


def _turned(name: str, before: GraphQLNamedType, after: GraphQLNamedType) -> Change:
    kinds = (type(one).__name__.removeprefix("GraphQL").removesuffix("Type") for one in (before, after))
    return Change(name, " became ".join(kinds), Section.CHANGED, Weight.BREAKING, frozenset(_any_use(name)))


def _inside(before: GraphQLNamedType, after: GraphQLNamedType, order: list[str]) -> Iterator[Change]:
    if isinstance(before, GraphQLEnumType) and isinstance(after, GraphQLEnumType):
        yield from _values(before, after)
    elif isinstance(before, GraphQLInputObjectType) and isinstance(after, GraphQLInputObjectType):
        yield from inputs(before.fields, after.fields, f"{before.name}.{{}}", (How.SENDS, before.name))
        yield from _one_of(before, after)
    elif isinstance(before, GraphQLObjectType | GraphQLInterfaceType):
        assert isinstance(after, GraphQLObjectType | GraphQLInterfaceType)
        yield from fields(before, after, order)


def _values(before: GraphQLEnumType, after: GraphQLEnumType) -> Iterator[Change]:
    """A value that is there no more breaks whoever may send it; whoever reads the enum only never meets it."""
    for name, old, new in paired(before.values, after.values):
        place = f"{before.name}.{name}"
        if old is None:
            yield added(place, new, Weight.DANGEROUS, (How.READS, before.name))
        elif new is None:
            yield removed(place, (How.GIVES, place))
        else:
            yield from deprecation(place, old, new)


def _one_of(before: GraphQLInputObjectType, after: GraphQLInputObjectType) -> Iterator[Change]:
    """Whoever sends an input may have sent none or several of its fields."""
    if after.is_one_of and not before.is_one_of:
        yield Change(before.name, "became @oneOf", weight=Weight.BREAKING, breaks=frozenset({(How.SENDS, before.name)}))
    elif before.is_one_of and not after.is_one_of:
        yield Change(before.name, "is not @oneOf any more")


def _members(old: GraphQLSchema, new: GraphQLSchema, name: str) -> Iterator[Change]:
    """What an interface or union may be. A type that is gone altogether is told of by itself."""
    before, after = _standing_for(old, name), _standing_for(new, name)
    for one in sorted(after - before):
        breaks = frozenset({(How.CHOOSES, name)})
        yield Change(name, f"{one} may stand for it", Section.ADDED, Weight.DANGEROUS, breaks)
    for one in sorted((before - after) & new.type_map.keys()):
        breaks = frozenset({(How.JOINS, f"{name}/{one}")})
        yield Change(name, f"{one} never stands for it", Section.REMOVED, Weight.BREAKING, breaks)


def _standing_for(schema: GraphQLSchema, name: str) -> set[str]:
    kind = schema.type_map[name]
    return {one.name for one in schema.get_possible_types(kind)} if is_abstract_type(kind) else set()
