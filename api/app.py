"""The web edge, put together: every route of the service."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from api import graphiql
from api.events import Events
from api.graphql import GraphQLDoor
from api.health import Check, Figures, Ready, live
from api.hearing_out import HeardOut
from api.middleware import GRAPHQL, SUBGRAPH, Observed, fault, hung_up
from api.origins import Origins
from api.own_keys import PATH, PublishedKeys
from api.places import Places
from api.problem import problem
from api.socket import SocketDoor
from api.status import StatusPage
from api.subgraph import SubgraphDoor
from api.turned_away import TurnedAway
from domain.times import Micros
from mobile_contract.releases import Release
from resolvers.arrivals import Arrivals
from resolvers.budgets import Budgets
from resolvers.clients import Clients
from resolvers.events import Reception
from resolvers.health import Statuses
from resolvers.tally import Tally
from schema.context import UseCases
from schema.schema import schema_of
from schema.service import Service
from schema.subgraph import subgraph_of

WebApp = HeardOut
"""The application, as uvicorn takes it."""


def web_app(
    *,
    use: UseCases,
    arrivals: Arrivals,
    budgets: Budgets,
    clients: Clients,
    tally: Tally,
    releases: Iterable[Release],
    reception: Reception,
    statuses: Statuses,
    checks: Mapping[str, Check],
    besides: Mapping[str, Check],
    count: Check,
    clock: Callable[[], Micros],
    new_id: Callable[[], str],
    timer: Callable[[], float],
    open_doors: bool,
    own_keys: Mapping[str, Any] | None = None,
) -> WebApp:
    """The ASGI application. `timer` gives seconds since some moment. `checks` and `besides` are Ready's, `count` is Figures'.

    `open_doors`: introspection and GraphiQL are there for everybody. `own_keys`: the public keys of what we sign, if we do.
    """
    entry, places = (use, arrivals), Places()
    inside = Service(schema_of(), budgets, clients, tally, releases), *entry, places, clock, open_doors
    # A gateway is known by its key: it composes the schema, and makes its documents by itself.
    of_gateways = Service(subgraph_of(), budgets, clients, tally), *entry, places, clock, True
    door = GraphQLDoor(*inside)
    door.page = graphiql.page() if open_doors else None
    every = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    routes = [
        Route(GRAPHQL, door.answer, methods=every, middleware=[Middleware(Origins, clients)]),
        WebSocketRoute(GRAPHQL, SocketDoor(*inside).answer),
        Route(SUBGRAPH, SubgraphDoor(clients, *of_gateways).answer, methods=every),
        Route("/platforms/{code}/events", Events(reception, clock).answer, methods=["POST"]),
        Route("/status", StatusPage(statuses).answer),
        Route("/health/live", live),
        Route("/health/ready", Ready(checks, besides).answer),
        Route("/metrics", Figures(count).answer, name="metrics"),
        *([Route(PATH, PublishedKeys(own_keys).answer)] if own_keys else []),
        *(graphiql.files() if open_doors else []),
    ]
    handlers = {404: _not_found, 405: _not_allowed, ClientDisconnect: hung_up, Exception: fault}
    return HeardOut(TurnedAway(Observed(Starlette(routes=routes, exception_handlers=handlers), new_id, timer)))


async def _not_found(request: Request, error: Exception) -> Response:
    return problem(404, "not-found", "There is nothing here.")


async def _not_allowed(request: Request, error: Exception) -> Response:
    return problem(405, "method-not-allowed", "Not with this method.", getattr(error, "headers", None))
