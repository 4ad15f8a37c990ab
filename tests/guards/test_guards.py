"""The guards of `make check` can fail: each is shown a tree with a fault planted in it, and one without."""

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOT_OURS = shutil.ignore_patterns(".git", ".*cache*", ".venv", ".hypothesis", "__pycache__", "*.egg-info", "build")


class Tree(NamedTuple):
    """A copy of the project that a test may spoil."""

    root: Path

    def run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a console script of this environment on the copy; the copy's rooms are found before the checkout's."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
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


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One copy for the whole module: leave it as you found it (`with tree.planted(...)`)."""
    root = tmp_path_factory.mktemp("guards") / "project"
    copy_project(root)
    return Tree(root)


# ---- import contracts

PLANTS = {  # contract -> (file, imported); every contract of pyproject.toml has its plant
    "Imports go down only": ("domain/planted_up.py", "app"),
    "integrations never imports store": ("integrations/planted_store.py", "store"),
    "api and schema reach store, integrations and notifications only through resolvers": (
        "api/planted_store.py",
        "store",
    ),
    "mobile_contract imports nothing of ours": ("mobile_contract/planted_ours.py", "domain"),
    "simulator imports nothing of ours": ("simulator/planted_ours.py", "domain"),
    "only app's demo, tour and simulate start the simulator": ("app/planted_simulator.py", "simulator"),
    "Strawberry and Starlette stay in schema and api": ("resolvers/planted_strawberry.py", "strawberry"),
    "Tortoise and Redis stay in store": ("resolvers/planted_tortoise.py", "tortoise"),
    "firebase_admin stays in its channel": ("notifications/planted_firebase.py", "firebase_admin"),
    "A channel never imports another": (
        "notifications/channels/planted_one.py",
        "notifications.channels.planted_other",
    ),
    "A platform never imports another": (
        "integrations/platforms/planted_one.py",
        "integrations.platforms.planted_other",
    ),
    "domain is the standard library and python-stdnum": ("domain/planted_aiohttp.py", "aiohttp"),
}
PACKAGE_MARKS = ("notifications/channels/__init__.py", "integrations/platforms/__init__.py")


def module_of(file: str) -> str:
    return file.removesuffix(".py").replace("/", ".")


def file_of(module: str) -> str:
    return module.replace(".", "/") + ".py"


@pytest.fixture(scope="module")
def verdict_on_plants(tree: Tree) -> subprocess.CompletedProcess[str]:
    """One run over a tree that breaks every contract at once."""
    others = [file_of(imported) for _, imported in PLANTS.values() if "planted" in imported]
    marks = [mark for mark in PACKAGE_MARKS if not (tree.root / mark).exists()]
    files = dict.fromkeys([*others, *marks], "") | {file: f"import {name}\n" for file, name in PLANTS.values()}
    with tree.planted(files):
        return tree.run("lint-imports", "--no-cache")


def test_imports_of_the_tree_as_it_is_are_allowed(tree: Tree) -> None:
    run = tree.run("lint-imports", "--no-cache")
    assert run.returncode == 0, run.stdout + run.stderr
    assert " 0 broken" in run.stdout


def test_every_import_contract_has_its_plant() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]} == PLANTS.keys()


@pytest.mark.parametrize("contract", PLANTS)
def test_a_forbidden_import_is_named(contract: str, verdict_on_plants: subprocess.CompletedProcess[str]) -> None:
    file, imported = PLANTS[contract]
    assert verdict_on_plants.returncode != 0
    summary, _, details = verdict_on_plants.stdout.partition("Broken contracts")
    assert f"{contract} BROKEN" in summary
    _, heading, rest = details.partition(f"\n{contract}\n-")
    assert heading, verdict_on_plants.stdout + verdict_on_plants.stderr
    own_part = rest.split("\n---", 1)[0]
    assert f"{module_of(file)} -> {imported} " in own_part


# ---- the published contract: an undescribed field, a changed schema
# (planted with `tree.planted(...)`, judged by `tree.run("tongban", "contract", "check")`)
