"""Each way to say who we are, at a server that believes nothing else."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from aiohttp import web

from domain.times import SECOND, Micros
from integrations.form.authentication import (
    ApiKey,
    Basic,
    ClientCertificate,
    ClientCredentials,
    Hmac,
    NoAuthentication,
)
from integrations.form.parts import Setting
from integrations.port import Drifted, PlatformTrouble, RateLimited, Refused, TimedOut, Unreachable
from integrations.registry import BadAccess
from tests.certificates import Authority
from tests.contract.variant_world import LIN, Desk, desk, named_by, platform_at, variant

NOTHING = {"next": None, "results": []}
NOW = 1_795_311_000_500_000


def setting(name: str) -> Setting:
    return Setting(setting=name)


BASIC = Basic(kind="basic", username=setting("username"), password=setting("password"))
TOKEN = ClientCredentials(
    kind="oauth2-client-credentials",
    token_address=setting("token_address"),
    client_id=setting("client_id"),
    client_secret=setting("client_secret"),
    scope="cases:read licences:read",
    audience="desk",
)
CERTIFICATE = ClientCertificate(kind="client-certificate", certificate=setting("certificate"), key=setting("key"))


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


def only(right: Callable[[web.Request, bytes], bool]) -> Callable[[web.Request, bytes], Any]:
    """Answers whoever is right, and 401 to all others."""
    return lambda request, body: NOTHING if right(request, body) else web.Response(status=401)


async def ask(
    running: Desk, how: Any, session: aiohttp.ClientSession, secrets: dict[str, str], now: Micros = NOW, **other: Any
) -> None:
    description = named_by(variant("desk"), how, **other)
    await platform_at(running.address, description, session, secrets, lambda: now).cases(LIN)


async def test_none_says_nothing(session: aiohttp.ClientSession):
    """And needs no secret."""
    async with desk(lambda request, body: NOTHING) as running:
        await ask(running, NoAuthentication(kind="none"), session, {})
    assert "authorization" not in running.asked[0].headers


async def test_a_key_in_a_header(session: aiohttp.ClientSession):
    """With its prefix; another one is refused."""
    how = ApiKey(kind="api-key", header="X-Key", prefix="Key ", secret=setting("secret"))
    async with desk(only(lambda request, body: request.headers.get("X-Key") == "Key k")) as running:
        await ask(running, how, session, {"secret": "k"})
        with pytest.raises(Refused, match="HTTP 401"):
            await ask(running, how, session, {"secret": "other"})


async def test_basic(session: aiohttp.ClientSession):
    """In UTF-8, as RFC 7617 allows; another password is refused, once."""
    right = "Basic " + base64.b64encode("tong:bän:办".encode()).decode()
    async with desk(only(lambda request, body: request.headers.get("Authorization") == right)) as running:
        await ask(running, BASIC, session, {"username": "tong", "password": "bän:办"})
        with pytest.raises(Refused, match="HTTP 401"):
            await ask(running, BASIC, session, {"username": "tong", "password": "ban"})
        assert len(running.asked) == 2


def signed(**changed: Any) -> Hmac:
    form: dict[str, Any] = {
        "kind": "hmac", "secret": setting("secret"), "signature_header": "X-Sign", "time_header": "X-Time",
        "nonce_header": "X-Nonce", "key_header": "X-App", "key": setting("app"),
        "parts": ("method", "path", "key", "time", "nonce", "body-sha256"),
    }  # fmt: skip
    return Hmac(**form | changed)


def checks(secret: str, seen: set[str], encoding: str = "hex") -> Callable[[web.Request, bytes], bool]:
    """A platform that believes a signature over fresh times and new nonces, worked out by itself."""

    def right(request: web.Request, body: bytes) -> bool:
        said = request.headers
        if said["X-Nonce"] in seen or abs(int(said["X-Time"]) - NOW // SECOND) > 300:
            return False
        seen.add(said["X-Nonce"])
        digest = hashlib.sha256(body).hexdigest()
        lines = [request.method, request.raw_path, said["X-App"], said["X-Time"], said["X-Nonce"], digest]
        made = hmac.new(secret.encode(), "\n".join(lines).encode(), "sha256").digest()
        return said["X-Sign"] == (made.hex() if encoding == "hex" else base64.b64encode(made).decode())

    return right


@pytest.mark.parametrize("encoding", ["hex", "base64"])
async def test_a_signature_over_what_is_declared(session: aiohttp.ClientSession, encoding: str):
    """Path and query as they arrive, a fresh time and nonce for each question; nothing of the secret is sent."""
    async with desk(only(checks("geheim", set(), encoding))) as running:
        for _ in range(2):
            await ask(running, signed(encoding=encoding), session, {"secret": "geheim", "app": "tongban"})
    assert not any("geheim" in value for asked in running.asked for value in asked.headers.values())


@pytest.mark.parametrize(("secret", "now"), [("other", NOW), ("geheim", NOW - 3600 * SECOND)])
async def test_a_wrong_or_expired_signature_is_refused(session: aiohttp.ClientSession, secret: str, now: Micros):
    """As the platform says."""
    async with desk(only(checks("geheim", set()))) as running:
        with pytest.raises(Refused, match="HTTP 401"):
            await ask(running, signed(), session, {"secret": secret, "app": "tongban"}, now)


async def test_a_signature_over_a_posted_body(session: aiohttp.ClientSession):
    """The bytes that are sent; milliseconds where they are declared."""
    form = signed(parts=("time", "body"), time_unit="milliseconds", nonce_header=None, key_header=None, key=None)

    def right(request: web.Request, body: bytes) -> bool:
        wanted = hmac.new(b"s", str(NOW // 1000).encode() + b"\n" + body, "sha256").hexdigest()
        return bool(body) and request.headers["X-Sign"] == wanted

    answer = {"head": {"code": "0"}, "body": {"list": []}}
    async with desk(lambda request, body: answer if right(request, body) else web.Response(status=401)) as running:
        description = named_by(variant("bureau"), form)
        await platform_at(running.address, description, session, {"secret": "s"}, lambda: NOW).cases(LIN)


class TokenDesk:
    """A platform and its token endpoint. Tokens live `life` seconds; those of `dead` are refused."""

    def __init__(self, life: Any = 3600) -> None:
        self.life, self.fetched, self.dead = life, 0, set[str]()
        self.forms: list[dict[str, list[str]]] = []
        self.token_answer: Any = None
        self.slowly: float = 0
        self.anew, self.refusals = asyncio.Event(), 0

    async def answer(self, request: web.Request, body: bytes) -> Any:
        if request.path != "/token":
            token = request.headers.get("Authorization", "").removeprefix("Bearer ")
            return NOTHING if token == f"T{self.fetched}" and token not in self.dead else await self.refuse()
        self.fetched += 1
        self.forms.append(parse_qs(body.decode()))
        await asyncio.sleep(self.slowly)
        if self.token_answer is not None:
            return self.token_answer
        if self.fetched > 1:
            self.anew.set()
        return {"access_token": f"T{self.fetched}", "token_type": "bearer", "expires_in": self.life}

    async def refuse(self) -> web.Response:
        """The first at once, all later ones when a new token has been fetched."""
        self.refusals += 1
        if self.refusals > 1:
            await self.anew.wait()
        return web.Response(status=401)


def token_secrets(running: Desk) -> dict[str, str]:
    return {"token_address": f"{running.address}/token", "client_id": "tong ban", "client_secret": "s:ecret"}


async def test_a_token_is_fetched_once_and_kept(session: aiohttp.ClientSession):
    """For many questions at once; until half a minute before its end."""
    world, now = TokenDesk(), NOW
    world.slowly = 0.05
    async with desk(world.answer) as running:
        description = named_by(variant("desk"), TOKEN)
        platform = platform_at(running.address, description, session, token_secrets(running), lambda: now)
        await asyncio.gather(*(platform.cases(LIN) for _ in range(10)))
        now += (3600 - 31) * SECOND
        await platform.cases(LIN)
        assert world.fetched == 1
        now += 2 * SECOND
        await platform.cases(LIN)
        assert world.fetched == 2
    (form, _), asked = world.forms, running.asked[0]
    assert form == {
        "grant_type": ["client_credentials"], "scope": ["cases:read licences:read"], "audience": ["desk"]
    }  # fmt: skip
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"tong+ban:s%3Aecret").decode()


async def test_id_and_secret_in_the_body(session: aiohttp.ClientSession):
    """Where the endpoint wants them there."""
    world = TokenDesk()
    async with desk(world.answer) as running:
        await ask(running, TOKEN.model_copy(update={"send": "body"}), session, token_secrets(running))
    assert (world.forms[0]["client_id"], world.forms[0]["client_secret"]) == (["tong ban"], ["s:ecret"])
    assert "authorization" not in running.asked[0].headers


async def test_a_refused_token_is_fetched_anew_once(session: aiohttp.ClientSession):
    """For all questions that it was refused to, early or late; if the new one is refused too, the platform declines."""
    world = TokenDesk()
    async with desk(world.answer) as running:
        description = named_by(variant("desk"), TOKEN)
        platform = platform_at(running.address, description, session, token_secrets(running))
        await platform.cases(LIN)
        world.dead.add("T1")
        await asyncio.gather(*(platform.cases(LIN) for _ in range(4)))
        assert world.fetched == 2
        world.dead |= {"T2", "T3"}
        with pytest.raises(Refused, match="HTTP 401"):
            await platform.cases(LIN)
        assert world.fetched == 3


BAD_TOKENS: list[tuple[Any, type[PlatformTrouble], str]] = [
    (web.Response(status=400, text='{"error": "invalid_client"}'), Refused, "token endpoint: HTTP 400"),
    (web.Response(status=302, headers={"Location": "/elsewhere"}), Refused, "token endpoint: HTTP 302"),
    (web.Response(text="<html>"), Drifted, "not a JSON object"),
    ([], Drifted, "not a JSON object"),
    ({"access_token": "T1"}, Drifted, "no bearer token"),
    ({"access_token": "T 1", "token_type": "Bearer"}, Drifted, "no bearer token"),
    ({"access_token": "T\r\nX: y", "token_type": "Bearer"}, Drifted, "no bearer token"),
    ({"access_token": "T1", "token_type": "mac"}, Drifted, "no bearer token"),
    ({"access_token": "T1", "token_type": "Bearer", "expires_in": -1}, Drifted, "expires_in"),
    (web.Response(body=b"x" * 70_000), Drifted, "token endpoint: an answer of more than"),
]


@pytest.mark.parametrize(("answer", "trouble", "said"), BAD_TOKENS)
async def test_no_token_has_its_name(
    session: aiohttp.ClientSession, answer: Any, trouble: type[PlatformTrouble], said: str
):
    """The endpoint is named, not what it said; the platform is not asked without a token."""
    world = TokenDesk()
    world.token_answer = answer
    async with desk(world.answer) as running:
        with pytest.raises(trouble, match=said) as caught:
            await ask(running, TOKEN, session, token_secrets(running))
        assert [asked.target for asked in running.asked] == ["/token"]
    assert "secret" not in caught.value.detail and "invalid" not in caught.value.detail


async def test_a_refusing_token_endpoint_is_left_alone_for_ten_seconds(session: aiohttp.ClientSession):
    """However many ask: a secret that is wrong would be tried, and counted there, by every question."""
    world, now = TokenDesk(), NOW
    world.token_answer = web.Response(status=400)
    async with desk(world.answer) as running:
        description = named_by(variant("desk"), TOKEN)
        platform = platform_at(running.address, description, session, token_secrets(running), lambda: now)
        for _ in range(3):
            with pytest.raises(Refused, match="token endpoint: HTTP 400"):
                await platform.cases(LIN)
        assert world.fetched == 1
        world.token_answer, now = None, now + 10 * SECOND
        await platform.cases(LIN)
        assert world.fetched == 2


async def test_a_question_that_is_made_again_counts_twice(session: aiohttp.ClientSession):
    """And is made again only as long as there are calls that are not kept for readers."""
    world = TokenDesk()
    async with desk(world.answer) as running:
        description = named_by(variant("desk", calls_per_minute=5), TOKEN)
        platform = platform_at(running.address, description, session, token_secrets(running))
        world.dead |= {"T1", "T2"}
        with pytest.raises(Refused):
            await platform.cases(LIN)
        world.dead |= {"T3"}
        with pytest.raises(Refused):
            await platform.cases(LIN)
        assert len([asked for asked in running.asked if asked.target != "/token"]) == 4
        with pytest.raises(Refused):
            await platform.cases(LIN)
        assert len([asked for asked in running.asked if asked.target != "/token"]) == 5
        with pytest.raises(RateLimited):
            await platform.cases(LIN)


async def test_a_hanging_token_endpoint_is_a_timeout(session: aiohttp.ClientSession):
    """Of the question, by the platform's own limit; whoever asks next asks for a token himself."""
    world = TokenDesk()
    world.slowly = 30
    async with desk(world.answer) as running:
        description = named_by(variant("desk", timeout_s=0.2), TOKEN)
        platform = platform_at(running.address, description, session, token_secrets(running))
        with pytest.raises(TimedOut):
            await platform.cases(LIN)
        world.slowly = 0
        await platform.cases(LIN)


