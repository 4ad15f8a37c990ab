"""What becomes of an operation, as clients are told: the same on every way out."""

from typing import Any

from graphql import GraphQLError
from strawberry.types import ExecutionResult

from api.json_text import encoded
from domain.caller import Locale
from domain.errors import ErrorCode, Refusal
from schema.errors import presented

LARGEST_ANSWER = 4 * 1024 * 1024
"""Bytes. The limits of documents keep answers far below; what has outgrown them is told so, and not cut."""

TOO_LARGE = {
    "data": None,
    "errors": [
        {
            "message": f"The answer has more than {LARGEST_ANSWER} bytes: ask for less.",
            "extensions": {"code": ErrorCode.BAD_REQUEST.value},
        }
    ],
}


EXPIRED = "token-expired"


def expired() -> GraphQLError:
    """What whatever is live is told when the token under which it was begun has ended."""
    return GraphQLError("", original_error=Refusal(ErrorCode.UNAUTHENTICATED, EXPIRED))


def was_run(result: ExecutionResult) -> bool:
    """What was run and came to nothing has a path to where it failed."""
    return result.data is not None or any(error.path for error in result.errors or ())


def told(result: ExecutionResult, locale: Locale) -> dict[str, Any]:
    """The result as a map. Where nothing was run there is no `data` in it (GraphQL, 7.1)."""
    errors = [presented(error, locale) for error in result.errors or ()]
    return ({"data": result.data} if was_run(result) else {}) | ({"errors": errors} if errors else {})


def text_of(result: dict[str, Any]) -> bytes:
    """The result in JSON, or instead of one that is too large the error that says so."""
    text = encoded(result)
    return text if len(text) <= LARGEST_ANSWER else encoded(TOO_LARGE)
