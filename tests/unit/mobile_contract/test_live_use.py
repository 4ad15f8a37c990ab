"""Which field and which release live calls use."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from graphql import build_schema

from mobile_contract.live_use import field_uses, share
from mobile_contract.manifest import Operation, id_of
from mobile_contract.releases import Release

SCHEMA = """
interface Node { id: ID }
type Thing implements Node { id: ID name: Int }
type Query { thing: Thing node: Node }
"""
BASELINES = {"1": build_schema(SCHEMA)}


def release(client: str, version: str, *bodies: str) -> Release:
    operations = tuple(Operation(id_of(body), "Q", "query", body) for body in bodies)
    return Release(client, version, date(2026, 11, 28), "1", False, operations)


OLD, BOTH, NEW = "query Q { thing { name } }", "query Q { thing { id } }", "query Q { node { id } }"
FIRST, SECOND = release("app", "1", OLD, BOTH), release("app", "2", BOTH, NEW)


def test_a_field_is_used_by_those_whose_operations_ask_for_it():
    """By id and by text; behind an interface also the types that may be there; an id that nobody knows is no field."""
    counts = {("app", id_of(OLD)): 5, ("app", id_of(NEW)): 2, ("other", "Thing.name"): 3, ("app", "0" * 64): 9}
    found = field_uses(BASELINES, [FIRST, SECOND], counts)
    assert found["Thing.name"].calls == Counter(app=5, other=3)
    assert found["Thing.name"].releases == ["app 1"]
    assert found["Thing.id"].calls == Counter(app=2)
    assert found["Thing.id"].releases == ["app 1", "app 2"]
    assert found["Query.node"].releases == ["app 2"]
    assert found.keys() == {"Thing.name", "Thing.id", "Node.id", "Query.thing", "Query.node"}


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([], 0.6),
        ([SECOND], 0.5),
        ([replace(SECOND, client="another")], 0.6),
        ([SECOND, release("app", "3", OLD)], 0.0),
    ],
)
def test_a_release_is_judged_by_what_no_other_of_its_client_sends(others, expected):
    """Whoever else sends an operation keeps it working."""
    counts = {("app", id_of(OLD)): 5, ("app", id_of(BOTH)): 1, ("another", id_of(OLD)): 4}
    assert share(FIRST, others, counts, 10) == expected


def test_a_public_release_is_used_by_whoever_comes():
    counts = {("", id_of(OLD)): 5, ("another", id_of(OLD)): 1}
    assert share(replace(FIRST, public=True), [], counts, 10) == 0.6
    assert share(FIRST, [], counts, 0) == 0.0
