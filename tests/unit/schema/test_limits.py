"""What a document may ask for: enough for every shipped operation, and not the whole process."""

import re
import time

import pytest
from graphql import GraphQLObjectType, get_introspection_query, get_nullable_type, is_list_type, parse, validate

from mobile_contract.contract import OPERATIONS
from schema.limits import LENGTHS, MOST_ALIASES, MOST_COST, MOST_LEVELS, Modest
from schema.schema import schema_of

SCHEMA = schema_of(introspection=True)._schema
CASES = "{ viewer { cases(first: %s) { edges { node { %s } } } } }"


def objections(document: str) -> list[str]:
    return [error.message for error in validate(SCHEMA, parse(document), [Modest])]


def cost(document: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """What a document is reckoned to cost, as a refusal tells it."""
    monkeypatch.setattr("schema.limits.MOST_COST", -1)
    (message,) = objections(document)
    return int(re.findall(r"\d+", message)[0])


@pytest.mark.parametrize("file", sorted(OPERATIONS.glob("*.graphql")), ids=lambda file: file.stem)
def test_shipped_operations_pass_with_ample_room(file, monkeypatch):
    """Also with pages of 100, which a variable may ask for: five times as much would still pass."""
    assert objections(file.read_text("utf-8")) == []
    assert cost(file.read_text("utf-8"), monkeypatch) * 5 < MOST_COST


@pytest.mark.parametrize(
    ("document", "reckoned"),
    [
        ("{ __typename }", 0),
        ("{ viewer { displayName } }", 2 + 1),
        (CASES % (100, "number"), 2 + 2 + 100 * (2 + 2 + 1)),
        (CASES % (3, "number"), 2 + 2 + 3 * (2 + 2 + 1)),
        (CASES % (101, "number"), 2 + 2 + 100 * (2 + 2 + 1)),
        (CASES % ("1" * 5000, "number"), 2 + 2 + 100 * (2 + 2 + 1)),
        (CASES % (-5, "number"), 2 + 2),
        ("query ($n: Int!) " + CASES % ("$n", "number"), 2 + 2 + 100 * (2 + 2 + 1)),
        ("{ viewer { cases { edges { cursor } } } }", 2 + 2 + 20 * (2 + 1)),
        (CASES % (10, "events { at }"), 2 + 2 + 10 * (2 + 2 + 50 * (2 + 1))),
        (CASES % (10, "asks { text }"), 2 + 2 + 10 * (2 + 2 + 5 * (2 + 1))),
        ("{ viewer { licences(first: 100) { sources { rows } } } }", 2 + 2 + 5 * (2 + 1)),
        ("{ viewer { ...v ...v } } fragment v on Viewer { displayName }", 2 + 1 + 1),
        ('{ node(id: "x") { ... on Case { number } ... { id } } }', 2 + 1 + 1),
        ("{ viewer { nothing ...nowhere } }", 2),
    ],
)
def test_what_a_document_costs(document, reckoned, monkeypatch):
    """One for a scalar, two for an object, times the length of the lists around it."""
    assert cost(document, monkeypatch) == reckoned


def test_every_list_has_a_length():
    """A list that is no page and has no length of its own would be taken for one page of what is around it."""
    lists = {
        name
        for kind in SCHEMA.type_map.values()
        if isinstance(kind, GraphQLObjectType) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if is_list_type(get_nullable_type(field.type))
    }
    assert lists - {"edges"} == LENGTHS.keys()


def test_the_attack_that_was_found():
    """240 times the events of 100 cases: refused for its aliases, and under fewer of them for its cost."""
    many = " ".join(f"a{place}: events {{ at }}" for place in range(240))
    assert len(objections(CASES % (100, many))) == 2
    few = " ".join(f"a{place}: events {{ at }}" for place in range(MOST_ALIASES))
    (said,) = objections(CASES % (100, few))
    assert said == f"This may cost {4 + 100 * (4 + 15 * 150)}; at most {MOST_COST} is answered."


def test_aliases_are_counted_over_the_whole_document():
    """Also those in fragments; the type's name is free, under any name."""
    free = " ".join(f"t{place}: __typename" for place in range(50))
    named = "query { viewer { %s ...v } } fragment v on Viewer { more: displayName }"
    fifteen = " ".join(f"a{place}: displayName" for place in range(MOST_ALIASES - 1))
    assert objections(named % (free + " " + fifteen)) == []
    assert objections(named % (fifteen + " z: displayName")) == ["At most 15 aliases may stand in a document."]


def test_depth():
    """Fragments count too, and one that holds itself has no end."""

    def inside(levels: int) -> str:
        return "{ viewer " + "{ ... " * (levels - 2) + "{ displayName }" + " }" * (levels - 1)

    assert objections(inside(MOST_LEVELS)) == []
    assert objections(inside(MOST_LEVELS + 1)) == ["Selections and fragments may nest 12 deep."]
    assert objections("{ viewer { ...v } } fragment v on Viewer { ...v }") == [
        "Selections and fragments may nest 12 deep."
    ]


def doubling(fragments: int, times: int) -> str:
    """A document of fragments each of which holds the next one some times."""
    parts = [f"fragment f{place} on Viewer {{ {f'...f{place + 1} ' * times} }}" for place in range(fragments)]
    return "{ viewer { ...f0 } } " + " ".join(parts) + f" fragment f{fragments} on Viewer {{ displayName }}"


@pytest.mark.parametrize(
    ("fragments", "times", "said"),
    [
        (25, 2, "Selections and fragments may nest 12 deep."),
        (60, 1, "Selections and fragments may nest 12 deep."),
        (9, 30, "Fragments may unfold to 5000 selections."),
    ],
)
def test_doubling_fragments_are_soon_judged(fragments, times, said):
    """In milliseconds, whatever they would unfold to."""
    document = doubling(fragments, times)
    began = time.perf_counter()
    assert objections(document) == [said]
    assert time.perf_counter() - began < 0.3


def test_a_fragment_is_weighed_where_it_stands():
    """Used for a short and for a long page it costs what it costs in each; and its depth is that of its deepest use."""
    rows = "fragment rows on CaseConnection { edges { node { events { at } } } }"
    assert objections("{ viewer { cases(first: 1) { ...rows } } } " + rows) == []
    both = "{ viewer { cases(first: 1) { ...rows } x: cases(first: 100) { ...rows ...rows ...rows ...rows } } } "
    assert len(objections(both + rows)) == 1
    deep = "fragment v on Viewer { ... { ... { ... { displayName } } } }"
    assert objections("{ viewer { ...v " + "... { " * 6 + "...v" + " }" * 6 + " } } " + deep) == []
    assert len(objections("{ viewer { ...v " + "... { " * 7 + "...v" + " }" * 7 + " } } " + deep)) == 1


async def test_introspection_is_not_weighed():
    """What GraphiQL asks first is deeper than anybody else may ask."""
    assert objections(get_introspection_query()) == []
    assert (await schema_of(introspection=True).execute(get_introspection_query())).errors is None


async def test_the_rules_are_part_of_the_schema():
    """Open or closed."""
    for introspection in (True, False):
        result = await schema_of(introspection=introspection).execute(doubling(25, 2))
        assert [error.message for error in result.errors or ()] == ["Selections and fragments may nest 12 deep."]
