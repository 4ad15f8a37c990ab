"""The provider signs in whoever is chosen, by the book, and makes bad tokens only when asked."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet

VERIFIER = "a-verifier-that-is-long-enough-for-the-standard-43"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
BACK = "http://phone.example/back?from=sign-in"
ASKED = {"response_type": "code", "client_id": "tongban-phone", "redirect_uri": BACK, "scope": "openid",
         "state": "s t", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}  # fmt: skip


class Oidc:
    """The provider as a client sees it, everything found through its discovery document."""

    def __init__(self, http: aiohttp.ClientSession, base: str) -> None:
        self.http, self.base = http, base

    async def found(self) -> Any:
        async with self.http.get(self.base + "/.well-known/openid-configuration") as answer:
            return await answer.json()

    async def authorize(self, **changed: str) -> dict[str, str]:
        """What the redirection brings back."""
        url = (await self.found())["authorization_endpoint"]
        async with self.http.get(url, params=ASKED | changed, allow_redirects=False) as answer:
            assert answer.status == 302
            location = urlsplit(answer.headers["Location"])
        assert location.hostname == "phone.example"
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    async def token(self, **form: str) -> Any:
        async with self.http.post((await self.found())["token_endpoint"], data=form) as answer:
            return {"status": answer.status, **await answer.json()}

    async def redeem(self, code: str, **changed: str) -> Any:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK,
                "client_id": "tongban-phone", "code_verifier": VERIFIER}  # fmt: skip
        return await self.token(**form | changed)

    async def verified(self, token: str) -> jwt.Token:
        async with self.http.get((await self.found())["jwks_uri"]) as answer:
            keys = KeySet.import_key_set(await answer.json())
        return jwt.decode(token, keys, algorithms=["ES256"])


@pytest.fixture
def oidc(world: Any, http: aiohttp.ClientSession) -> Oidc:
    return Oidc(http, world.provider.port.url)


async def test_signing_in_by_code(oidc: Oidc) -> None:
    """Code and PKCE end in an access token of RFC 9068 and an ID token with the nonce, from the exact issuer."""
    back = await oidc.authorize(persona="lin")
    assert (back["state"], back["iss"], back["from"]) == ("s t", oidc.base, "sign-in")
    answer = await oidc.redeem(back["code"])
    access, identity = await oidc.verified(answer["access_token"]), await oidc.verified(answer["id_token"])
    assert (access.header["alg"], access.header["typ"]) == ("ES256", "at+jwt")
    claims = access.claims
    assert claims["iss"] == oidc.base == (await oidc.found())["issuer"]
    assert (claims["aud"], claims["azp"], claims["client_id"]) == ("tongban", "tongban-phone", "tongban-phone")
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 3600
    assert (claims["real_name_level"], claims["identity_type"], claims["name"]) == (3, "111", "林晓岚")
    assert (identity.claims["aud"], identity.claims["nonce"]) == ("tongban-phone", "n")
    assert identity.claims["sub"] == claims["sub"]


async def test_the_page_offers_every_persona(oidc: Oidc, tell: Any) -> None:
    """Without a persona the page lists all of them, each a link that leads on, with the request escaped into it."""
    url = (await oidc.found())["authorization_endpoint"]
    async with oidc.http.get(url, params=ASKED | {"state": '"><script>'}) as answer:
        page = await answer.text()
        assert answer.content_type == "text/html"
    assert all(f"persona={who['name']}" in page for who in await tell.get("/personas"))
    assert "<script>" not in page


@pytest.mark.parametrize(
    "changed", [{"code_challenge": ""}, {"code_challenge_method": "plain"}, {"response_type": "token"}], ids=str
)
async def test_a_request_without_pkce_is_refused(oidc: Oidc, changed: dict[str, str]) -> None:
    """No S256 challenge, or no code flow, is an error brought back by redirection with the state."""
    back = await oidc.authorize(persona="lin", **changed)
    assert "code" not in back
    assert back["error"] in ("invalid_request", "unsupported_response_type")
    assert back["state"] == "s t"


async def test_a_code_is_good_once_and_for_its_owner(oidc: Oidc) -> None:
    """A spent code, a wrong verifier, client or redirect_uri is invalid_grant."""
    code = (await oidc.authorize(persona="lin"))["code"]
    assert (await oidc.redeem(code))["status"] == 200
    assert (await oidc.redeem(code))["error"] == "invalid_grant"
    for changed in ({"code_verifier": "x"}, {"client_id": "another"}, {"redirect_uri": "http://phone.example/"}):
        code = (await oidc.authorize(persona="lin"))["code"]
        assert (await oidc.redeem(code, **changed))["error"] == "invalid_grant"


async def test_password_for_the_command_line(oidc: Oidc) -> None:
    """Any password signs a persona in; the company's representative says whom he represents, as the same person."""
    himself = await oidc.token(grant_type="password", username="he", password="x")
    for_company = await oidc.token(grant_type="password", username="he-org", password="y")
    one, other = [(await oidc.verified(answer["access_token"])).claims for answer in (himself, for_company)]
    assert one["sub"] == other["sub"]
    assert "represents" not in one
    assert other["represents"]["identity_type"] == "001"
    assert (await oidc.token(grant_type="password", username="nobody"))["error"] == "invalid_grant"
    assert (await oidc.token(grant_type="client_credentials"))["error"] == "unsupported_grant_type"


