"""Copies of the project, for guards to be shown a tree with a fault planted in it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = shutil.ignore_patterns(".git", ".*cache*", ".venv", ".hypothesis", "__pycache__", "*.egg-info", "build")


class Tree(NamedTuple):
    """A copy of the project that a test may spoil."""

    root: Path

    def run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a console script of this environment on the copy; the copy's rooms are found before the checkout's."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
        environment.pop("PYTEST_ADDOPTS", None)  # how these tests are run is not how that one is
        script = Path(sys.executable).parent / tool
        command = [sys.executable, str(script), *arguments]
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    @contextmanager
    def planted(self, files: dict[str, str]) -> Iterator[None]:
        """The given files are there, with the given text, until the block ends; then the tree is as it was."""
        before = {self.root / path: (self.root / path).read_bytes() for path in files if (self.root / path).exists()}
        made = [self.root / path for path in files if self.root / path not in before]
        try:
            for path, text in files.items():
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                (self.root / path).write_text(text, encoding="utf-8")
            yield
        finally:
            for path, content in before.items():
                path.write_bytes(content)
            for path in made:
                path.unlink(missing_ok=True)

    def with_text(self, path: str, *changes: tuple[str, str]) -> dict[str, str]:
        """A file for `planted`: as it is, but for the first of each pair, which must be there once, becoming the second."""
        text = (self.root / path).read_text(encoding="utf-8")
        for old, new in changes:
            assert text.count(old) == 1, f"{path} no longer holds what this test changes: {old}"
            text = text.replace(old, new)
        return {path: text}


def copy_project(target: Path) -> None:
    """What git tracks or would track; everything but leavings where there is no git (an unpacked archive)."""
    listing = subprocess.run(
        ["git", "ls-files", "-coz", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listing.returncode != 0:
        shutil.copytree(ROOT, target, ignore=NOT_OURS)
        return
    for name in filter(None, listing.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
