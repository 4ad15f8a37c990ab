"""What tools hold each answer against, before operations that they make up: it knows a wrong answer."""

import json
from typing import Any

import pytest

from tests.python_clients.answers import KIND, faults

CODES = {"BAD_ID", "INTERNAL"}


def found(status: int, answer: Any, kind: str = KIND) -> list[str]:
    return list(faults(status, kind, json.dumps(answer).encode(), CODES))


def error(message: Any = "No.", code: str = "BAD_ID", **besides: Any) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code}, **besides}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, {"data": {"viewer": None}}),
        (200, {"data": None, "errors": [error(path=["case"], locations=[])]}),
        (400, {"errors": [error()], "extensions": {}}),
    ],
)
def test_a_right_answer_passes(status: int, answer: Any) -> None:
    assert found(status, answer) == []


@pytest.mark.parametrize(
    ("status", "answer", "fault"),
    [
        (500, {"errors": [error()]}, f"status 500, {KIND}"),
        (200, [], "no object of JSON"),
        (200, {"data": {}, "more": 1}, "it holds ['data', 'more']"),
        (400, {}, "it holds []"),
        (200, {"data": {}, "errors": []}, "no error in errors"),
        (400, {"data": {}}, "status 400 with data"),
        (200, {"errors": [error()]}, "status 200 without data"),
        (400, {"errors": [error(code="SOMETHING")]}, "the code SOMETHING"),
        (400, {"errors": [error(code="INTERNAL")]}, "the code INTERNAL"),
        (400, {"errors": [{"message": "No."}]}, "the code None"),
        (400, {"errors": [error(message="")]}, "the message ''"),
        (400, {"errors": [error(stack="")]}, "an error that holds ['extensions', 'message', 'stack']"),
        (400, {"errors": [error(message="KeyError: 'id'")]}, "the word KeyError"),
    ],
)
def test_a_wrong_answer_is_told(status: int, answer: Any, fault: str) -> None:
    assert found(status, answer) == [fault]


def test_an_answer_of_another_kind_is_told() -> None:
    assert found(200, {"data": {}}, "text/html") == ["status 200, text/html"]
