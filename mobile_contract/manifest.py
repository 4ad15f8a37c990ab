"""The operations of a client, as its build tools list them.

Read are the persisted-documents manifest as Apollo's generator writes it (`format`, `version`, `operations`), the plain map of
ids to texts of relay-compiler and graphql-codegen, and a folder with one `.graphql` file for each operation.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse

FORMAT, VERSION = "apollo-persisted-query-manifest", 1
ALGORITHM = "sha256:"
"""What may stand before an id, as graphql-codegen writes it. The id is kept without it."""


class BadManifest(Exception):
    """What was given is no list of operations, or not one that can be registered. Says why, a sentence a line."""


@dataclass(frozen=True, slots=True)
class Operation:
    """`id`: the SHA-256 of the body, in hex. `type`: query, mutation or subscription."""

    id: str
    name: str
    type: str
    body: str

    @property
    def document(self) -> DocumentNode:
        """What the body says, parsed anew."""
        return parse(self.body)


def id_of(body: str) -> str:
    """The id of an operation with this text."""
    return hashlib.sha256(body.encode()).hexdigest()


def read(place: Path) -> list[Operation]:
    """The operations of a manifest or folder, by their names. Raises BadManifest, and OSError where it cannot be read."""
    listed = _of_folder(place) if place.is_dir() else listed_in(_json(place))
    if not listed:
        raise BadManifest(f"{place.name} holds no operation.")
    return operations(listed)


def operations(listed: Sequence[Mapping[str, Any]]) -> list[Operation]:
    """Of objects with a body, and if they like an id, a name and a type. Raises BadManifest with all that is wrong."""
    found, faults = [], []
    for one in listed:
        try:
            found.append(_operation(one))
        except BadManifest as fault:
            faults.append(str(fault))
    faults += _twice(found)
    if faults:
        raise BadManifest("\n".join(faults))
    return sorted(found, key=lambda one: one.name)


def listed_in(given: Any) -> list[Mapping[str, Any]]:
    """The operations of a manifest of either shape. Raises BadManifest."""
    if isinstance(given, dict) and "operations" in given:
        if (given.get("format"), given.get("version")) != (FORMAT, VERSION):
            raise BadManifest(f'"format" is "{FORMAT}" and "version" is {VERSION}, or it is a map of ids to texts.')
        if isinstance(given["operations"], list) and all(isinstance(one, dict) for one in given["operations"]):
            return given["operations"]
    elif isinstance(given, dict):
        return [{"id": key, "body": body} for key, body in given.items()]
    raise BadManifest("This is neither a persisted-documents manifest nor a map of ids to texts.")


def _json(place: Path) -> Any:
    try:
        return json.loads(place.read_text("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadManifest(f"{place.name} is not JSON: {error}") from None


def _of_folder(place: Path) -> list[Mapping[str, Any]]:
    """Raises BadManifest."""
    try:
        # Not read_text: it would change the ends of lines, and with them the id.
        return [{"body": file.read_bytes().decode()} for file in sorted(place.glob("*.graphql"))]
    except ValueError as error:
        raise BadManifest(f"{place.name} holds what is not text: {error}") from None


def _operation(one: Mapping[str, Any]) -> Operation:
    """Raises BadManifest for what is not one operation with a name, or is not what was said of it."""
    body = one.get("body")
    if not isinstance(body, str):
        raise BadManifest("An operation has a text.")
    called = one.get("name") or one.get("id") or body[:40]
    try:
        defined = [part for part in parse(body).definitions if isinstance(part, OperationDefinitionNode)]
    except (GraphQLError, RecursionError) as error:
        raise BadManifest(f"{called}: {getattr(error, 'message', 'nested too deep')}") from None
    if len(defined) != 1 or defined[0].name is None:
        raise BadManifest(f"{called}: a text holds one operation, and the operation has a name.")
    made = Operation(id_of(body), defined[0].name.value, defined[0].operation.value, body)
    if one.get("id", made.id) not in (made.id, f"{ALGORITHM}{made.id}"):
        raise BadManifest(f"{made.name}: its id is not the SHA-256 of its text, {made.id}")
    if (one.get("name", made.name), one.get("type", made.type)) != (made.name, made.type):
        raise BadManifest(f"{called}: the text is of the {made.type} {made.name}.")
    return made


def _twice(found: Sequence[Operation]) -> Iterator[str]:
    names = [one.name for one in found]
    yield from (
        f"{name}: there are two operations of this name." for name in sorted(set(names)) if names.count(name) > 1
    )
