"""JSON over HTTP, by GET or POST. Whether a question was understood, the status says, and `success` where it is declared."""

from typing import Any
from urllib.parse import quote, urlencode

from yarl import URL

from integrations.dialects.dialect import LINK, NOTHING, Ask, Wire, json_of, json_request
from integrations.form.connection import Connection
from integrations.form.operations import RestOperation, Values, filled
from integrations.http import Request, raise_for_status, url_of
from integrations.port import Drifted


def rest(connection: Connection, operation: RestOperation, wire: Wire) -> Ask:
    """A question in this dialect. Places are found in the whole answer."""

    async def ask(values: Values) -> Any:
        response = await wire.call(_request(operation, wire.address, values), values)
        if response.status in operation.empty:
            return NOTHING
        raise_for_status(response)
        return json_of(response, connection.media_type)

    return ask


def _request(operation: RestOperation, address: str, values: Values) -> Request:
    url = question_url(address, operation, values)
    if link := values.get(LINK):
        url = linked(url, link)
    if operation.body is not None:
        return json_request(url, filled(operation.body, values))
    return Request("GET", url, {"Accept": "application/json"})


def question_url(address: str, operation: RestOperation, values: Values) -> URL:
    """The URL of a question: what its placeholders stand for cannot leave the place in which they stand. Raises Unreachable."""
    safe = {name: quote(str(value), safe="") for name, value in values.items() if value is not None}
    query = urlencode(
        {name: _written(value) for name, value in filled(operation.query, values).items()}, quote_via=quote
    )
    path = filled(operation.path, safe)
    return url_of(address + path + (f"{'&' if '?' in path else '?'}{query}" if query else ""))


def linked(asked: URL, link: str) -> URL:
    """The URL of a link in an answer, which may be relative to what was asked. Raises Drifted if it leads to another host.

    Our credentials go where it leads, so that no answer may choose the host, the port or the scheme.
    """
    try:
        url = asked.join(URL(link))
        same = url.origin() == asked.origin()
    except ValueError:
        same = False
    if not same:
        raise Drifted("the link to the next page leads elsewhere")
    return url.with_user(None)


def _written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
