"""The door of gateways at /subgraph: GraphQL over HTTP for a client that shows a key of its own beside the citizen's token.

Nothing here is for phones: no page, no sockets, no grant to pages, no answer that anybody may keep (docs/adr/0062).
"""

from typing import Any

from starlette.requests import Request

from api.graphql import GraphQLDoor
from domain.caller import Locale
from domain.client import Scope
from domain.errors import ErrorCode, Refusal
from resolvers.clients import Clients
from schema.context import Context

PATH = "/subgraph"
KEY = "tongban-client-key"


class SubgraphDoor(GraphQLDoor):
    """Who has no token is nobody here too: then only public fields answer, and the gateway pays."""

    def __init__(self, clients: Clients, *inside: Any) -> None:
        super().__init__(*inside)
        self._clients = clients

    async def _let_in(self, request: Request, locale: Locale) -> Context:
        gateway = await self._clients.admit_by(request.headers.get(KEY, ""))
        if Scope.GATEWAY not in gateway.scopes:
            raise Refusal(ErrorCode.OUT_OF_SCOPE)
        context = await super()._let_in(request, locale)
        context.client = gateway
        return context