async def test_a_token_without_an_end_is_kept(session: aiohttp.ClientSession):
    """For some minutes; one of no life is used once."""
    for life, fetched in ((None, 1), (0, 2)):
        world = TokenDesk(life)
        async with desk(world.answer) as running:
            description = named_by(variant("desk"), TOKEN)
            platform = platform_at(running.address, description, session, token_secrets(running), lambda: NOW)
            for _ in range(2):
                await platform.cases(LIN)
        assert world.fetched == fetched


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def shown(authority: Authority, **files: Path) -> dict[str, str]:
    certificate, key = authority.issue("tongban")
    given = {"certificate": certificate, "key": key, "ca": authority.file} | files
    return {name: str(file) for name, file in given.items()}


async def test_a_certificate_of_ours_is_shown(session: aiohttp.ClientSession, authority: Authority):
    """To a server that takes no connection without one."""
    async with desk(lambda request, body: NOTHING, authority.server(ask=True)) as running:
        await ask(running, CERTIFICATE, session, shown(authority), trust=setting("ca"))
        with pytest.raises(Unreachable):
            await ask(running, NoAuthentication(kind="none"), session, shown(authority), trust=setting("ca"))
        assert len(running.asked) == 1


async def test_a_certificate_of_another_hand_is_refused(session: aiohttp.ClientSession, authority: Authority):
    """By the server, before it is asked anything."""
    other = Authority(authority.file.parent, "other")
    certificate, key = other.issue("stranger")
    async with desk(lambda request, body: NOTHING, authority.server(ask=True)) as running:
        secrets = shown(authority, certificate=certificate, key=key)
        with pytest.raises(Unreachable):
            await ask(running, CERTIFICATE, session, secrets, trust=setting("ca"))
        assert running.asked == []


