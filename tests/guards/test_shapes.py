"""What a user sees of the service is shown in every shape in which it runs."""

import ast
import re
from pathlib import Path

import pytest

from tests.guards.copies import ROOT, Tree
from tests.houses import SHAPES

FLOWS = "tests/flows"
FEWER = {
    "test_apps.py": "it is about clients of other hands; what they ask is answered in every shape by others",
    "test_breaker.py": "a breaker is each process's own, and forgotten with it",
    "test_deferred.py": "the crew is on PostgreSQL too",
    "test_edge_answers.py": "it is about what one door says",
    "test_edge_audits.py": "it is about what one door says",
    "test_edge_browsers.py": "it is about what one door says",
    "test_edge_requests.py": "what is refused never comes to a second process",
    "test_edge_wire.py": "it is about one process and its sockets",
    "test_helpdesk.py": "it is about a program of other hands; what is polled is shown in every shape by others",
    "test_live_slow.py": "it measures the memory of one process",
    "test_made_up.py": "the processes of a crew answer by the same code",
    "test_subgraph.py": "the crew is on PostgreSQL too",
    "test_provider.py": "it is about a provider's people; the processes check tokens as in test_tokens.py",
    "test_python_clients.py": "it is about clients of other hands; what they ask is shown in every shape by others",
}
"""The modules with a `live` that need not run in all shapes, and why."""

PLANTED = f"{FLOWS}/test_planted.py"
IN_ONE = """
import pytest
from tests.flows.outside import only
from tests.live import Live
pytestmark = [pytest.mark.asyncio(loop_scope="module"), only("sqlite", because="it is planted")]
async def test_planted(live: Live) -> None: ...
"""


def with_live(root: Path) -> set[str]:
    """The modules with a test that takes `live`."""
    return {file.name for file in (root / FLOWS).glob("test_*.py") if _takes_live(ast.parse(file.read_text("utf-8")))}


def _takes_live(module: ast.Module) -> bool:
    tests = [node for node in module.body if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_")]
    return any(argument.arg == "live" for test in tests for argument in test.args.args)


@pytest.fixture(scope="module")
def lacking(tree: Tree) -> dict[str, set[str]]:
    """The shapes that modules with a `live` do not run in, as pytest finds it; one of them is planted."""
    with tree.planted({PLANTED: IN_ONE}):
        listing = tree.run("pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", FLOWS)
        assert listing.returncode == 0, listing.stdout + listing.stderr
        ran = re.findall(rf"{FLOWS}/(test_\w+\.py)::.*[\[-]({'|'.join(SHAPES)})[\]-]", listing.stdout)
        found = {
            name: set(SHAPES) - {shape for module, shape in ran if module == name} for name in with_live(tree.root)
        }
    return {name: shapes for name, shapes in found.items() if shapes}


def test_flows_run_in_every_shape(lacking: dict[str, set[str]]) -> None:
    """But for those on the list, each of which is there."""
    assert {name: lacking[name] for name in lacking.keys() - FEWER.keys() - {Path(PLANTED).name}} == {}
    assert FEWER.keys() <= lacking.keys()
    assert all((ROOT / FLOWS / name).exists() for name in FEWER)


def test_a_flow_in_one_shape_is_found(lacking: dict[str, set[str]]) -> None:
    assert lacking[Path(PLANTED).name] == {"postgres", "crew"}
