"""The schema of docs/wire/31.md, carried out by graphql-core over a registry."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from graphql import GraphQLError, GraphQLResolveInfo, build_schema, graphql_sync

from simulator.platform31.matters import Registry
from simulator.platform31.shapes import Shape, certificate_shape, matter_shape

_SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text("utf-8"))
_LARGEST_PAGE = 50

Answer = dict[str, Any]
T = TypeVar("T")


def answer(registry: Registry, question: Answer, *, failing: bool = False) -> Answer:
    """What is answered to {query, variables, operationName}. `failing`: a part of the platform behind it does not answer."""
    done = graphql_sync(
        _SCHEMA,
        question["query"],
        root_value=_Root(registry, failing),
        variable_values=question.get("variables"),
        operation_name=question.get("operationName"),
    )
    told: Answer = {} if done.data is None and done.errors else {"data": done.data}
    if done.errors:
        told["errors"] = [_shown(error) for error in done.errors]
    return told


@dataclass(frozen=True)
class _Asked:
    kind: str
    number: str
    limit: int
    offset: int

    def page_of(self, rows: list[T]) -> list[T]:
        return rows[self.offset : self.offset + self.limit]


class _Root:
    """The fields of Query. Every second matter loses its links when something behind the platform fails."""

    def __init__(self, registry: Registry, failing: bool) -> None:
        self._registry, self._failing = registry, failing

    def matters(self, info: GraphQLResolveInfo[Any], **arguments: Any) -> Shape:
        asked = _asked(**arguments)
        found = self._registry.matters_of(asked.kind, asked.number)
        nodes = [matter_shape(matter) for matter in asked.page_of(found)]
        if self._failing and not nodes:
            _upstream()
        for node in nodes[::2] if self._failing else ():
            node["links"] = _upstream
        return {"totalCount": len(found), "nodes": nodes}

    def certificates(self, info: GraphQLResolveInfo[Any], **arguments: Any) -> Shape:
        asked = _asked(**arguments)
        if self._failing:
            _upstream()
        found = self._registry.certificates_of(asked.kind, asked.number)
        return {"totalCount": len(found), "nodes": [certificate_shape(one) for one in asked.page_of(found)]}


def _upstream(*_: Any) -> None:
    raise GraphQLError("办件库暂时不可用", extensions={"code": "UPSTREAM"})


def _asked(**arguments: Any) -> _Asked:
    """Raises GraphQLError for arguments out of bounds; that they are there and of their type the schema has seen to."""
    kind, number = arguments["documentType"], arguments["documentNumber"]
    limit, offset = arguments["limit"], arguments["offset"]
    sound = {
        "documentType": kind in ("111", "001"),
        "documentNumber": len(number) == 18,
        "limit": 1 <= limit <= _LARGEST_PAGE,
        "offset": offset >= 0,
    }
    for name, is_sound in sound.items():
        if not is_sound:
            raise GraphQLError(f"参数{name}不合规范", extensions={"code": "BAD_ARGUMENT"})
    return _Asked(kind, number.upper(), limit, offset)


def _shown(error: GraphQLError) -> Answer:
    """An error as it goes over the wire; what an unforeseen one says stays inside."""
    shown: Answer = dict(error.formatted)
    if error.original_error is not None and not isinstance(error.original_error, GraphQLError):
        shown["message"], shown["extensions"] = "内部错误", {"code": "INTERNAL"}
    return {**shown, "extensions": shown.get("extensions") or {"code": "BAD_REQUEST"}}
