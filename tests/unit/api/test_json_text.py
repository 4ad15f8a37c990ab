"""What is read of JSON at all."""

import json

import pytest

from api.json_text import MOST_VALUES, TooMany, parsed


@pytest.mark.parametrize("text", ["[" + "[]," * (MOST_VALUES // 2) + "[]]", "[" + "0," * MOST_VALUES + "0]"])
def test_more_values_than_anybody_sends_are_not_read(text: str):
    with pytest.raises(TooMany):
        parsed(text.encode())


def test_a_document_of_nothing_but_commas_is_read():
    """A text is one value; as long as a document may be, it may hold anything."""
    text = json.dumps({"query": "," * 15_000})
    assert parsed(text) == {"query": "," * 15_000}
