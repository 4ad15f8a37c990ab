"""What a deprecation has to say so that a client developer can act on it."""

from datetime import date

import pytest
from graphql import build_schema

from mobile_contract.deprecation import faults, sunsets

SCHEMA = """
type Query {{ thing(old: Int {argument}, new: Int): Thing }}
type Thing {{ old: Int {field} new: Int kind: Kind }}
enum Kind {{ OLD {value} NEW }}
input By {{ old: Int {input} new: Int }}
"""
PLACES = {"field": "Thing.old", "argument": "Query.thing(old)", "value": "Kind.OLD", "input": "By.old"}
SAID = "It says too little. Use Thing.new instead. Sunset 2027-06-30."


def with_reason(where: str, reason: str):
    said = dict.fromkeys(PLACES, "") | {where: f'@deprecated(reason: "{reason}")'}
    return build_schema(SCHEMA.format(**said))


@pytest.mark.parametrize("where", PLACES)
def test_whatever_can_be_deprecated_says_all_and_is_known_until_its_day(where: str) -> None:
    good, bad = with_reason(where, SAID), with_reason(where, "Old.")
    assert list(faults(good)) == []
    assert sunsets(good) == {PLACES[where]: date(2027, 6, 30)}
    assert [one.split(" is ")[0] for one in faults(bad)] == [PLACES[where]]
    assert sunsets(bad) == {}


@pytest.mark.parametrize(
    "reason",
    [
        "Use Thing.new instead. Sunset 2027-06-30.",
        "It says too little. Sunset 2027-06-30.",
        "It says too little. Use Thing.new instead.",
        "It says too little. Use Thing.new instead. Sunset 2027-06-31.",
        "It says too little. Use Thing.new instead. Sunset soon.",
        "It says too little. Use Thing.new instead. Sunset 2027-06-30. Or later.",
    ],
)
def test_why_what_instead_and_until_when_are_all_needed(reason: str) -> None:
    (fault,) = faults(with_reason("field", reason))
    assert fault == 'Thing.old is deprecated without saying all: "Why. Use Type.field instead. Sunset 2027-06-30."'


@pytest.mark.parametrize("instead", ["Query.thing(new)", "Kind.NEW", "By.new"])
def test_anything_that_can_be_deprecated_can_come_instead(instead: str) -> None:
    assert list(faults(with_reason("field", SAID.replace("Thing.new", instead)))) == []


def test_what_comes_instead_is_there() -> None:
    (fault,) = faults(with_reason("field", SAID.replace("Thing.new", "Thing.newer")))
    assert fault == "Thing.old is deprecated for Thing.newer, which is not there"
