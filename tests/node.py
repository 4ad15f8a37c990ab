"""Node programs of the tests, each with its npm packages by their lock in the environment (`make clean` removes them)."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import pytest

LOCKED = ("package.json", "package-lock.json")
OLDEST = 20


def installed(folder: Path, program: str) -> Path:
    """A program of a folder, beside the packages that its lock names. Skips or fails as `packages` does."""
    return _placed(folder / program, packages(folder))


def packages(folder: Path) -> Path:
    """Where node_modules is with what the lock of a folder names. Without Node the test is skipped; with CI set it fails."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        missing("Node is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST:
        missing(f"Node {OLDEST} or newer is not installed, but {version}")
    files = {name: (folder / name).read_bytes() for name in LOCKED}
    place = Path(sys.prefix) / "node" / f"{folder.name}-{_state(*files.values())}"
    if not place.exists():
        _install(files, place)
    return place


def _placed(program: Path, place: Path) -> Path:
    """The program beside the packages, where alone Node finds them; each text has its name, since tests run side by side."""
    text = program.read_bytes()
    there = place / f"{program.stem}-{_state(text)}{program.suffix}"
    if not there.exists():
        fresh = there.with_name(f"{os.getpid()}-{there.name}")
        fresh.write_bytes(text)
        fresh.rename(there)
    return there


def _state(*contents: bytes) -> str:
    return hashlib.sha256(b"".join(contents)).hexdigest()[:16]


def _install(files: Mapping[str, bytes], place: Path) -> None:
    fresh = place.with_name(f"{place.name}-{os.getpid()}")
    fresh.mkdir(parents=True)
    for name, content in files.items():
        (fresh / name).write_bytes(content)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False)
    if run.returncode:
        shutil.rmtree(fresh)
        missing(f"npm cannot install what {place.name} needs: {run.stderr}")
    try:
        fresh.rename(place)
    except OSError:  # another run of the tests was first
        shutil.rmtree(fresh)


def missing(why: str) -> NoReturn:
    """Skips a test that cannot get what it needs; with CI set it fails."""
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
