"""TypeScript out of the contract by graphql-codegen's client preset, under a compiler that lets nothing pass. Needs Node."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from mobile_contract import manifest
from mobile_contract.contract import OPERATIONS, SCHEMA
from tests.node import packages

CODEGEN = Path(__file__).parents[1] / "node_codegen"
PHONE = (CODEGEN / "phone.ts").read_text("utf-8")


def run(folder: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    """A program of npm, over what is in a folder."""
    program, *arguments = command
    path = folder / "node_modules/.bin" / program
    return subprocess.run([path, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60)


MISTAKES = {
    "a null": ("cases ? cases.edges.map(line) : []", "cases.edges.map(line)", "'cases' is possibly 'null'"),
    "an empty page": ("cases.edges.map(line)", "[line(cases.edges[0])]", "is not assignable to parameter of type"),
    "a value": ('"KNOWN"', '"FRESH"', "Type '\"FRESH\"' is not assignable to type 'Freshness'"),
    "an input": ("{ ids }", "{ upTo: ids }", "Type 'string[]' is not assignable to type 'string"),
    "not asked for": ("node.item.name", "node.item.basicCode", "Property 'basicCode' does not exist"),
    "a node that is gone": (
        'node && "title" in node ? node.title : null',
        "node?.title",
        "Type 'string | undefined' is not assignable",
    ),
}
"""What a line of the app becomes, and what the compiler says of it."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an app, with what was written for it; and the app with each mistake."""
    folder = tmp_path_factory.mktemp("app")
    (folder / "node_modules").symlink_to(packages(CODEGEN) / "node_modules")
    for file in (SCHEMA, CODEGEN / "codegen.mjs", CODEGEN / "tsconfig.json", CODEGEN / "phone.ts"):
        shutil.copy(file, folder)
    shutil.copytree(OPERATIONS, folder / "operations")
    for name, (old, new, _) in MISTAKES.items():
        assert PHONE.count(old) == 1, name
        (folder / f"{name}.ts").write_text(PHONE.replace(old, new), encoding="utf-8")
    written = run(folder, "graphql-codegen", "--config", "codegen.mjs")
    assert written.returncode == 0, written.stdout + written.stderr
    return folder


@pytest.fixture(scope="module")
def complaints(app: Path) -> Mapping[str, str]:
    """What the compiler says of each file."""
    said = run(app, "tsc", "--project", "tsconfig.json").stdout
    parts = re.split(r"^(\S[^(]*)\(\d+,\d+\): ", said, flags=re.MULTILINE)
    assert parts[0] == "", said
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_a_strict_app_compiles(complaints: Mapping[str, str]) -> None:
    """A program that looks at each null is right, and so are the types; each of the others is wrong in one line."""
    assert complaints.keys() == {f"{name}.ts" for name in MISTAKES}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_does_not_compile(name: str, complaints: Mapping[str, str]) -> None:
    """The types say what the schema does, and are no `any`."""
    assert MISTAKES[name][2] in complaints[f"{name}.ts"]


def test_every_operation_has_types(app: Path) -> None:
    """Of its variables and of its answer."""
    types = (app / "written/graphql.ts").read_text("utf-8")
    for file in OPERATIONS.glob("*.graphql"):
        assert f"export const {file.stem}Document = " in types


def test_what_it_lists_can_be_registered(app: Path) -> None:
    """As docs/recipes/a-release.md says: every operation, by the SHA-256 of its text."""
    found = manifest.read(app / "written/persisted-documents.json")
    assert {one.name for one in found} == {file.stem for file in OPERATIONS.glob("*.graphql")}
