"""The shape of the schema: what may be null, what does I/O, what is described."""

import inspect
from enum import Enum

import pytest
from graphql import GraphQLList, GraphQLNonNull, build_schema
from strawberry.types.enum import StrawberryEnumDefinition

import domain.caller
import domain.event
import domain.health
import domain.licence
import domain.platform
import domain.source
import domain.standing
import domain.transition
from schema import mutation, query, subscription
from schema.change import ErrorsAsData
from schema.enums import described
from schema.schema import schema_of
from tests.unit.schema.walk import definitions, enforced

SCHEMA = schema_of()
SDL = build_schema(SCHEMA.as_str())
RESOLVED = {
    "Query": {"viewer", "case", "licence", "node", "changesSince", "platforms"},
    "Viewer": {"cases", "licences", "notifications"},
    "Mutation": {"registerDevice", "unregisterDevice", "markNotificationsRead"},
    "Subscription": {"caseChanged", "licenceChanged", "sourcesChanged", "notificationAdded"},
}
"""Every field that does I/O. One that is new is added here, and has to be nullable or a mutation's."""

ENUMS = {
    kind.definition.name: kind.definition
    for kind in SCHEMA.schema_converter.type_map.values()
    if isinstance(kind.definition, StrawberryEnumDefinition)
}


def test_only_roots_do_anything():
    """All other fields are plain attributes: they cost nothing, and cannot fail or wait."""
    found = {}
    for one in definitions(SCHEMA):
        if names := {
            SCHEMA.config.name_converter.get_graphql_name(field) for field in one.fields if field.base_resolver
        }:
            found[one.name] = names
    assert found == RESOLVED


def test_every_resolver_checks_a_level():
    """None was made with strawberry.field alone, past the declaration."""
    assert [
        field.name for one in definitions(SCHEMA) for field in one.fields if field.base_resolver and not enforced(field)
    ] == []


def test_resolvers_stand_with_the_roots():
    """Types are made of values; what a field may do is to be found in query.py, mutation.py and subscription.py."""
    homes = {
        field.base_resolver.wrapped_func.__module__
        for one in definitions(SCHEMA)
        for field in one.fields
        if field.base_resolver
    }
    assert homes == {query.__name__, mutation.__name__, subscription.__name__}


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind in ("Query", "Viewer", "Subscription") for name in sorted(RESOLVED[kind])]
)
def test_a_query_that_does_io_may_be_null(kind, name):
    """One noun that fails is null and leaves the rest of the answer standing (docs/adr/0021)."""
    assert not isinstance(SDL.type_map[kind].fields[name].type, GraphQLNonNull)


def test_below_a_root_lists_are_never_null():
    """A client that has a list has all of it: neither the list nor an element of it is missing."""
    lists = {
        f"{kind}.{name}": str(field.type)
        for kind, one in SDL.type_map.items()
        if not kind.startswith("__")
        for name, field in getattr(one, "fields", {}).items()
        if isinstance(getattr(field.type, "of_type", field.type), GraphQLList)
        and not kind.endswith("Input")
        and name not in RESOLVED.get(kind, ())
    }
    assert len(lists) > 5
    assert {place: kind for place, kind in lists.items() if not (kind.startswith("[") and kind.endswith("!]!"))} == {}


@pytest.mark.parametrize("name", sorted(RESOLVED["Mutation"]))
def test_a_mutation_gives_its_payload_with_errors(name):
    """Never null; what went wrong is data: errors: [UserError!]!"""
    kind = SDL.mutation_type.fields[name].type
    assert isinstance(kind, GraphQLNonNull)
    assert kind.of_type.name == f"{name[0].upper()}{name[1:]}Payload"
    assert str(kind.of_type.fields["errors"].type) == "[UserError!]!"


def test_a_mutation_answers_with_its_payload_whatever_is_raised():
    """Outermost, so that a level that is too low is told as data too; and each refuses with its own payload."""
    fields = [field for one in definitions(SCHEMA) if one.name == "Mutation" for field in one.fields]
    assert len(fields) == len(RESOLVED["Mutation"])
    for field in fields:
        outermost = field.extensions[-1]
        assert isinstance(outermost, ErrorsAsData), field.name
        assert type(outermost.refused([])) is field.type, field.name


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_every_value_of_an_enum_is_described(name):
    """In a sentence; and no two values of one enum say the same."""
    texts = [value.description or "" for value in ENUMS[name].values]
    assert all(text.endswith(".") and len(text) > 3 for text in [*texts, ENUMS[name].description])
    assert len(set(texts)) == len(texts)


def test_the_enums_of_the_domain_are_the_enums_of_the_schema():
    """None is copied: what appears in the schema is the domain's own class, so that a new value cannot be forgotten."""
    ours = {kind.wrapped_cls for kind in ENUMS.values()}
    outside = {kind for kind in ours if not kind.__module__.startswith("domain.")}
    assert {kind.__qualname__ for kind in outside} == {"Level", "Disclosure", "Channel"}


def test_a_domain_enum_that_a_type_shows_is_an_enum_there():
    """No closed list of the domain travels as a bare string where a client would have to guess its words."""
    modules = (domain.caller, domain.event, domain.health, domain.licence, domain.platform)
    modules += (domain.source, domain.standing, domain.transition)
    closed = {
        kind for module in modules for _, kind in inspect.getmembers(module, inspect.isclass) if issubclass(kind, Enum)
    }
    unseen = {kind.__name__ for kind in closed if kind.__module__.startswith("domain.")} - {
        kind.wrapped_cls.__name__ for kind in ENUMS.values()
    }
    assert unseen == {"Assurance", "Locale", "Ground"}, "none of these is told to a client"


@pytest.mark.parametrize(
    ("values", "named"), [({"ONE": "One."}, "TWO"), ({"ONE": "One.", "TWO": "Two.", "THREE": "Three."}, "THREE")]
)
def test_values_and_descriptions_must_be_the_same(values, named):
    """One that lacks a description, and a description of none, are named when the schema is made."""
    with pytest.raises(ValueError, match=f"Planted: .*: {named}$"):
        described(Enum("Planted", ["ONE", "TWO"]), "Planted", "x", values)


def test_no_field_repeats_the_name_of_its_type():
    """case.number, not case.caseNumber."""
    repeating = [
        f"{one.name}.{field.name}"
        for one in definitions(SCHEMA)
        for field in one.fields
        if field.name.replace("_", "").lower().startswith(one.name.lower())
    ]
    assert repeating == []
