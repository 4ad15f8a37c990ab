"""A GraphQL API of the platform's own; its schema has the names of its tongue."""

import hmac
from functools import cached_property
from typing import Any

from aiohttp import web
from graphql import GraphQLError, GraphQLResolveInfo, GraphQLSchema, build_schema, graphql_sync

from simulator.provinces.rows import case_row, licence_row
from simulator.provinces.tongue import FIELDS, Tongue
from simulator.provinces.wire import DeclinedError, Wire, asked, json_object

MOST = 100
_OF_STEP = ("row_id", "word", "at", "step_name", "opinion", "handled_by")
_CASE, _LICENCE = FIELDS[: FIELDS.index("steps")], FIELDS[FIELDS.index("licence_no") :]
_ARGUMENTS = "(type: String!, number: String!, limit: Int!, offset: Int!)"


class GraphQl(Wire):
    dialect = "graphql"

    def secrets(self, address: str) -> dict[str, str]:
        return {"api_key": f"api-key-of-{self.code}"}

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/graphql", self._answer)]

    def words(self) -> dict[str, str]:
        return {
            "case_fields": self._names(_CASE),
            "step_fields": self._names(_OF_STEP),
            "licence_fields": self._names(_LICENCE),
        }

    @cached_property
    def _schema(self) -> GraphQLSchema:
        return build_schema(_text(self.tongue))

    async def _answer(self, request: web.Request) -> web.Response:
        if not hmac.compare_digest(request.headers.get("Authorization", ""), f"Bearer api-key-of-{self.code}"):
            return _failed("UNAUTHENTICATED", 401)
        try:
            body = await json_object(request)
        except DeclinedError:
            return _failed("BAD_REQUEST", 400)
        done = graphql_sync(
            self._schema, str(body.get("query")), root_value=_Root(self), variable_values=body.get("variables")
        )
        errors = [error.formatted for error in done.errors or ()]
        return web.json_response({"data": done.data} | ({"errors": errors} if errors else {}))

    def _names(self, fields: tuple[str, ...]) -> str:
        return " ".join(self.tongue.name(field) for field in fields)


class _Root:
    """The fields of Query."""

    def __init__(self, wire: GraphQl) -> None:
        self._wire = wire

    def cases(self, info: GraphQLResolveInfo[Any], **arguments: Any) -> dict[str, Any]:
        return self._page(arguments, self._wire.cases, case_row)

    def licences(self, info: GraphQLResolveInfo[Any], **arguments: Any) -> dict[str, Any]:
        return self._page(arguments, self._wire.licences, licence_row)

    def _page(self, told: dict[str, Any], find: Any, row: Any) -> dict[str, Any]:
        try:
            found, total = find(asked(told["type"], told["number"], told["offset"], told["limit"], MOST))
        except DeclinedError as declined:
            raise GraphQLError(str(declined), extensions={"code": "DECLINED"}) from None
        return {"totalCount": total, "nodes": [row(self._wire.tongue, one) for one in found]}


def _text(tongue: Tongue) -> str:
    def fields(names: tuple[str, ...]) -> str:
        return " ".join(f"{tongue.name(name)}: String" for name in names)

    return f"""
        type Query {{ cases{_ARGUMENTS}: Cases! licences{_ARGUMENTS}: Licences! }}
        type Cases {{ totalCount: Int! nodes: [Case!]! }}
        type Case {{ {fields(_CASE)} {tongue.name("steps")}: [Step!]! }}
        type Step {{ {fields(_OF_STEP)} }}
        type Licences {{ totalCount: Int! nodes: [Licence!]! }}
        type Licence {{ {fields(_LICENCE)} }}
    """


def _failed(code: str, status: int) -> web.Response:
    return web.json_response({"errors": [{"message": code.lower(), "extensions": {"code": code}}]}, status=status)
