"""Audit the dependencies: the locks against pyproject.toml, the environment against itself, known vulnerabilities.

The first two never leave the machine and always run. Advisories need a service; where it cannot be reached the audit
says that it was not done and does not fail. A vulnerability that was found fails, unless audit_ignored.toml names it
and says why.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
IGNORED = ROOT / "tools" / "audit_ignored.toml"
HASH_LINE = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")

Lock = dict[str, set[str]]  # canonical name -> versions: a lock for many platforms may name several


class AuditError(Exception):
    """The lock or the ignore list cannot be trusted; the message says why."""


# ---- the locks


def read_lock(path: Path) -> Lock:
    """The pins of a lock; raises AuditError at the first line that is neither a pin, a hash nor a comment."""
    pins: Lock = {}
    unhashed = ""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if HASH_LINE.fullmatch(line):
            unhashed = ""
        elif line.strip() and not line.lstrip().startswith("#"):
            if unhashed:
                break
            name, version = _pin(line, f"{path.name}:{number}")
            pins.setdefault(name, set()).add(version)
            unhashed = name
    if unhashed:
        raise AuditError(f"{path.name}: {unhashed} has no hash")
    return pins


def _pin(line: str, where: str) -> tuple[str, str]:
    """Name and version of `name==version ; marker \\`; an address, a path or an option is none."""
    try:
        requirement = Requirement(line.removesuffix("\\").strip())
    except ValueError as error:
        raise AuditError(f"{where}: not a pinned package: {line.strip()}") from error
    specifiers = list(requirement.specifier)
    if requirement.url or len(specifiers) != 1 or specifiers[0].operator != "==":
        raise AuditError(f"{where}: not pinned to one version: {line.strip()}")
    return canonicalize_name(requirement.name), specifiers[0].version


def stale(requirements: list[str], lock: Lock, name: str) -> Iterator[str]:
    """What pyproject.toml asks for and the lock does not give."""
    for requirement in map(Requirement, requirements):
        versions = lock.get(canonicalize_name(requirement.name), set())
        if not versions:
            yield f"{name}: {requirement} is not locked"
        elif not all(requirement.specifier.contains(version, prereleases=True) for version in versions):
            yield f"{name}: {requirement} is asked for, {', '.join(sorted(versions))} is locked"


def lock_faults() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime, development = read_lock(RUNTIME_LOCK), read_lock(DEV_LOCK)
    yield from stale(project["dependencies"], runtime, RUNTIME_LOCK.name)
    yield from stale(project["dependencies"] + project["optional-dependencies"]["dev"], development, DEV_LOCK.name)
    for name, versions in runtime.items():
        if development.get(name) != versions:
            yield f"{name} is not locked to the same version in both locks: what is tested is not what is shipped"


def audit_locks() -> bool:
    try:
        faults = list(lock_faults())
    except (AuditError, OSError) as error:
        faults = [str(error)]
    if faults:
        print("The locks do not fit pyproject.toml; `make lock` renews them.", *faults, sep="\n  ")
        return False
    print("Locks: every dependency is pinned, hashed and satisfies pyproject.toml.")
    return True


def audit_environment() -> bool:
    pip_check = [sys.executable, "-m", "pip", "check", "--disable-pip-version-check"]
    return subprocess.run(pip_check, check=False).returncode == 0


# ---- known vulnerabilities


def read_ignored() -> set[str]:
    """The ids that were decided on; raises AuditError where one lacks its reason."""
    entries = tomllib.loads(IGNORED.read_text(encoding="utf-8")).get("ignored", [])
    for entry in entries:
        for key in ("id", "reason", "decided"):
            if not str(entry.get(key, "")).strip():
                raise AuditError(f"{IGNORED.name}: {entry.get('id', 'an entry')} has no {key}")
    return {entry["id"] for entry in entries}


def ask_for_advisories() -> tuple[list[dict[str, Any]], str]:
    """What pip-audit says of each package of the runtime lock, and if it says nothing, why."""
    command = [sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off", "--disable-pip"]
    run = subprocess.run(
        [*command, "--require-hashes", "--requirement", str(RUNTIME_LOCK)], capture_output=True, text=True, check=False
    )
    try:
        return json.loads(run.stdout)["dependencies"], ""
    except (ValueError, KeyError):
        lines = [line for line in run.stderr.splitlines() if line.strip()]
        return [], lines[-1] if lines else f"pip-audit ended with {run.returncode} and said nothing"


def audit_advisories() -> bool:
    """True unless a vulnerability was found that nobody has decided on, or the ignore list is at fault."""
    try:
        ignored = read_ignored()
    except (AuditError, ValueError) as error:
        print(error)
        return False
    answers, why_not = ask_for_advisories()
    skipped = [answer for answer in answers if "skip_reason" in answer]
    if answers and len(skipped) == len(answers):
        why_not = f"it knows none of the {len(answers)} packages, as a mirror may: {skipped[0]['skip_reason']}"
    if why_not:
        print(f"Advisories: NOT AUDITED, the advisory service gave no answer.\n  {why_not}")
        return True
    return judge(answers, skipped, ignored)


def judge(answers: list[dict[str, Any]], skipped: list[dict[str, Any]], ignored: set[str]) -> bool:
    """Report every answer; True if nothing is open and nothing is ignored in vain."""
    flaws = [(answer, flaw) for answer in answers for flaw in answer.get("vulns", [])]
    names = [{flaw["id"], *flaw["aliases"]} for _, flaw in flaws]
    still_open = [pair for pair, ids in zip(flaws, names, strict=True) if not ids & ignored]
    forgotten = sorted(ignored.difference(*names)) if not skipped else []
    for answer in skipped:
        print(f"  not audited: {answer['name']}: {answer['skip_reason']}")
    for answer, flaw in still_open:
        fixed = ", ".join(flaw["fix_versions"]) or "no release"
        print(f"  VULNERABLE {answer['name']} {answer['version']}: {flaw['id']}, fixed in {fixed}")
    for identifier in forgotten:
        print(f"  {IGNORED.name}: {identifier} is no longer reported; remove it")
    audited = len(answers) - len(skipped)
    print(f"Advisories: {audited} of {len(answers)} packages audited, {len(still_open)} open, {len(ignored)} ignored.")
    return not still_open and not forgotten


def main() -> int:
    parser = argparse.ArgumentParser(description="Audit the dependencies.")
    parser.add_argument("--offline", action="store_true", help="do not ask for advisories")
    audits = [audit_locks] if parser.parse_args().offline else [audit_locks, audit_environment, audit_advisories]
    passed = [audit() for audit in audits]  # each one runs, whatever the one before it found
    return 0 if all(passed) else 1


if __name__ == "__main__":
    sys.exit(main())
