"""Control over the identity provider: tokens good and bad, keys, outage."""

from aiohttp import web

from simulator.control.asked import BadRequestError, read
from simulator.oidc.provider import Provider
from simulator.oidc.tokens import CLIENT, FAULTS, LIFETIME_S
from simulator.personas import PERSONAS


class IdentityControl:
    """The routes about the provider."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def routes(self) -> list[web.RouteDef]:
        """Method, path and handler of each."""
        return [
            web.post("/tokens", self._tokens),
            web.post("/rotate-keys", self._rotate),
            web.post("/oidc", self._oidc),
        ]

    async def _tokens(self, request: web.Request) -> web.Response:
        body = await read(request, persona=str, claims=(dict, None), ttl_s=float, fault=(*FAULTS, None), client=str)
        if body.get("persona") not in PERSONAS:
            raise BadRequestError(f"persona: expected one of {', '.join(PERSONAS)}")
        token = self._provider.tokens.access(
            PERSONAS[body["persona"]], body.get("client", CLIENT), claims=body.get("claims"),
            ttl_s=body.get("ttl_s", LIFETIME_S), fault=body.get("fault"))  # fmt: skip
        return web.json_response({"token": token})

    async def _rotate(self, request: web.Request) -> web.Response:
        body = await read(request, keep_old=bool)
        self._provider.keys.rotate(keep_old=body.get("keep_old", True))
        return web.json_response(self._provider.keys.published())

    async def _oidc(self, request: web.Request) -> web.Response:
        body = await read(request, outage=bool)
        if "outage" in body:
            await (self._provider.port.close() if body["outage"] else self._provider.port.open())
        return web.json_response({"outage": not self._provider.port.is_open})
