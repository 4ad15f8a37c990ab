"""Which field and which release live calls use."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
from graphql import build_schema

from mobile_contract.live_use import FieldUse, field_uses, share
from mobile_contract.manifest import Operation, id_of
from mobile_contract.releases import Release, Retirement

SCHEMA = """
interface Node { id: ID }
type Thing implements Node { id: ID name: Int }
type Query { thing: Thing node: Node }
"""
TODAY = date(2026, 11, 28)
BASELINES = {"1": build_schema(SCHEMA)}


def release(client: str, version: str, *bodies: str) -> Release:
    operations = tuple(Operation(id_of(body), "Q", "query", body) for body in bodies)
    return Release(client, version, TODAY, "1", False, operations)


OLD, BOTH, NEW = "query Q { thing { name } }", "query Q { thing { id } }", "query Q { node { id } }"
FIRST, SECOND = release("app", "1", OLD, BOTH), release("app", "2", BOTH, NEW)


def test_a_field_is_used_by_those_whose_operations_ask_for_it():
    """By id and by text; behind an interface also the types that may be there; an id that nobody knows is no field."""
    counts = {("app", id_of(OLD)): 5, ("app", id_of(NEW)): 2, ("other", "Thing.name"): 3, ("app", "0" * 64): 9}
    found = field_uses(BASELINES, [FIRST, SECOND], counts, TODAY)
    assert found["Thing.name"].calls == Counter(app=5, other=3)
    assert found["Thing.name"].releases == {"app 1": 5}
    assert found["Thing.id"].calls == Counter(app=2)
    assert dict(found["Thing.id"].releases) == {"app 1": 0, "app 2": 2}
    assert dict(found["Query.node"].releases) == {"app 2": 2}
    assert found.keys() == {"Thing.name", "Thing.id", "Node.id", "Query.thing", "Query.node"}


def test_what_two_releases_send_counts_for_each():
    """Nobody sees which it was; and another client's is neither's."""
    found = field_uses(BASELINES, [FIRST, SECOND], {("app", id_of(BOTH)): 4, ("other", id_of(BOTH)): 2}, TODAY)
    assert found["Thing.id"].releases == {"app 1": 4, "app 2": 4}
    assert found["Thing.id"].calls == Counter(app=4, other=2)


def test_a_retired_release_uses_nothing():
    """From its day on; until then it does. What it called before is still a call."""
    ending = replace(FIRST, retirement=Retirement(TODAY, 0.0))
    found = field_uses(BASELINES, [ending], {("app", id_of(OLD)): 5}, TODAY)["Thing.name"]
    assert (found.calls, dict(found.releases), found.none) == (Counter(app=5), {}, False)
    assert field_uses(BASELINES, [ending], {}, TODAY - timedelta(1))["Thing.name"].releases.keys() == {"app 1"}
    assert field_uses(BASELINES, [FIRST], {}, TODAY)["Thing.name"].none is False
    assert FieldUse().none is True


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
