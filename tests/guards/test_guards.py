"""The guards of `make check` can fail: each is shown a tree with a fault planted in it, and one without."""

import subprocess
import tomllib

import pytest

from tests.guards.copies import ROOT, Tree

PLANTS = {  # contract -> (file, imported); every contract of pyproject.toml has its plant
    "Imports go down only": ("domain/planted_up.py", "app"),
    "integrations never imports store": ("integrations/planted_store.py", "store"),
    "api and schema reach store, integrations and notifications only through resolvers": (
        "api/planted_store.py",
        "store",
    ),
    "mobile_contract imports nothing of ours": ("mobile_contract/planted_ours.py", "domain"),
    "simulator imports nothing of ours": ("simulator/planted_ours.py", "domain"),
    "A simulated platform never imports another": ("simulator/platform33/planted_one.py", "simulator.platform44"),
    "only app's demo, tour and simulate start the simulator": ("app/planted_simulator.py", "simulator"),
    "Strawberry and Starlette stay in schema and api": ("resolvers/planted_strawberry.py", "strawberry"),
    "Tortoise and Redis stay in store": ("resolvers/planted_tortoise.py", "tortoise"),
    "firebase_admin stays in its channel": ("notifications/planted_firebase.py", "firebase_admin"),
    "joserfc stays in integrations.jwt, provider_keys and own_keys": ("integrations/planted_joserfc.py", "joserfc"),
    "lxml stays in integrations.mapping.xpath": ("integrations/planted_lxml.py", "lxml"),
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