async def test_userinfo(oidc: Oidc) -> None:
    """A good token is answered with the person; none or a bad one is 401."""
    token = (await oidc.token(grant_type="password", username="rare"))["access_token"]
    url = (await oidc.found())["userinfo_endpoint"]
    async with oidc.http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        assert (await answer.json())["name"] == "阿依𬱖·䶮𰻞"
    async with oidc.http.get(url, headers={"Authorization": f"Bearer {token[:-4]}AAAA"}) as answer:
        assert answer.status == 401


async def test_faulty_tokens(oidc: Oidc, tell: Any) -> None:
    """Each fault is exactly that one fault in an otherwise good token."""

    async def faulty(fault: str) -> str:
        return str((await tell.post("/tokens", persona="lin", fault=fault))["token"])

    expired = (await oidc.verified(await faulty("expired"))).claims
    with pytest.raises(JoseError, match="expired"):
        jwt.JWTClaimsRegistry().validate(expired)
    assert (await oidc.verified(await faulty("audience"))).claims["aud"] != "tongban"
    assert (await oidc.verified(await faulty("issuer"))).claims["iss"] != oidc.base
    with pytest.raises(BadSignatureError):
        await oidc.verified(await faulty("other-key"))
    assert _header(await faulty("other-key"))["kid"] == _header(await faulty("audience"))["kid"]
    unsigned = await faulty("unsigned")
    assert (_header(unsigned)["alg"], unsigned[-1]) == ("none", ".")


async def test_key_confusion_is_a_real_attack(oidc: Oidc, tell: Any, world: Any) -> None:
    """The HS256 token does verify for whoever takes the public key's PEM for a secret."""
    token = (await tell.post("/tokens", persona="lin", fault="hs256"))["token"]
    body, _, signature = token.rpartition(".")
    mac = hmac.new(world.provider.keys.current.as_pem(private=False), body.encode(), hashlib.sha256).digest()
    assert _header(token)["alg"] == "HS256"
    assert base64.urlsafe_b64decode(signature + "=") == mac


async def test_tokens_to_measure(oidc: Oidc, tell: Any) -> None:
    """Claims can be overridden or removed, the lifetime and the client chosen."""
    changed = {"real_name_level": 1, "name": None}
    made = await tell.post("/tokens", persona="lin", ttl_s=5, client="desk", claims=changed)
    claims = (await oidc.verified(made["token"])).claims
    assert (claims["real_name_level"], claims["azp"], "name" in claims) == (1, "desk", False)
    assert claims["exp"] - claims["iat"] == 5


async def test_rotating_keys(oidc: Oidc, tell: Any) -> None:
    """Keeping the old key keeps old tokens good; dropping it ends them."""
    token = (await tell.post("/tokens", persona="lin"))["token"]
    await tell.post("/rotate-keys", keep_old=True)
    assert (await oidc.verified(token)).claims["name"] == "林晓岚"
    await tell.post("/rotate-keys", keep_old=False)
    with pytest.raises((JoseError, ValueError)):
        await oidc.verified(token)
    assert await oidc.verified((await tell.post("/tokens", persona="lin"))["token"])


async def test_outage(oidc: Oidc, tell: Any) -> None:
    """During an outage the provider's port is closed, and opens again as the same issuer."""
    before = await oidc.found()
    assert (await tell.post("/oidc", outage=True)) == {"outage": True}
    with pytest.raises(aiohttp.ClientConnectorError):
        await oidc.found()
    await tell.post("/oidc", outage=False)
    assert await oidc.found() == before


def _header(token: str) -> Any:
    first = token.split(".")[0]
    return json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
