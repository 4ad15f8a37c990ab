"""Registering and retiring a release: what is kept, and what is refused."""

import json
from datetime import date
from pathlib import Path

import pytest

from mobile_contract import baselines, releases
from mobile_contract.limits import MOST_ALIASES
from mobile_contract.manifest import Operation, id_of, read
from mobile_contract.registering import LIVE_USE, Registry
from mobile_contract.releases import BadRelease, Release, Retirement
from mobile_contract.terms import Terms
from tests.schema_changes import SCHEMA

TODAY, LATER = date(2026, 11, 28), date(2027, 6, 30)
TERMS = Terms(operation=500, caller=1_000, address=2)
OPEN = SCHEMA.replace("name: String!", "name: String! @access(level: PUBLIC, discloses: NOTHING)").replace(
    "spare: Spare", "spare: Spare @access(level: PUBLIC, discloses: NOTHING)"
)


def operation(body: str, name: str = "Q") -> Operation:
    return Operation(id_of(body), name, "query", body)


THING = operation('query Q { thing(id: "1") { name } }')


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def registry(folder: Path) -> Registry:
    return Registry(TERMS, folder.parent)


def test_what_is_registered_is_read_again(registry: Registry, folder: Path) -> None:
    assert registry.register("app", "1.0", [THING], SCHEMA, TODAY)
    expected = Release("app", "1.0", TODAY, "0001", False, (THING,))
    assert releases.every(folder) == [expected]
    assert releases.find("app", "1.0", folder) == expected
    assert releases.find("app", "1.1", folder) is None


def test_a_release_is_a_manifest_itself(registry: Registry, folder: Path) -> None:
    """Whoever reads persisted documents can read it, and so can `register`."""
    registry.register("app", "1.0", [THING], SCHEMA, TODAY)
    assert read(folder / "app" / "1.0.json") == [THING]


def test_a_version_stays_as_it_was_registered(registry: Registry, folder: Path) -> None:
    """Its day, baseline and operations, whoever registers it again and when."""
    registry.register("app", "1.0", [THING], SCHEMA, TODAY)
    kept = (folder / "app" / "1.0.json").read_text("utf-8")
    assert not registry.register("app", "1.0", [THING], SCHEMA + "scalar New", LATER)
    for given, public in (([operation("query Q { spare { id } }")], False), ([THING], True)):
        with pytest.raises(BadRelease, match="stays as it was shipped"):
            registry.register("app", "1.0", given, OPEN, LATER, public=public)
    assert (folder / "app" / "1.0.json").read_text("utf-8") == kept
    assert len(baselines.schemas(folder.parent / "baselines")) == 1


def test_a_baseline_is_kept_for_each_schema_that_differs_from_the_last(registry: Registry, folder: Path) -> None:
    for version, schema in (("1", SCHEMA), ("2", SCHEMA), ("3", SCHEMA + "scalar New"), ("4", SCHEMA)):
        registry.register("app", version, [THING], schema, TODAY)
    assert [one.baseline for one in releases.every(folder)] == ["0001", "0001", "0002", "0003"]
    assert list(baselines.schemas(folder.parent / "baselines")) == ["0001", "0002", "0003"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("query Q { nothing }", "Q: Cannot query field 'nothing' on type 'Query'."),
        ("query Q { thing { name } }", "Q: Argument 'Query.thing(id:)' of type 'ID!' is required"),
        (
            f"query Q {{ {' '.join(f'a{number}: spare {{ id }}' for number in range(MOST_ALIASES + 1))} }}",
            f"Q: At most {MOST_ALIASES} aliases may stand in a document.",
        ),
        (
            "query Q($f: Int!) { things(first: $f) { id name tags count } }",
            "Q: It costs up to 600; at most 500 is answered.",
        ),
        ("query Q { __schema { types { name } } }", "Q: It asks for the schema, which is closed in production"),
        ('query Q { ...F } fragment F on Query { __type(name: "A") { name } }', "Q: It asks for the schema"),
    ],
)
def test_what_would_be_refused_is_not_promised(body: str, sentence: str, registry: Registry, folder: Path) -> None:
    """Nothing is kept of it, nor of what came with it."""
    with pytest.raises(BadRelease) as said:
        registry.register("app", "1.0", [THING, operation(body)], SCHEMA, TODAY)
    assert str(said.value).startswith(sentence)
    assert releases.every(folder) == []
    assert not (folder.parent / "baselines").exists()


