"""The npm clients that tests speak with, installed by their lock into the environment (`make clean` removes them)."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import pytest

SOURCE = Path(__file__).parent
LOCKED = ("package.json", "package-lock.json")
OLDEST = 20


def script(name: str) -> Path:
    """A program of this folder beside what it needs. Without Node the test is skipped; with CI set it fails."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        _missing("Node is not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST:
        _missing(f"Node {OLDEST} or newer is not installed, but {version}")
    state = hashlib.sha256(b"".join((SOURCE / one).read_bytes() for one in (*LOCKED, name))).hexdigest()[:16]
    place = Path(sys.prefix) / "node-clients" / state
    if not place.exists():
        _install(place, name)
    return place / name


def _install(place: Path, name: str) -> None:
    fresh = place.with_name(f"{place.name}-{os.getpid()}")
    fresh.mkdir(parents=True)
    for one in (*LOCKED, name):
        shutil.copy(SOURCE / one, fresh)
    command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(command, cwd=fresh, capture_output=True, text=True, check=False)
    if run.returncode:
        shutil.rmtree(fresh)
        _missing(f"npm cannot install the clients: {run.stderr}")
    fresh.rename(place)


def _missing(why: str) -> NoReturn:
    if os.environ.get("CI"):
        pytest.fail(why)
    pytest.skip(why)
