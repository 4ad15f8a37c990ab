"""What an operation rests on, where the seeded changes do not tell it by themselves."""

import pytest
from graphql import build_schema, parse

from mobile_contract.use import How, uses
from tests.schema_changes import SCHEMA

SCHEMA_OF = build_schema(SCHEMA)


def used(text: str, how: How) -> set[str]:
    """The places that a document uses in this way."""
    return {place for one, place in uses(SCHEMA_OF, parse(text)) if one is how}


def test_a_field_of_an_interface_is_selected_of_every_type_that_may_stand_there() -> None:
    """Since it is a field of one of those that is answered, at the level of that one."""
    assert used('{ node(id: "1") { id } }', How.SELECTS) == {"Query.node", "Node.id", "Thing.id", "Maker.id"}


def test_a_variable_may_hold_whatever_its_type_takes() -> None:
    """Down to what its parts are made of; of what is required nothing is left out, and of what is never null nothing is null."""
    text = "query Q($by: By!) { find(by: $by) { id } }"
    optional = {"By.name", "By.order", "By.near", "Near.km"}
    assert used(text, How.SENDS) == {"By", "Near", "Order", "String", "Int"}
    assert used(text, How.GIVES) == {"Query.find(by)", *optional, "By.limit", "Near.place", "Order.NAME", "Order.AGE"}
    assert used(text, How.LEAVES_OUT) == used(text, How.MAY_BE_NULL) == optional


@pytest.mark.parametrize(
    ("variables", "value", "how"),
    [
        ("", "3", set()),
        ("", "null", {How.MAY_BE_NULL}),
        ("($s: Int!)", "$s", set()),
        ("($s: Int! = 3)", "$s", set()),
        ("($s: Int = 3)", "$s", {How.MAY_BE_NULL}),
        ("($s: Int)", "$s", {How.MAY_BE_NULL, How.LEAVES_OUT}),
    ],
)
def test_what_is_given_may_be_nothing(variables: str, value: str, how: set[How]) -> None:
    """Only a variable without a default leaves the choice to the server; null comes from any that may be null, and in person."""
    text = f'query Q{variables} {{ thing(id: "1", size: {value}) {{ id }} }}'
    found = {one for one, place in uses(SCHEMA_OF, parse(text)) if place == "Query.thing(size)"}
    assert found == {How.GIVES, *how}


def test_a_variable_within_a_literal_is_one() -> None:
    text = "query Q($place: String, $limit: Int!) { find(by: {limit: $limit, name: $place}) { id } }"
    assert used(text, How.LEAVES_OUT) == {"By.name", "By.order", "By.near"}
    assert used(text, How.GIVES) == {"Query.find(by)", "By.limit", "By.name"}
