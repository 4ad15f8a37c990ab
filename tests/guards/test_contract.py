"""The guard of the published contract can fail: it is shown faults, one by one, and has to name them."""

import re
import subprocess

import pytest

from app.contract import TERMS
from app.settings import Settings
from domain.client import BUDGET
from tests.guards.copies import ROOT, Tree

CHECK = ("tongban", "contract", "check")

PLANTED_TYPE = """

@strawberry.type(description="Planted.")
class Planted:
    bare: str = told("", Disclosure.NOTHING)
    open: str = strawberry.field(description="Says nothing of who may read it.")
    planted: str = told("Named as its type.", Disclosure.NOTHING)
    planted_name: str = told("Begins with the name of its type.", Disclosure.NOTHING)


class _Judged"""

FAULTS = {  # what the guard has to say -> what was planted
    "Planted.bare has no description": "an undescribed field",
    "Planted.open does not declare its access level and disclosure class": "a field for nobody knows whom",
    "Planted.planted repeats the name of its type": "a field named as its type",
    "Planted.plantedName repeats the name of its type": "a field whose name begins with its type's",
    "Stage.RECEPTION has no description": "a value with an empty description",
    "Planted.graphql: Cannot query field 'nothing' on type 'Viewer'.": "an operation that does not validate",
    "Torn.graphql: Syntax Error": "an operation that is not GraphQL",
    "schema.graphql is not the schema that the code makes (first at line ": "a schema that changed",
    "en.json is not what the code makes": "a string that an app ships, changed",
}


@pytest.fixture(scope="module")
def verdict(tree: Tree) -> str:
    """What one run says of a tree with all of these faults."""
    files = {
        **tree.with_text(
            "schema/schema.py",
            ("class _Judged", f"from schema.access import Disclosure, told\n{PLANTED_TYPE}"),
            ("types=NODES", "types=(Planted, *NODES)"),
        ),
        **tree.with_text("schema/enums.py", ('"Handed in, and with the front desk."', '""')),
        **tree.with_text("mobile_contract/push/strings/en.json", ("{", "{ ")),
        "mobile_contract/operations/Planted.graphql": "query Planted { viewer { nothing } }",
        "mobile_contract/operations/Torn.graphql": "query Torn {",
    }
    with tree.planted(files):
        run = tree.run(*CHECK)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Traceback" not in run.stderr, run.stderr
    return run.stderr


def changed(tree: Tree, path: str, *changes: tuple[str, str]) -> "subprocess.CompletedProcess[str]":
    """A run over a tree with one file changed; it has to fail."""
    with tree.planted(tree.with_text(path, *changes)):
        run = tree.run(*CHECK)
    assert run.returncode == 1, run.stdout + run.stderr
    return run


def test_the_contract_of_the_tree_as_it_is_holds(tree: Tree) -> None:
    """Nothing is said of a tree without faults, so what is said of the others is about what was planted."""
    run = tree.run(*CHECK)
    assert (run.returncode, run.stdout.strip(), run.stderr) == (0, "The contract holds.", "")


@pytest.mark.parametrize("sentence", FAULTS, ids=FAULTS.values())
def test_a_fault_is_named(sentence: str, verdict: str) -> None:
    """Each fault gets a line of its own, that begins with where it is."""
    assert sum(line.startswith(sentence) for line in verdict.splitlines()) == 1, verdict


def test_a_renamed_field_breaks_the_operations_that_ask_for_it(tree: Tree) -> None:
    """Whoever renames a field learns which shipped operations fall with it, and what the new name is near."""
    said = changed(tree, "schema/case.py", ("    has_news: bool", "    had_news: bool")).stderr
    assert said.startswith("schema.graphql is not the schema that the code makes")
    for file in ("CaseDetail", "Home"):
        assert f"{file}.graphql: Cannot query field 'hasNews' on type 'Case'. Did you mean 'hadNews'?" in said


def test_a_removed_field_breaks_the_operations_that_ask_for_it(tree: Tree) -> None:
    """So does whoever removes one."""
    line = next(line for line in (tree.root / "schema/case.py").read_text().splitlines() if "  applicant:" in line)
    said = changed(tree, "schema/case.py", (f"{line}\n", "")).stderr
    assert "schema.graphql is not the schema that the code makes" in said
    assert "CaseDetail.graphql: Cannot query field 'applicant' on type 'Case'." in said


def test_a_new_value_of_the_domain_must_be_described(tree: Tree) -> None:
    """A value that nobody described for clients is named as soon as the schema is made, whichever command makes it."""
    run = changed(tree, "domain/event.py", ("    COMPLETION = 3\n", "    COMPLETION = 3\n    PLANTED = 4\n"))
    assert run.stderr.splitlines()[-1] == "ValueError: Stage: without a description, or without a value: PLANTED"


def test_the_gate_goes_by_the_published_terms() -> None:
    """By those that clients read, and that hold where the operator sets nothing else."""
    published = (ROOT / "docs" / "clients.md").read_text("utf-8")
    said = {
        "budget of the client": BUDGET,
        "budget of each caller": TERMS.caller,
        "without a token": TERMS.address,
        "one operation": TERMS.operation,
    }
    for term, figure in said.items():
        assert f"\n| {term} | {figure:,}" in published
    settings = Settings()
    assert (settings.caller_budget, settings.address_budget) == (TERMS.caller, TERMS.address)


CHECKS = (
    "ruff format --check .",
    "ruff check .",
    "mypy",
    "lint-imports",
    "tongban contract check",
    "python tools/audit.py",
)


def test_make_check_runs_every_check() -> None:
    """`make check` is what CI and people believe: format, lint, types, imports, contract and audit, none of them forgiven."""
    plan = subprocess.run(["make", "-n", "check"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    commands = [line.removeprefix(".venv/bin/") for line in plan.splitlines() if line.startswith(".venv/bin/")]
    assert commands == list(CHECKS)


def test_the_readme_promises_only_what_make_can() -> None:
    """Every `make …` in a code block of the README is a target of the Makefile."""
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    wanted = {name for block in blocks for name in re.findall(r"^ *make +([a-z]+)", block, re.MULTILINE)}
    offered = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert {"demo", "test"} <= wanted <= offered
