"""The schema as an app on Relay needs it: pages that are connections, and cases that are found again. Needs Node."""

import json
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from mobile_contract import manifest
from mobile_contract.contract import SCHEMA
from tests.relay import COMPILED, compile_screens

PUBLISHED = SCHEMA.read_text("utf-8")


def test_an_app_on_relay_compiles(tmp_path: Path) -> None:
    """A connection, a fragment that pages and one that is read again by node(id), a mutation and a subscription."""
    run = compile_screens(PUBLISHED, tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    written = {file.name.partition(".")[0] for file in (tmp_path / COMPILED).iterdir()}
    assert {"screensHomeQuery", "screensCasesPageQuery", "screensCaseQuery", "screensCaseSubscription"} <= written


def test_what_it_lists_can_be_registered(tmp_path: Path) -> None:
    """As docs/recipes/a-release.md says: by the SHA-256 of texts that are valid."""
    listing = tmp_path / "listing.json"
    listing.write_text("{}", encoding="utf-8")
    run = compile_screens(PUBLISHED, tmp_path, persistConfig={"file": listing.name, "algorithm": "SHA256"})
    assert run.returncode == 0, run.stdout + run.stderr
    found = manifest.read(listing)
    assert {one.id for one in found} == json.loads(listing.read_text("utf-8")).keys()
    assert len(found) == 5
    assert [fault for one in found for fault in validate(build_schema(PUBLISHED), parse(one.body))] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  startCursor: String ", "  startedAt: String ", "to expose a 'pageInfo { startCursor }'"),
        ("  endCursor: String ", "  endCursor: PageInfo ", "to expose a 'pageInfo { endCursor }'"),
        ("type Case implements Node {", "type Case {", "('Case') can never occur for parent type 'Node'"),
    ],
    ids=["a cursor is missing", "a cursor is no scalar", "a case is no node"],
)
def test_what_relay_cannot_use_is_found(old: str, new: str, said: str, tmp_path: Path) -> None:
    """It names what it misses."""
    assert PUBLISHED.count(old) == 1
    run = compile_screens(PUBLISHED.replace(old, new), tmp_path)
    assert run.returncode != 0
    assert said in run.stdout + run.stderr, run.stdout + run.stderr
