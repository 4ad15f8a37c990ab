"""From a JSON value to what it asks for: in a body, in an address, in a message of a socket."""

import re
from typing import Any

from schema.asked import Asked

_ID = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


class BadRequest(Exception):
    """The request is not one of GraphQL over HTTP. Says what is wrong, in words for a developer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


def checked(given: object) -> Asked:
    """The parameters that a JSON value holds. Raises BadRequest. Members that nobody knows are left alone."""
    if not isinstance(given, dict):
        raise BadRequest(400, "Send an object with a query. Several requests at once are not taken.")
    for name in ("variables", "extensions"):
        if not isinstance(given.get(name), dict | None):
            raise BadRequest(400, f"{name} is an object.")
    if not isinstance(given.get("operationName"), str | None):
        raise BadRequest(400, "operationName is a string.")
    query, document_id = _which(given)
    return Asked(query, document_id, given.get("variables"), given.get("operationName"), given.get("extensions"))


def _which(given: dict[str, Any]) -> tuple[str | None, str | None]:
    """The text, and the id: as `documentId`, or as Apollo's clients send it."""
    query, by_id = given.get("query"), given.get("documentId")
    persisted = (given.get("extensions") or {}).get("persistedQuery")
    if (query is None and by_id is None and persisted is None) or not isinstance(query, str | None) or query == "":
        raise BadRequest(400, "Send a query, which is a string, or a documentId.")
    if by_id is not None:
        if query is not None or persisted is not None:
            raise BadRequest(400, "Send a query or a documentId, not both.")
        return None, _id(by_id)
    return query, None if persisted is None else _hash(persisted)


def _hash(persisted: object) -> str:
    if not isinstance(persisted, dict) or persisted.get("version") != 1:
        raise BadRequest(400, "persistedQuery has version 1 and a sha256Hash.")
    return _id(persisted.get("sha256Hash"))


def _id(given: object) -> str:
    found = _ID.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise BadRequest(400, "An id is the SHA-256 of the text: 64 digits in lower-case hex.")
    return found[1]
