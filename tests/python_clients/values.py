"""Values that operations are made up with: mostly such as a phone has, so that much of what is asked is run."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis_graphql import nodes

TEXT = st.text(st.characters(codec="utf-8"), max_size=40)
FIRST = st.integers(0, 20) | st.integers(0, 20) | st.integers(0, 20) | st.integers(-(2**31), 2**31 - 1)


def scalars(known: Mapping[str, Sequence[str]], field: str | None) -> dict[str, st.SearchStrategy[Any]]:
    """For each scalar that a field of the root is given (None: any of them). `known`: texts by their place, "Query.case.id"."""
    fitting = ("Viewer.",) if field == "viewer" else (f"Query.{field}.", f"Mutation.{field}.") if field else ("",)
    texts = [text for place, some in known.items() if place.startswith(fitting) for text in some]
    text = (st.sampled_from(texts) | st.sampled_from(texts) | TEXT if texts else TEXT).map(nodes.String)
    return {"ID": text, "String": text, "Int": FIRST.map(nodes.Int)}
