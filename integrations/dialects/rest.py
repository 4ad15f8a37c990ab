"""JSON over HTTP POST. Whether a question was understood, the description says: `success`."""

from collections.abc import Mapping
from typing import Any

from integrations.dialects.dialect import Ask, Wire, json_of, key_headers
from integrations.form.connection import Connection
from integrations.form.operations import RestOperation, filled
from integrations.http import post_json


def rest(connection: Connection, operation: RestOperation, wire: Wire) -> Ask:
    """A question in this dialect. Places are found in the whole answer."""
    url, headers = wire.address + operation.path, key_headers(connection, wire)

    async def ask(values: Mapping[str, Any]) -> Any:
        body = filled(operation.body, values)
        return json_of(await post_json(wire.session, url, headers, body, wire.answer_bytes))

    return ask
