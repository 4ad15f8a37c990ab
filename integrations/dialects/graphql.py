"""A platform's own GraphQL API: a fixed document, our values as its variables.

An answer with `errors` is no answer, whatever stands beside them: a field that failed would look like a case that is gone.
"""

import re
from typing import Any

from integrations.dialects.dialect import Ask, Wire, json_of, json_request
from integrations.form.connection import Connection
from integrations.form.operations import GraphQlOperation, Values, filled
from integrations.http import raise_for_status, url_of
from integrations.port import Drifted, Refused

_CODE = re.compile(r"[A-Z][A-Z_]{0,39}")
"""A code of an error, as GraphQL servers write them in `extensions`. Anything else may quote somebody."""


def graphql(connection: Connection, operation: GraphQlOperation, wire: Wire) -> Ask:
    """A question in this dialect. Places are found in the whole answer, below `data`."""

    async def ask(values: Values) -> Any:
        body = {"query": operation.query, "variables": filled(operation.variables, values)}
        response = await wire.call(json_request(url_of(wire.address + operation.path), body), values)
        raise_for_status(response)
        return whole(json_of(response, connection.media_type))

    return ask


def whole(answer: Any) -> Any:
    """The answer, if it holds all that was asked for. Raises Refused for errors alone, Drifted for anything else."""
    if not isinstance(answer, dict):
        raise Drifted("not a GraphQL answer")
    data, errors = answer.get("data"), answer.get("errors")
    if errors and data is None:
        raise Refused(f"GraphQL error {_class_of(errors)}")
    if errors or not isinstance(data, dict):
        raise Drifted(f"GraphQL error {_class_of(errors)} beside data" if errors else "a GraphQL answer without data")
    return answer


def _class_of(errors: Any) -> str:
    """The code of the first error that has one."""
    for error in errors if isinstance(errors, list) else ():
        extensions = error.get("extensions") if isinstance(error, dict) else None
        code = extensions.get("code") if isinstance(extensions, dict) else None
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return "without a code"
