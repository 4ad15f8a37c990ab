"""No row of the table of hostile inputs and right answers is without a test over real sockets."""

import re

import pytest

from tests.guards.copies import Tree

FLOWS = "tests/flows"
LAST = 47
PLANTED = f"{FLOWS}/test_edge_planted.py"
A_ROW = """
import pytest
@pytest.mark.parametrize("x", [1], ids=["row 98: planted"])
def test_planted(x): ...
def test_row_99_planted(): ...
"""


@pytest.fixture(scope="module")
def rows(tree: Tree) -> set[int]:
    """The rows that tests and their cases name, as pytest finds them; two of them are planted."""
    with tree.planted({PLANTED: A_ROW}):
        files = sorted(str(file.relative_to(tree.root)) for file in (tree.root / FLOWS).glob("test_*.py"))
        listing = tree.run("pytest", "--collect-only", "--quiet", "-p", "no:cacheprovider", *files)
        assert listing.returncode == 0, listing.stdout + listing.stderr
    return {int(row) for row in re.findall(r"row[ _](\d+)[:_]", listing.stdout)}


def test_every_row_has_a_test(rows: set[int]) -> None:
    assert set(range(1, LAST + 1)) - rows == set()


def test_a_row_is_found_by_name_and_by_case(rows: set[int]) -> None:
    assert rows >= {98, 99}
