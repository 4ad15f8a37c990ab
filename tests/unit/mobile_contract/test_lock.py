"""releases.lock: what was registered or retired, and is not as it was, is named; and then nothing more is registered."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from mobile_contract import lock
from mobile_contract.manifest import Operation, id_of
from mobile_contract.registering import Registry
from mobile_contract.releases import BadRelease, Retirement
from mobile_contract.terms import Terms
from tests.schema_changes import SCHEMA

TODAY, LATER, LAST = date(2026, 11, 28), date(2027, 6, 30), date(2027, 12, 31)
BODY, OTHER = "query Q { spare { id } }", "query Q { any { __typename } }"
THING = Operation(id_of(BODY), "Q", "query", BODY)


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """With a release that is retired, and one that is not."""
    made = Registry(Terms(500, 500, 500), tmp_path)
    for version in ("1", "2"):
        made.register("app", version, [THING], SCHEMA, TODAY)
    made.retire("app", "1", Retirement(LATER, 0.0), TODAY)
    return made


def edited(home: Path, file: str, *pairs: tuple[str, str]) -> None:
    text = (home / file).read_text("utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (home / file).write_text(text, "utf-8")


ONE, TWO = "releases/app/1.json", "releases/app/2.json"
HARM: dict[str, Callable[[Path], None]] = {
    "release app 2 is in releases.lock, and gone": lambda home: (home / TWO).unlink(),
    "release app 2 is not what releases.lock says": lambda home: edited(
        home, TWO, (BODY, OTHER), (id_of(BODY), id_of(OTHER))
    ),
    "release app 1 is not what releases.lock says": lambda home: edited(home, ONE, ("2026-11-28", "2026-11-27")),
    "retirement of app 1 is in releases.lock, and gone": lambda home: edited(
        home, ONE, ('"retired": {\n      "on": "2027-06-30",\n      "live_use": 0.0\n    }', '"retired": null')
    ),
    "retirement of app 1 is not what releases.lock says": lambda home: edited(home, ONE, ("2027-06-30", "2026-11-28")),
    "retirement of app 2 is not in releases.lock": lambda home: edited(
        home, TWO, ('"retired": null', '"retired": {"on": "2026-11-28", "live_use": 0.0}')
    ),
    "baseline 0001 is in releases.lock, and gone": lambda home: (home / "baselines/0001.graphql").unlink(),
    "baseline 0001 is not what releases.lock says": lambda home: edited(
        home, "baselines/0001.graphql", ("type Spare { id: ID! }", "type Spare { id: ID! no: Int }")
    ),
    "baseline 0002 is not in releases.lock": lambda home: (home / "baselines/0002.graphql").touch(),
    "release app 2 is twice in releases.lock": lambda home: edited(
        home, lock.NAME, ("release app 2", "release app 2 0\nrelease app 2")
    ),
}


@pytest.mark.parametrize("said", HARM)
def test_what_is_not_as_it_was_is_named(said: str, registry: Registry, tmp_path: Path) -> None:
    """Alone: of all else nothing is said. And no command writes over it as if it were so."""
    assert lock.faults(tmp_path) == []
    HARM[said](tmp_path)
    (fault,) = lock.faults(tmp_path)
    assert fault.startswith(said)
    for work in (
        lambda: registry.register("app", "3", [THING], SCHEMA, TODAY),
        lambda: registry.register("app", "2", [THING], SCHEMA, TODAY),
        lambda: registry.retire("app", "2", Retirement(LAST, 0.0), TODAY),
    ):
        with pytest.raises(BadRelease, match=said):
            work()
    assert (tmp_path / lock.NAME).read_text("utf-8").count("\n") == 5 + ("twice" in said)


def test_a_release_that_is_missing_in_the_list_is_named(registry: Registry, tmp_path: Path) -> None:
    """Also all of them, if the list itself is gone."""
    edited(tmp_path, lock.NAME, ("\nrelease app 2 ", "\n#"))
    assert [fault.split(" is ")[0] for fault in lock.faults(tmp_path)] == ["release app 2"]
    (tmp_path / lock.NAME).unlink()
    assert len(lock.faults(tmp_path)) == 4


def test_lines_are_only_added(registry: Registry, tmp_path: Path) -> None:
    """A retirement that is put off is a line more, and the last counts."""
    before = (tmp_path / lock.NAME).read_text("utf-8")
    registry.register("app", "2", [THING], SCHEMA, LATER)
    assert (tmp_path / lock.NAME).read_text("utf-8") == before
    registry.retire("app", "1", Retirement(LAST, unmeasured="A test."), TODAY)
    registry.register("app", "3", [THING], SCHEMA + "scalar New", TODAY)
    after = (tmp_path / lock.NAME).read_text("utf-8")
    assert after.startswith(before)
    added = [line.rpartition(" ")[0] for line in after.removeprefix(before).splitlines()]
    assert added == ["retirement of app 1", "baseline 0002", "release app 3"]
    assert lock.faults(tmp_path) == []
    edited(tmp_path, ONE, ("2027-12-31", "2027-06-30"))
    assert [fault.split(" is ")[0] for fault in lock.faults(tmp_path)] == ["retirement of app 1"]


def test_the_shipped_list_holds_what_the_tree_ships() -> None:
    assert lock.faults() == []
