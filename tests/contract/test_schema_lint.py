"""The schema and the operations under graphql-eslint: what it recommends for both, and what Relay wants. Needs Node."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.contract import OPERATIONS, SCHEMA
from tests.node import installed

HOME = Path(__file__).parents[1] / "schema_lint"
PUBLISHED = SCHEMA.read_text("utf-8")
SENT = {file.name: file.read_text("utf-8") for file in OPERATIONS.glob("*.graphql")}

OPTIONS = {
    # Lists go on and never back: what is newest is at the front, and a phone scrolls down.
    "relay-arguments": {"includeBoth": False},
    # Short lists with a bound are plain: nobody pages through what a platform asks for.
    "relay-edge-types": {"withEdgeSuffix": True, "shouldImplementNode": True, "listTypeCanWrapOnlyEdgeType": False},
}

PARTS_OF_A_LIST = ("Connection", "Edge", "Payload")
"""Ends of the names of types that stand for one answer: what is in them has ids."""

WITHOUT_ID = {
    "what a case or licence consists of": {"Ask", "CaseDeadline", "CaseEvent", "Due", "HandlingUnit", "TimeLimit"},
    "told by codes of others, and none of ours": {"ServiceItem"},
    "found by the code of a platform": {"Platform", "PlatformHealth", "PlatformStatus"},
    "of one answer": {"Changes", "PageInfo", "Source", "UserError"},
    "of one message; its id is null where nothing changed": {"CaseChange", "LicenceChange", "NotificationAddition"},
    "of one message, which names a list": {"SourcesChange"},
    "there is one, and it is whoever asks": {"Viewer"},
}
"""Types that strict-id-in-types would give an id of their own, and why they have none."""


def findings(schema: str, operations: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the rules find: file, rule, line and message."""
    asked = json.dumps({"schema": schema, "operations": operations, "options": OPTIONS})
    command = ["node", installed(HOME, "lint.mjs")]
    run = subprocess.run(command, input=asked, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stderr
    found: list[dict[str, Any]] = json.loads(run.stdout)
    return found


@pytest.fixture(scope="module")
def found() -> list[dict[str, Any]]:
    return findings(PUBLISHED, SENT)


def test_the_rules_find_nothing(found: list[dict[str, Any]]) -> None:
    """But for types without an id."""
    assert [one for one in found if one["rule"] != "strict-id-in-types"] == []


def test_a_type_has_an_id_or_there_is_a_reason(found: list[dict[str, Any]]) -> None:
    """One on the list that has an id, or is no more, is an error too."""
    named = {re.findall(r'type "(\w+)"', one["message"])[0] for one in found if one["rule"] == "strict-id-in-types"}
    kinds = {name for name in named if not name.endswith(PARTS_OF_A_LIST)}
    assert kinds == set().union(*WITHOUT_ID.values())


FAULTS = {
    "relay-page-info": ("  startCursor: String ", "  startedAt: String "),
    "relay-connection-types": ("  edges: [CaseEdge!]! ", "  edges: CaseEdge! "),
    "relay-edge-types": ("  node: Licence! ", "  node: [Licence!]! "),
    "relay-arguments": ("stage: Stage = null", "stage: Stage = null\n    last: Int = null"),
    "no-typename-prefix": ("  hasNews: Boolean! ", "  caseHasNews: Boolean! "),
    "naming-convention": ("  handlingUnit: HandlingUnit! ", "  handling_unit: HandlingUnit! "),
    "require-description": ('"""How a completed case ended."""\n', ""),
    "strict-id-in-types": ("  FCM\n}\n", '  FCM\n}\n\n"""Nobody asks for it."""\ntype Thing {\n  name: String\n}\n'),
    "no-unreachable-types": ("type Thing {", "type Thing {"),
}
"""By rule, what becomes of a place in the schema. What the last but one adds breaks the last as well."""

HURRIED = "query getCases { viewer { cases { edges { node { number } } } } }"


def test_a_fault_is_found() -> None:
    """Each by its rule, in the schema and in an operation, and nothing besides."""
    schema = PUBLISHED
    for rule, (old, new) in FAULTS.items():
        assert schema.count(old) == 1, rule
        schema = schema.replace(old, new)
    found = findings(schema, {"Hurried.graphql": HURRIED})
    assert {one["rule"] for one in found if one["file"] == "schema.graphql"} == FAULTS.keys()
    assert 'type "Thing"' in " ".join(one["message"] for one in found)
    assert {one["rule"] for one in found if one["file"] == "Hurried.graphql"} == {
        "naming-convention",
        "require-selections",
    }
