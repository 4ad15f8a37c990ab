"""A copy of the project for each module of guards."""

import pytest

from tests.guards.copies import Tree, copy_project


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """One copy for the whole module: leave it as you found it (`with tree.planted(...)`)."""
    root = tmp_path_factory.mktemp("guards") / "project"
    copy_project(root)
    return Tree(root)
