"""The gate as whoever changes the schema meets it: `tongban contract` over copies of this tree, with its own releases."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from app.contract import today
from mobile_contract.manifest import id_of, operations
from mobile_contract.registering import Registry
from mobile_contract.terms import Terms
from tests.guards.copies import Tree

GENERATED = ("mobile_contract/schema.graphql", "mobile_contract/CHANGELOG.md", "mobile_contract/subgraph.graphql")
APPROVALS = "mobile_contract/approvals.toml"
LOCK = "mobile_contract/releases.lock"
USED = "Case.applicant: removed"
HOTLINE = "query Hotline($id: ID!) { case(id: $id) { handlingUnit { hotline } } }"

OF_A_DRAWER = "query OfADrawer($id: ID!) { licence(id: $id) { typeCode } }"

Run = subprocess.CompletedProcess[str]


def contract(tree: Tree, *words: str) -> Run:
    return tree.run("tongban", "contract", *words)


@contextmanager
def without(tree: Tree, path: str, start: str, **files: str) -> Iterator[None]:
    """The tree without one line, and with the schema and the changelog that are made of that."""
    line = next(line for line in (tree.root / path).read_text("utf-8").splitlines() if line.startswith(start))
    generated = {file: (tree.root / file).read_text("utf-8") for file in GENERATED}
    with tree.planted({**tree.with_text(path, (f"{line}\n", "")), **generated, **files}):
        run = contract(tree, "write")
        assert run.returncode == 0, run.stderr
        yield


@contextmanager
def no_applicant(tree: Tree, **files: str) -> Iterator[None]:
    """A field is gone that the first release of the app shows."""
    with without(tree, "schema/case.py", "    applicant:", **files):
        yield


def approved(tree: Tree) -> dict[str, str]:
    """The approvals of the tree, and one for that."""
    file = tree.root / APPROVALS
    entry = (
        f'[[approval]]\nchanges = ["{USED}"]\nreleases = ["tongban-phone 0.1.0"]\n'
        'reason = "Nobody may see it any more: a court says so."\n'
    )
    return {APPROVALS: f"{file.read_text('utf-8') if file.exists() else ''}\n{entry}"}


@pytest.fixture
def shelved(tree: Tree) -> Iterator[Tree]:
    """A tree of which the releases may be changed."""
    kept = [
        path for folder in ("releases", "baselines") for path in (tree.root / "mobile_contract" / folder).rglob("*.*")
    ]
    before = {path: path.read_bytes() for path in [*kept, *(tree.root / file for file in (*GENERATED, LOCK))]}
    yield tree
    for folder in ("releases", "baselines"):
        for path in (tree.root / "mobile_contract" / folder).rglob("*.*"):
            path.unlink()
    for path, content in before.items():
        path.write_bytes(content)


def test_a_removed_field_that_a_live_release_uses_fails_the_gate(tree: Tree) -> None:
    """Also when whoever removed it took it out of the operations of the tree: what is shipped stays shipped."""
    operation = "mobile_contract/operations/CaseDetail.graphql"
    with no_applicant(tree, **tree.with_text(operation, ("    applicant\n", ""))):
        run = contract(tree, "check")
    assert run.returncode == 1
    (said, advice) = run.stderr.splitlines()
    assert said.startswith(f"{USED}, noticed by tongban-phone 0.1.0 (CaseDetail)")
    assert "approvals.toml" in advice


def test_a_removed_field_that_no_live_release_uses_passes_with_a_note(tree: Tree) -> None:
    with without(tree, "schema/licence.py", "    type_code:"):
        run = contract(tree, "check")
        log = (tree.root / GENERATED[1]).read_text("utf-8")
    assert (run.returncode, run.stderr) == (0, "")
    assert "Note: Licence.typeCode: removed, not used any more" in run.stdout.splitlines()
    assert "\n- `Licence.typeCode`: removed.\n" in log


def test_a_break_passes_with_a_written_approval_that_names_it(tree: Tree) -> None:
    operation = "mobile_contract/operations/CaseDetail.graphql"
    with no_applicant(tree, **approved(tree), **tree.with_text(operation, ("    applicant\n", ""))):
        run = contract(tree, "check")
    assert (run.returncode, run.stderr) == (0, "")


def test_an_approval_of_what_breaks_nobody_is_an_error(tree: Tree) -> None:
    with tree.planted(approved(tree)):
        run = contract(tree, "check")
    said = f"approvals.toml approves what does not break tongban-phone 0.1.0: {USED}\n"
    assert (run.returncode, run.stderr) == (1, said)


def test_a_changelog_that_is_not_current_fails(tree: Tree) -> None:
    with tree.planted(tree.with_text(GENERATED[1], ("The first.", "The first one."))):
        run = contract(tree, "check")
    assert (run.returncode, run.stderr.split(" is ")[0]) == (1, "CHANGELOG.md")


def test_a_retired_release_counts_until_its_day_and_no_longer(shelved: Tree) -> None:
    """Its break passes with a note from that day on. Which day it is only the command knows."""
    home = shelved.root / "mobile_contract"
    registry = Registry(Terms(1_000, 1_000, 1_000), home)
    schema = (shelved.root / GENERATED[0]).read_text("utf-8")
    registry.register("drawer", "1.0", operations([{"body": OF_A_DRAWER}]), schema, today())
    with without(shelved, "schema/licence.py", "    type_code:"):
        for day, status in (("2999-01-01", 1), (today().isoformat(), 0)):
            ended = contract(shelved, "retire", "drawer", "1.0", "--on", day, "--unmeasured", "A test.")
            assert ended.returncode == 0, ended.stderr
            shown = contract(shelved, "releases").stdout
            assert [day, "unmeasured"] in [line.split()[-2:] for line in shown.splitlines()], shown
            run = contract(shelved, "check")
            assert (run.returncode, "drawer 1.0 (OfADrawer)" in run.stderr) == (status, bool(status)), run.stderr


def test_a_version_is_registered_once_and_shown(shelved: Tree) -> None:
    """And what was registered stays as it was."""
    (shelved.root / "relay.json").write_text(json.dumps({id_of(HOTLINE): HOTLINE}))
    register = ("register", "mini-program", "2.0")
    first = contract(shelved, *register, "relay.json")
    assert first.stdout == "mini-program 2.0 is registered: 1 operation\n", first.stderr
    other = contract(shelved, *register, "mobile_contract/operations")
    assert other.returncode == 2
    assert other.stderr == "mini-program 2.0 is registered with other operations, and stays as it was shipped.\n"
    shown = contract(shelved, "releases").stdout.splitlines()
    assert ["mini-program", "2.0", today().isoformat()] in [line.split()[:3] for line in shown]
    assert contract(shelved, "check").returncode == 0


def test_a_release_that_was_moved_away_fails_the_gate(shelved: Tree) -> None:
    """With it goes nobody's break unseen, and writing anew what is generated does not make it good."""
    release = shelved.root / "mobile_contract/releases/tongban-phone/0.1.0.json"
    release.rename(shelved.root / "moved.json")
    with without(shelved, "schema/case.py", "    applicant:"):
        run = contract(shelved, "check")
        assert run.returncode == 1
        assert "release tongban-phone 0.1.0 is in releases.lock, and gone" in run.stderr
        again = contract(shelved, "register", "tongban-phone", "0.1.0", "moved.json")
    assert (again.returncode, "and gone" in again.stderr) == (2, True)


def test_smaller_pages_fail_the_gate(tree: Tree) -> None:
    """The page is bounded by one number in the domain, and the published schema says it."""
    generated = {file: (tree.root / file).read_text("utf-8") for file in GENERATED}
    with tree.planted({**tree.with_text("domain/page.py", ("LARGEST_PAGE = 100", "LARGEST_PAGE = 50")), **generated}):
        assert contract(tree, "write").returncode == 0
        run = contract(tree, "check")
    assert run.returncode == 1
    assert "Viewer.cases(first): at most 100 became at most 50, noticed by tongban-phone 0.1.0 (Home)" in run.stderr


def test_nothing_is_promised_of_a_schema_that_nobody_looked_at(shelved: Tree) -> None:
    with shelved.planted(shelved.with_text("schema/case.py", ('"In whose name."', '"In whose good name."'))):
        run = contract(shelved, "register", "mini-program", "2.0", "mobile_contract/operations")
    assert run.returncode == 2
    assert "schema.graphql is not the schema of the code" in run.stderr
