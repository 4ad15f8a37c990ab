"""Lists of operations as build tools write them: both shapes, folders, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from mobile_contract.manifest import FORMAT, BadManifest, Operation, id_of, read

HOME, OPEN = "query Home { viewer { displayName } }", "mutation Open { open }"
BOTH = [Operation(id_of(HOME), "Home", "query", HOME), Operation(id_of(OPEN), "Open", "mutation", OPEN)]
LISTED = [{"id": one.id, "name": one.name, "type": one.type, "body": one.body} for one in BOTH]


def of_apollo(*listed: Any) -> Any:
    return {"format": FORMAT, "version": 1, "operations": list(listed)}


@pytest.fixture
def reading(tmp_path: Path):
    def reading(given: Any) -> list[Operation]:
        file = tmp_path / "manifest.json"
        file.write_text(given if isinstance(given, str) else json.dumps(given), "utf-8")
        return read(file)

    return reading


def test_ids_are_the_sha_256_of_the_text() -> None:
    """As anybody's tool computes it: this one is from sha256sum."""
    assert id_of("{ a }") == "1c7e1e347f726166b5b1c55afd61f278cc9b45e00c108ec33d540a566379811b"


def test_both_shapes_and_a_folder_say_the_same(reading, tmp_path: Path) -> None:
    """The order in them does not matter."""
    folder = tmp_path / "operations"
    folder.mkdir()
    for one in BOTH:
        (folder / f"{one.name}.graphql").write_text(one.body, "utf-8")
    assert reading(of_apollo(*reversed(LISTED))) == BOTH
    assert reading({one.id: one.body for one in BOTH}) == BOTH
    assert reading({f"sha256:{one.id}": one.body for one in BOTH}) == BOTH
    assert read(folder) == BOTH


def test_a_text_is_kept_to_the_letter(reading, tmp_path: Path) -> None:
    """Comments, blanks and Chinese are part of what is hashed."""
    body = "# 首页\nquery Home {\r\n  a  }\n"
    folder = tmp_path / "operations"
    folder.mkdir()
    (folder / "Home.graphql").write_bytes(body.encode())
    assert [one.body for one in (*reading({id_of(body): body}), *read(folder))] == [body, body]


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "Home.graphql").write_bytes(b"query Home { \xff }")
    with pytest.raises(BadManifest, match="holds what is not text"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ([], "neither a persisted-documents manifest nor a map"),
        ({}, "holds no operation"),
        (of_apollo(), "holds no operation"),
        ({**of_apollo(*LISTED), "version": 2}, '"version" is 1'),
        ({**of_apollo(*LISTED), "format": "other"}, f'"format" is "{FORMAT}"'),
        (of_apollo("text"), "neither a persisted-documents manifest nor a map"),
        ({"operations": 3, "format": FORMAT, "version": 1}, "neither a persisted-documents manifest nor a map"),
        (of_apollo({"id": "1", "name": "Home"}), "An operation has a text."),
        ({"0" * 64: HOME}, f"Home: its id is not the SHA-256 of its text, {id_of(HOME)}"),
        ({f"sha1:{id_of(HOME)}": HOME}, "Home: its id is not the SHA-256 of its text"),
        (of_apollo({**LISTED[0], "name": "Other"}), "Other: the text is of the query Home."),
        (of_apollo({**LISTED[0], "type": "mutation"}), "Home: the text is of the query Home."),
        ({id_of("{ a }"): "{ a }"}, "and the operation has a name"),
        ({id_of(HOME + OPEN): HOME + OPEN}, "a text holds one operation"),
        ({id_of("fragment F on A { a }"): "fragment F on A { a }"}, "a text holds one operation"),
        ({id_of("query {"): "query {"}, "Syntax Error"),
        ('{"1": "query Q { a(b: \\"\\ud800\\") }"}', "1: "),
        ({id_of(HOME): HOME, id_of(HOME + " "): HOME + " "}, "Home: there are two operations of this name."),
    ],
)
def test_what_cannot_be_registered_is_said(given: Any, sentence: str, reading) -> None:
    with pytest.raises(BadManifest) as said:
        reading(given)
    assert sentence in str(said.value)


def test_all_that_is_wrong_is_said_at_once(reading) -> None:
    with pytest.raises(BadManifest) as said:
        reading({"1": HOME, "2": OPEN})
    assert [line.split(":")[0] for line in str(said.value).splitlines()] == ["Home", "Open"]
