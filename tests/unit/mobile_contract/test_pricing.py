"""What an operation costs: reckoned out of what the schema declares, through literals, variables and defaults alike."""

import pytest
from graphql import OperationDefinitionNode, build_schema

from mobile_contract.contract import OPERATIONS, SCHEMA
from mobile_contract.limits import parsed
from mobile_contract.pricing import DESCRIBING, Pricing, total

PLAIN = Pricing(
    build_schema("""
    directive @cost(weight: Int!) on FIELD_DEFINITION | ENUM_VALUE
    directive @listSize(assumedSize: Int!, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
    enum Wait { NOT SOME @cost(weight: 50) LONG @cost(weight: 200) }
    interface Thing { name: String }
    type Row implements Thing { name: String parts: [Row!] @listSize(assumedSize: 7) tags: [String!] @listSize(assumedSize: 3) }
    type Edge { node: Row cursor: String }
    type Rows { edges: [Edge!] total: Int }
    type Query {
      rows(first: Int! = 20, last: Int, wait: Wait! = SOME): Rows
        @listSize(assumedSize: 100, slicingArguments: ["first"], sizedFields: ["edges"])
      both(first: Int, last: Int): [Row] @listSize(assumedSize: 100, slicingArguments: ["first", "last"])
      thing: Thing
      dear: Int @cost(weight: 500)
    }
    type Subscription { changed(after: String): Row @listSize(assumedSize: 30, slicingArguments: ["after"]) }
    type Mutation { guess(code: Int): Row @cost(weight: 20) }
    """)
)


def reckoned(document, variables=None, *, most=False, pricing=PLAIN):
    tree = parsed(document)
    (operation,) = [one for one in tree.definitions if isinstance(one, OperationDefinitionNode)]
    return total(pricing.price(tree, operation), None if most else variables or {})


@pytest.mark.parametrize(
    ("document", "cost"),
    [
        ("{ __typename }", 0),
        (
            "{ a: __typename rows(first: 3, wait: NOT) { edges { b: __typename __typename cursor } } }",
            1 + 2 + 3 * (2 + 1 + 1),
        ),
        ("{ __schema { types { name } } }", DESCRIBING),
        ('{ __schema { types { name } } a: __type(name: "Row") { name } }', 2 * DESCRIBING),
        (
            "{ __schema { a: types { name } ...s ...s } } fragment s on __Schema { ... { b: types { name } } }",
            4 * DESCRIBING,
        ),
        ("{ dear }", 500),
        ("{ thing { name } }", 2 + 1),
        ("{ thing { ... on Row { tags } ... { name } } }", 2 + 3 + 1),
        ("{ rows { total } }", 2 + 50 + 1),
        ("{ rows { edges { cursor } } }", 52 + 20 * (2 + 1)),
        ("{ rows(first: 3, wait: NOT) { edges { node { name } } } }", 2 + 3 * (2 + 2 + 1)),
        ("{ rows(first: 3, wait: LONG) { edges { node { parts { tags } } } } }", 202 + 3 * (2 + 2 + 7 * (2 + 3))),
        ("{ rows(first: 101) { edges { cursor } } }", 52 + 100 * 3),
        ("{ rows(first: -5) { edges { cursor } } }", 52),
        ("{ rows(first: %s) { edges { cursor } } }" % ("1" * 5000), 52 + 100 * 3),
        (
            "{ rows(first: 1) { ...r } } fragment r on Rows { edges { ...e ...e } } fragment e on Edge { cursor }",
            52 + 4,
        ),
        ("{ both(first: 2, last: 5) { name } }", 5 * 3),
        ("{ both { name } }", 100 * 3),
        ("mutation { a: guess(code: 1) { name } b: guess(code: 2) { name } guess(code: 3) { name } }", 3 * (20 + 1)),
        ("{ thing { nothing ...nowhere } }", 2),
    ],
)
def test_what_an_operation_costs(document, cost):
    """One for a leaf, two for an object, or what is declared, times the length of the lists around it."""
    assert reckoned(document) == cost


ROWS = "query ($n: Int!%s, $w: Wait!%s) { rows(first: $n, wait: $w) { edges { cursor } } }"


@pytest.mark.parametrize(
    ("defaults", "variables", "cost"),
    [
        (("", ""), {"n": 4, "w": "NOT"}, 2 + 4 * 3),
        (("", ""), {"n": 4, "w": "LONG"}, 202 + 4 * 3),
        (("", ""), {"n": 10**9, "w": "NOT"}, 2 + 100 * 3),
        (("", ""), {"n": -1, "w": "NOT"}, 2),
        (("", ""), {"n": "many", "w": ["LONG"]}, 52 + 100 * 3),
        (("", ""), {"n": True, "w": "none"}, 2 + 100 * 3),
        ((" = 5", " = LONG"), {}, 202 + 5 * 3),
        (("", ""), {}, 52 + 20 * 3),
    ],
)
def test_variables_and_their_defaults_count_as_literals_do(defaults, variables, cost):
    """What is not a number is refused later; until then it is reckoned as the most."""
    assert reckoned(ROWS % defaults, variables) == cost


def test_at_most_is_with_every_variable_at_its_dearest():
    """Whatever the defaults say."""
    assert reckoned(ROWS % (" = 5", " = NOT"), most=True) == 202 + 100 * 3


@pytest.mark.parametrize(
    ("document", "variables", "messages"),
    [
        ("subscription { changed { name } }", {}, 1),
        ("subscription { changed(after: null) { name } }", {}, 1),
        ('subscription { changed(after: "x") { name } }', {}, 30),
        ("subscription ($a: String) { changed(after: $a) { name } }", {}, 1),
        ("subscription ($a: String) { changed(after: $a) { name } }", {"a": None}, 1),
        ("subscription ($a: String) { changed(after: $a) { name } }", {"a": "x"}, 30),
        ('subscription ($a: String = "x") { changed(after: $a) { name } }', {}, 30),
        ('subscription ($a: String = "x") { changed(after: $a) { name } }', {"a": None}, 1),
    ],
)
def test_who_comes_back_with_a_cursor_pays_for_what_may_be_waiting(document, variables, messages):
    """And who begins anew for one message."""
    assert reckoned(document, variables) == messages * (2 + 1)
    assert reckoned("subscription ($a: String) { changed(after: $a) { name } }", most=True) == 30 * (2 + 1)


OPTIONAL = """
query ($a: Boolean!, $b: Boolean!) { thing @include(if: $a) { name @skip(if: $b) } ...q }
fragment q on Query { thing @skip(if: $a) { tags: name } }
"""


@pytest.mark.parametrize(
    ("variables", "cost"),
    [
        ({"a": True, "b": False}, 2 + 1),
        ({"a": True, "b": True}, 2),
        ({"a": False, "b": False}, 2 + 1),
        ({"a": False, "b": True}, 2 + 1),
        ({}, 2 * (2 + 1)),
    ],
)
def test_what_a_variable_leaves_out_costs_nothing(variables, cost):
    """By @include and @skip. What nobody says is reckoned as there."""
    assert reckoned(OPTIONAL, variables) == cost
    assert reckoned(OPTIONAL, most=True) == 2 * (2 + 1)


@pytest.mark.parametrize("file", sorted(OPERATIONS.glob("*.graphql")), ids=lambda file: file.stem)
def test_shipped_operations_cost_something_and_not_much(file):
    """At their dearest: pages of 100 and LIVE. Four times as much would still be answered."""
    pricing = Pricing(build_schema(SCHEMA.read_text("utf-8")))
    assert 0 < reckoned(file.read_text("utf-8"), most=True, pricing=pricing) * 4 < 25_000
