"""The door of gateways at /subgraph: GraphQL over HTTP for a client that shows a key of its own beside the citizen's token.

Nothing here is for phones: no page, no sockets, no grant to pages, no answer that anybody may keep (docs/adr/0062).
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from api.graphql import GraphQLDoor
from domain.caller import Locale
from domain.client import Client, Scope
from domain.errors import ErrorCode, Refusal
from resolvers.clients import Clients
from schema.context import Context

KEY = "tongban-client-key"


class _KeyRefused(Refusal):
    """It is the gateway that may not come in, whoever the citizen is."""


class SubgraphDoor(GraphQLDoor):
    """Who has no token is nobody here too: then only public fields answer, and the gateway pays."""

    def __init__(self, clients: Clients, *inside: Any) -> None:
        super().__init__(*inside)
        self._clients = clients

    async def _let_in(self, request: Request, locale: Locale) -> Context:
        gateway = await self._gateway(request.headers.get(KEY, ""))
        context = await super()._let_in(request, locale)
        context.client = context.gateway = gateway
        return context

    async def _gateway(self, key: str) -> Client:
        try:
            gateway = await self._clients.admit_by(key)
        except Refusal as refusal:
            raise _KeyRefused(refusal.code, KEY) from None
        if Scope.GATEWAY not in gateway.scopes:
            raise _KeyRefused(ErrorCode.OUT_OF_SCOPE, KEY)
        return gateway

    def _words(self, refusal: Refusal, locale: Locale) -> str:
        if isinstance(refusal, _KeyRefused) and refusal.code is ErrorCode.UNAUTHENTICATED:
            return f"Show the key of a gateway under {KEY}; there is none, or it is good no more."
        return super()._words(refusal, locale)

    def _declined(self, refusal: Refusal, status: int, types: list[str], locale: Locale) -> Response:
        """In a form that a gateway does not take for a citizen's token that has ended, and passes on."""
        declined = super()._declined(refusal, status, types, locale)
        if isinstance(refusal, _KeyRefused) and status == 401:
            declined.headers["www-authenticate"] = KEY
        return declined
