"""What is wrong with an answer of the service, whatever was asked: for programs that ask what nobody thought of."""

import json
from collections import Counter
from collections.abc import Container, Iterator
from typing import Any

from graphql import FieldNode, OperationDefinitionNode, parse

KIND = "application/graphql-response+json"
LONGEST_S = 10
INSIDES = (
    "Traceback",
    "ValueError",
    "TypeError",
    "KeyError",
    "Exception",
    "Exceeds",
    "codec",
    "literal",
    "strawberry",
    "graphql.",
)
"""Words of Python's and of libraries' that nobody outside should read."""

OURS = {"INTERNAL", "UNAVAILABLE"}
"""Codes by which the service blames itself: here it has all that it needs."""


def faults(status: int, kind: str, body: bytes, codes: Container[str]) -> Iterator[str]:
    """Where an answer is not what GraphQL over HTTP and the published codes say. `kind`: its Content-Type, KIND was accepted."""
    if status >= 500 or kind.partition(";")[0] != KIND:
        yield f"status {status}, {kind}"
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        yield "no object of JSON"
        return
    yield from _of_form(status, answer)
    yield from (fault for error in answer.get("errors", ()) for fault in _of_error(error, codes))


def _of_form(status: int, answer: dict[str, Any]) -> Iterator[str]:
    if not {"data", "errors"} & answer.keys() or answer.keys() - {"data", "errors", "extensions"}:
        yield f"it holds {sorted(answer)}"
    if answer.get("errors", [...]) == []:
        yield "no error in errors"
    if ("data" in answer) != (status == 200):
        yield f"status {status} {'with' if 'data' in answer else 'without'} data"


def _of_error(error: dict[str, Any], codes: Container[str]) -> Iterator[str]:
    code, message = error.get("extensions", {}).get("code"), error.get("message")
    if code not in codes or code in OURS:
        yield f"the code {code}"
    if not message or not isinstance(message, str):
        yield f"the message {message!r}"
    if error.keys() - {"message", "locations", "path", "extensions"}:
        yield f"an error that holds {sorted(error)}"
    yield from (f"the word {word}" for word in INSIDES if word in str(message))


def count(tally: Counter[str], query: str, body: bytes) -> None:
    """Counts an answer without faults: "operations", "refused", and by name the fields of the root that brought something."""
    answer = json.loads(body)
    tally["operations"] += 1
    if "data" not in answer:
        tally["refused"] += 1
        return
    (operation,) = (one for one in parse(query).definitions if isinstance(one, OperationDefinitionNode))
    fields = [one for one in operation.selection_set.selections if isinstance(one, FieldNode)]
    data = answer["data"] or {}
    brought = {one.name.value for one in fields if data.get((one.alias or one.name).value) is not None}
    tally.update(brought or ["nothing"])
