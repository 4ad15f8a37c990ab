"""Whether a list is asked for its total: found before anything is read, since counting costs a statement."""

from types import SimpleNamespace

import pytest
from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse

from schema.common import wants_total

SPREAD = "{ cases { ...More } } fragment More on CaseConnection { %s }"


@pytest.mark.parametrize(
    ("document", "wanted"),
    [
        ("{ cases { isComplete total } }", True),
        ("{ cases { isComplete all: total } }", True),
        ("{ cases { isComplete ... { ... on Federated { total } } } }", True),
        (SPREAD % "total", True),
        ("{ cases { isComplete edges { node { total } } } }", False),
        (SPREAD % "isComplete ... { quietSources }", False),
    ],
)
def test_a_total_is_wanted_where_it_is_selected(document: str, wanted: bool):
    """By any name and through any fragment; what is below the list's fields is not the list's."""
    definitions = parse(document).definitions
    (operation,) = (one for one in definitions if isinstance(one, OperationDefinitionNode))
    fragments = {one.name.value: one for one in definitions if isinstance(one, FragmentDefinitionNode)}
    raw = SimpleNamespace(field_nodes=operation.selection_set.selections, fragments=fragments)
    assert wants_total(SimpleNamespace(_raw_info=raw)) is wanted  # type: ignore[arg-type]
