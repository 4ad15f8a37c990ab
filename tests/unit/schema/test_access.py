"""What every field declares is what is checked."""

from types import SimpleNamespace

import pytest
import strawberry

from domain.assurance import Assurance
from domain.errors import ErrorCode, Refusal
from schema.access import Disclosure, Level, asked, check, told
from schema.query import _NODES
from schema.schema import schema_of
from tests.unit.schema.walk import definitions, enforced, level_of, reached, too_high

SCHEMA = schema_of()


def test_no_plain_field_promises_more_than_was_checked():
    """A plain field declares at most the lowest level at which anybody can hold its type."""
    assert too_high(SCHEMA) == []


def test_every_type_is_reached():
    """The walk sees the whole schema, or the test above would hold of nothing."""
    unreached = {one.name for one in definitions(SCHEMA)} - reached(SCHEMA).keys()
    assert unreached == {"Federated"}, "an interface that no field returns"
    assert len(reached(SCHEMA)) > 15


def test_the_walk_finds_a_promise_that_nobody_keeps():
    """Through a list, an optional, an interface and the lower one of two roots."""

    @strawberry.interface(description="x")
    class Thing:
        id: str = told("x", Disclosure.NOTHING, level=Level.PUBLIC)

    @strawberry.type(description="x")
    class Deep(Thing):
        secret: str = told("x", Disclosure.NOTHING, level=Level.REAL_NAME)

    @strawberry.type(description="x")
    class Outer:
        deep: list[Thing | None] = told("x", Disclosure.NOTHING, level=Level.SIGNED_IN)

    async def outer() -> Outer | None:
        return None

    @strawberry.type(description="x")
    class Query:
        strict: Outer | None = asked("x", Disclosure.NOTHING, level=Level.REAL_NAME)(outer)
        loose: Outer | None = asked("x", Disclosure.NOTHING, level=Level.SIGNED_IN)(outer)

    assert too_high(strawberry.Schema(Query, types=[Deep])) == ["Deep.secret"]


def test_what_is_declared_is_what_is_enforced():
    """No field with a resolver declares one level and checks another."""
    fields = [(one.name, field) for one in definitions(SCHEMA) for field in one.fields if enforced(field)]
    assert len(fields) >= 9
    assert [f"{name}.{field.name}" for name, field in fields if enforced(field) is not level_of(field)] == []


@pytest.mark.parametrize(
    ("level", "assurance", "code"),
    [
        (Level.PUBLIC, None, None),
        (Level.SIGNED_IN, None, ErrorCode.UNAUTHENTICATED),
        (Level.SIGNED_IN, Assurance.NONE, None),
        (Level.REAL_NAME, None, ErrorCode.UNAUTHENTICATED),
        (Level.REAL_NAME, Assurance.NONE, ErrorCode.ASSURANCE_TOO_LOW),
        (Level.REAL_NAME, Assurance.BASIC, ErrorCode.ASSURANCE_TOO_LOW),
        (Level.REAL_NAME, Assurance.MEDIUM, None),
        (Level.REAL_NAME, Assurance.HIGH, None),
    ],
)
def test_a_level_asks_for_what_it_says(level, assurance, code):
    """Nothing, a token, or a token of real-name level 2; who shows less learns which it is."""
    context = SimpleNamespace(signed_in=None if assurance is None else SimpleNamespace(assurance=assurance))
    if code is None:
        check(level, context)
        return
    with pytest.raises(Refusal) as caught:
        check(level, context)
    assert caught.value.code is code


async def test_a_field_that_is_too_high_does_nothing():
    """The level is checked before the resolver runs, not after."""
    ran = []

    async def read() -> str | None:
        ran.append(True)
        return "private"

    @strawberry.type(description="x")
    class Query:
        secret: str | None = asked("x", Disclosure.PERSONAL, Level.SIGNED_IN)(read)

    schema = strawberry.Schema(Query)
    nobody, somebody = (SimpleNamespace(signed_in=one) for one in (None, SimpleNamespace(assurance=Assurance.NONE)))
    refused = await schema.execute("{ secret }", context_value=nobody)
    assert (refused.data, ran) == ({"secret": None}, [])
    assert isinstance(refused.errors[0].original_error, Refusal)
    assert (await schema.execute("{ secret }", context_value=somebody)).data == {"secret": "private"}


def test_node_says_which_scopes_kinds_want():
    """No directive can: it depends on the id."""
    described = SCHEMA._schema.query_type.fields["node"].description
    assert [scope.name in described for scope, _ in _NODES.values()] == [True] * 3
