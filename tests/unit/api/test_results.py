"""What clients are told of an operation."""

import json

import pytest
from graphql import GraphQLError
from strawberry.types import ExecutionResult

from api import results
from api.json_text import encoded, parsed
from api.results import text_of, told, was_run
from domain.caller import Locale


def test_where_nothing_was_run_there_are_no_data():
    """What was run and came to nothing has a path."""
    refused = ExecutionResult(data=None, errors=[GraphQLError("no")])
    failed = ExecutionResult(data=None, errors=[GraphQLError("no", path=["a"])])
    assert (was_run(refused), was_run(failed)) == (False, True)
    assert "data" not in told(refused, Locale.EN)
    assert told(failed, Locale.EN)["data"] is None
    assert told(ExecutionResult(data={}, errors=None), Locale.EN) == {"data": {}}


def test_the_largest_answer(monkeypatch):
    """A byte more is an error, and never half a body."""
    monkeypatch.setattr(results, "LARGEST_ANSWER", 20)
    assert text_of({"data": {"x": "aaaaa"}}) == encoded(results.TOO_LARGE)
    assert text_of({"data": {"x": "aaa"}}) == b'{"data":{"x":"aaa"}}'
    assert json.loads(text_of({"data": {"x": "办" * 9}}))["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[1,]", b"NaN", b"-Infinity", b'"\n"', b"\xff", b"1 2", b"\xef\xbb\xbf{}"]
)
def test_what_is_not_json(text: bytes):
    with pytest.raises(ValueError):  # noqa: PT011 (any: callers word it themselves)
        parsed(text)


@pytest.mark.parametrize("text", [b"[" * 100_000, b"1" * 5000])
def test_json_that_python_does_not_read(text: bytes):
    """Is no other failure than any that is not JSON."""
    with pytest.raises(ValueError):  # noqa: PT011
        parsed(text)
