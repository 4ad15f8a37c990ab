"""The provider's endpoints."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web
from joserfc import jwt
from joserfc.errors import JoseError

from simulator.oidc.flow import Codes, RefusedError, asked, chosen
from simulator.oidc.keys import KeyRing
from simulator.oidc.pages import sign_in
from simulator.oidc.tokens import CLIENT, LIFETIME_S, Tokens, about
from simulator.personas import PERSONAS, Persona
from simulator.ports import Port
from simulator.settings import Settings

_ANYWHERE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
}


class Provider:
    """The OpenID provider; its issuer is exactly its base address."""

    def __init__(self, settings: Settings) -> None:
        self.keys, self._codes = KeyRing(), Codes()
        self.port = Port(settings.host, settings.oidc_port, self._app)
        self.tokens = Tokens(self.keys, lambda: self.port.url, settings.audience)

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[_from_anywhere])
        app.add_routes([
            web.get("/.well-known/openid-configuration", self._discovery),
            web.get("/jwks", self._jwks),
            web.get("/authorize", self._authorize),
            web.post("/token", self._token),
            web.get("/userinfo", self._userinfo),
            web.post("/userinfo", self._userinfo),
            web.options("/{path:.*}", self._preflight),
        ])  # fmt: skip
        return app

    async def _discovery(self, request: web.Request) -> web.Response:
        base = self.port.url
        return web.json_response({
            "issuer": base, "authorization_endpoint": f"{base}/authorize", "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo", "jwks_uri": f"{base}/jwks",
            "response_types_supported": ["code"], "grant_types_supported": ["authorization_code", "password"],
            "subject_types_supported": ["public"], "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid", "profile"], "token_endpoint_auth_methods_supported": ["none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        })  # fmt: skip

    async def _jwks(self, request: web.Request) -> web.Response:
        return web.json_response(self.keys.published())

    async def _authorize(self, request: web.Request) -> web.Response:
        query = dict(request.query)
        back = urlsplit(query.get("redirect_uri", ""))
        if not query.get("client_id") or not back.scheme or back.fragment:
            return web.Response(status=400, text="client_id and an absolute redirect_uri are required")
        try:
            wanted = asked(query)
            if "persona" not in query:
                return web.Response(text=sign_in(query), content_type="text/html", charset="utf-8")
            code = self._codes.give(wanted, chosen(query["persona"]))
        except RefusedError as refused:
            return self._back(query, {"error": refused.error, "error_description": refused.description})
        return self._back(query, {"code": code})

    def _back(self, query: dict[str, str], answer: dict[str, str]) -> web.Response:
        state = {"state": query["state"]} if "state" in query else {}
        target, mark = query["redirect_uri"], "&" if urlsplit(query["redirect_uri"]).query else "?"
        location = target + mark + urlencode({**answer, **state, "iss": self.port.url})
        return web.Response(status=302, headers={"Location": location})

    async def _token(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        try:
            answer = self._granted(form)
        except RefusedError as refused:
            answer = {"error": refused.error, "error_description": refused.description}
        status = 400 if "error" in answer else 200
        return web.json_response(answer, status=status, headers={"Cache-Control": "no-store"})

    def _granted(self, form: dict[str, str]) -> dict[str, Any]:
        if form.get("grant_type") == "authorization_code":
            given = self._codes.take(form)
            return self._answer(given.persona, given.asked.client, given.asked.scope, given.asked.nonce)
        if form.get("grant_type") == "password":
            return self._answer(chosen(form.get("username", "")), form.get("client_id", CLIENT),
                                form.get("scope", "openid"), None)  # fmt: skip
        raise RefusedError("unsupported_grant_type", "authorization_code or password")

    def _answer(self, persona: Persona, client: str, scope: str, nonce: str | None) -> dict[str, Any]:
        answer = {"access_token": self.tokens.access(persona, client, scope=scope), "token_type": "Bearer",
                  "expires_in": LIFETIME_S, "scope": scope}  # fmt: skip
        if "openid" in scope.split():
            answer["id_token"] = self.tokens.identity(persona, client, nonce)
        return answer

    async def _userinfo(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        persona = self._persona_of(token) if scheme.lower() == "bearer" else None
        if persona is None:
            return web.json_response({"error": "invalid_token"}, status=401,
                                     headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})  # fmt: skip
        return web.json_response(about(persona))

    def _persona_of(self, token: str) -> Persona | None:
        try:
            claims = jwt.decode(token, self.keys.believed, algorithms=["ES256"]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}, iss={"essential": True, "value": self.port.url}
                                  ).validate(claims)  # fmt: skip
        except (JoseError, ValueError):
            return None
        name = str(claims.get("sub", "")).removeprefix("person-") + ("-org" if "represents" in claims else "")
        return PERSONAS.get(name)

    async def _preflight(self, request: web.Request) -> web.Response:
        return web.Response(status=204)


@web.middleware
async def _from_anywhere(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Let pages of other origins read the answers: a phone's page asks for its tokens itself."""
    response = await handler(request)
    response.headers.update(_ANYWHERE)
    return response