async def test_a_server_that_nobody_vouches_for_is_not_asked(session: aiohttp.ClientSession, authority: Authority):
    """Without the authority in `trust`, and with an end that has passed."""
    expired = authority.server(timedelta(days=-1))
    for tls, other in ((authority.server(), {}), (expired, {"trust": setting("ca")})):
        async with desk(lambda request, body: NOTHING, tls) as running:
            with pytest.raises(Unreachable, match="Certificate"):
                await ask(running, NoAuthentication(kind="none"), session, shown(authority), **other)
            assert running.asked == []


async def test_files_that_cannot_be_used_stop_the_start(session: aiohttp.ClientSession, authority: Authority):
    """Named by their settings: missing, no PEM, the key of another, one under a password (nobody is asked for it)."""
    folder = authority.file.parent
    (folder / "text.pem").write_text("no certificate")
    _, locked = authority.issue("locked", password=b"p")
    _, other = authority.issue("other")
    bad = [{"certificate": folder / "none.pem"}, {"key": folder / "text.pem"}, {"key": locked}, {"key": other}]
    for files in bad:
        with pytest.raises(BadAccess, match=r"platform desk\.secrets: certificate, key: expected files"):
            platform_at("http://x", named_by(variant("desk"), CERTIFICATE), session, shown(authority, **files))
    for file in (folder / "none.pem", folder / "text.pem"):
        trusting = named_by(variant("desk"), CERTIFICATE, trust=setting("ca"))
        with pytest.raises(BadAccess, match=r"platform desk\.secrets: ca: expected a file"):
            platform_at("http://x", trusting, session, shown(authority, ca=file))
