"""What a client asks for, whichever way it came."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of an operation (GraphQL over HTTP, "Request Parameters"). What is null was not given.

    `query`, `id` or both: the text of the document, and its SHA-256 in hex.
    """

    query: str | None = None
    id: str | None = None
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