def test_public_operations_ask_only_for_what_is_answered_without_a_token(registry: Registry, folder: Path) -> None:
    spare = operation("query Q { spare { __typename } }")
    registry.register("signed-out", "1.0", [spare], OPEN, TODAY, public=True)
    assert [one.public for one in releases.every(folder)] == [True]
    with pytest.raises(BadRelease, match=r"Q: It cannot be public: 1 of its fields need a token, such as Query\.thing"):
        registry.register("signed-out", "1.1", [THING], OPEN, TODAY, public=True)
    thrice = operation("query Q { a: spare { __typename } b: spare { __typename } c: spare { __typename } }")
    with pytest.raises(BadRelease, match="Q: It costs up to 6; without a token an address may spend 2 in a minute"):
        registry.register("signed-out", "1.1", [thrice], OPEN, TODAY, public=True)


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../app", "a/b", "a\\b", ".hidden", "a ", "a\n", "a" * 65, "应用", "a.json/"]
)
def test_names_are_names_of_files(name: str, registry: Registry, tmp_path: Path) -> None:
    for client, version in ((name, "1.0"), ("app", name)):
        with pytest.raises(BadRelease, match="can be no name of a client or version"):
            registry.register(client, version, [THING], SCHEMA, TODAY)
    assert list(tmp_path.rglob("*.json")) == []


@pytest.mark.parametrize(
    ("retirement", "sentence"),
    [
        (Retirement(LATER), "how much it is used is not known"),
        (Retirement(LATER, unmeasured="  "), "how much it is used is not known"),
        (Retirement(LATER, LIVE_USE), "0.10% of its client's calls are its own"),
        (Retirement(LATER, 0.4, "We think so."), "40.00% of its client's calls are its own"),
        (Retirement(LATER, -0.1), "a share is from 0 to 1"),
        (Retirement(LATER, float("nan")), "a share is from 0 to 1"),
        (Retirement(date(2026, 11, 27), 0.0), "2026-11-27 is over"),
    ],
)
def test_a_release_that_may_be_in_use_is_not_retired(
    retirement: Retirement, sentence: str, registry: Registry, folder: Path
):
    registry.register("app", "1.0", [THING], SCHEMA, TODAY)
    with pytest.raises(BadRelease, match="app 1.0: " + sentence):
        registry.retire("app", "1.0", retirement, TODAY)
    assert releases.every(folder)[0].retirement is None


@pytest.mark.parametrize("retirement", [Retirement(LATER, 0.0009), Retirement(TODAY, unmeasured="Nobody counts yet.")])
def test_a_retirement_is_kept_with_its_reason(retirement: Retirement, registry: Registry, folder: Path) -> None:
    registry.register("app", "1.0", [THING], SCHEMA, TODAY)
    registry.retire("app", "1.0", retirement, TODAY)
    assert releases.every(folder) == [Release("app", "1.0", TODAY, "0001", False, (THING,), retirement)]


def test_only_what_is_registered_is_retired(registry: Registry) -> None:
    with pytest.raises(BadRelease, match=r"app 1\.0 is not registered"):
        registry.retire("app", "1.0", Retirement(LATER, 0.0), TODAY)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("query Q {", "query Q  {", "its id is not the SHA-256 of its text"),
        ('"client": "app"', '"client": "other"', "app/1.0.json says that it is other 1.0."),
        ('"registered": "2026-11-28"', '"registered": "yesterday"', "app/1.0.json is not a release"),
        ('"public": false', '"private": true', "app/1.0.json is not a release"),
        ("{", "", "app/1.0.json is not a release"),
    ],
)
def test_a_file_that_was_changed_by_hand_is_found(
    old: str, new: str, sentence: str, registry: Registry, folder: Path
) -> None:
    registry.register("app", "1.0", [THING], SCHEMA, TODAY)
    file = folder / "app" / "1.0.json"
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    with pytest.raises(BadRelease) as said:
        releases.every(folder)
    assert sentence in str(said.value)


def test_the_shipped_releases_hold_what_the_tree_ships() -> None:
    """Of the demo's own app, and of who has not signed in."""
    found = {one.name: one for one in releases.every()}
    assert {one.name for one in found["signed-out 0.1.0"].operations} == {"Platforms"}
    assert [name for name, one in found.items() if one.public] == ["signed-out 0.1.0"]
    assert len(found["tongban-phone 0.1.0"].operations) == 14
    assert (
        json.loads((releases.RELEASES / "tongban-phone" / "0.1.0.json").read_text("utf-8"))["release"]["retired"]
        is None
    )
