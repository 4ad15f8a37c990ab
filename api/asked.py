"""What a client asks for, whichever way it came: in a body, in an address, in a message of a socket."""

from dataclasses import dataclass
from typing import Any


class BadRequest(Exception):
    """The request is not one of GraphQL over HTTP. Says what is wrong, in words for a developer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of an operation (GraphQL over HTTP, "Request Parameters"). What is null was not given."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None


def checked(given: object) -> Asked:
    """The parameters that a JSON value holds. Raises BadRequest. Members that nobody knows are left alone."""
    if not isinstance(given, dict):
        raise BadRequest(400, "Send an object with a query. Several requests at once are not taken.")
    if not isinstance(given.get("query"), str) or not given["query"]:
        raise BadRequest(400, "Send a query, which is a string.")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise BadRequest(400, f"{name} is an object.")
    if not isinstance(given.get("operationName"), str | None):
        raise BadRequest(400, "operationName is a string.")
    return Asked(given["query"], given.get("variables"), given.get("operationName"), given.get("extensions"))
