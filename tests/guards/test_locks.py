"""The locks hold for every machine: pinned, hashed, and without a trace of where they were made."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tools import audit

ROOT = Path(__file__).resolve().parents[2]
OTHERS = sorted((ROOT / "tests").rglob("requirements.lock"))
"""Of programs of other hands that tests install, each into an environment of its own."""

LOCKS = [*sorted(ROOT.glob("requirements*.lock")), *OTHERS]
TOOLS = sorted(path for path in (ROOT / "tools").iterdir() if path.is_file())
SET_UP_FILES = [*LOCKS, ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / ".ci" / "run", *TOOLS]
INDEX_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host")
NPM_LOCKS = sorted(
    path for path in ROOT.rglob("package-lock.json") if not {".venv", "node_modules"} & {*path.relative_to(ROOT).parts}
)
HASH = f"    --hash=sha256:{'0' * 64}\n"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_lock_holds_no_address_and_no_path(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"(^|\s)(/|~|[A-Za-z]:\\|\.\.?/)", text)


def test_the_locks_of_other_programs_are_found() -> None:
    assert {lock.parent.name for lock in OTHERS} >= {"helpdesk", "python_clients"}


@pytest.mark.parametrize("lock", OTHERS, ids=lambda path: path.parent.name)
def test_a_lock_of_another_program_pins_hashes_and_what_was_asked(lock: Path) -> None:
    asked = lock.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    assert list(audit.stale(asked, audit.read_lock(lock), lock.parent.name)) == []


def test_the_locks_of_npm_are_found() -> None:
    clients = {"node_clients", "node_apps", "node_relay", "node_codegen"}
    others = {"oidc_provider", "graphql_inspector", "schema_lint", "gateway", "subgraph_suite"}
    assert {lock.parent.name for lock in NPM_LOCKS} >= clients | others


@pytest.mark.parametrize("lock", NPM_LOCKS, ids=lambda path: path.parent.name)
def test_a_lock_of_npm_pins_hashes_and_names_no_registry(lock: Path) -> None:
    """`npm install --omit-lockfile-registry-resolved` makes it so; licences and funding are all it may link to."""
    packages = json.loads(lock.read_text(encoding="utf-8"))["packages"]
    asked = json.loads((lock.parent / "package.json").read_text(encoding="utf-8"))["dependencies"]
    root = packages.pop("")
    assert root["dependencies"] == asked
    assert all(re.fullmatch(r"[0-9.]+", version) for version in asked.values())
    assert {f"node_modules/{name}" for name in asked} <= packages.keys()
    for name, package in packages.items():
        for word in ("funding", "license"):
            package.pop(word, None)
        assert package["integrity"].startswith("sha512-"), name
        assert "://" not in json.dumps(package), name
    assert not (lock.parent / ".npmrc").exists()


@pytest.mark.parametrize("path", SET_UP_FILES, ids=lambda path: path.name)
def test_no_file_chooses_an_index_for_pip(path: Path) -> None:
    assert not [option for option in INDEX_OPTIONS if option in path.read_text(encoding="utf-8")]


def test_the_locks_fit_the_project() -> None:
    assert list(audit.lock_faults()) == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("idna==3.10\n", "idna has no hash"),
        (f"idna==3.10\nattrs==26.1 \\\n{HASH}", "idna has no hash"),
        (f"idna>=3 \\\n{HASH}", "not pinned"),
        (f"idna @ https://example.invalid/idna \\\n{HASH}", "not pinned"),
        (f"--index-url https://example.invalid\nidna==3.10 \\\n{HASH}", "not a pinned package"),
    ],
)
def test_a_lock_that_cannot_be_trusted_is_refused(text: str, fault: str, tmp_path: Path) -> None:
    lock = tmp_path / "planted.lock"
    lock.write_text(text, encoding="utf-8")
    with pytest.raises(audit.AuditError, match=fault):
        audit.read_lock(lock)


def test_a_stale_lock_is_named() -> None:
    faults = list(audit.stale(["idna>=3", "attrs", "rich<1"], {"idna": {"3.10"}, "rich": {"15.0"}}, "planted.lock"))
    assert faults == ["planted.lock: attrs is not locked", "planted.lock: rich<1 is asked for, 15.0 is locked"]


VULNERABLE: list[dict[str, Any]] = [
    {"name": "idna", "version": "3.6", "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-1"], "fix_versions": ["3.7"]}]},
    {"name": "attrs", "version": "26.1", "vulns": []},
]


@pytest.mark.parametrize(
    ("ignored", "passes"), [(set(), False), ({"CVE-1"}, True), ({"PYSEC-1"}, True), ({"CVE-1", "CVE-2"}, False)]
)
def test_a_vulnerability_fails_unless_it_was_decided_on(ignored: set[str], passes: bool) -> None:
    assert audit.judge(VULNERABLE, [], ignored) is passes


def test_an_audit_that_was_not_done_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "ask_for_advisories", lambda: ([], "no route to host"))
    assert audit.audit_advisories()
    said = capsys.readouterr().out
    assert "NOT AUDITED" in said
    assert "no route to host" in said


def test_an_ignored_advisory_needs_a_reason(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ignore_list = tmp_path / "ignored.toml"
    ignore_list.write_text('[[ignored]]\nid = "CVE-1"\nreason = " "\n', encoding="utf-8")
    monkeypatch.setattr(audit, "IGNORED", ignore_list)
    assert not audit.audit_advisories()
