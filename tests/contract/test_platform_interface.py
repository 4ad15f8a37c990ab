"""Our own interface: its pages are what they claim to be, and a platform that keeps to them is connected by twenty lines."""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import pytest
import yaml
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519, HMAC_SHA256
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from app.platform import EXAMPLES
from domain.event import EventKind
from domain.identity import Identity, IdentityType
from domain.licence import LicenceState
from domain.times import SECOND, micros
from integrations.description import BadDescription, read_description
from integrations.message_signature import TAG
from integrations.port import Envelope, Numbered, Platform, SignatureExpired, SignatureWrong
from integrations.registry import Access, BadAccess, connect
from store.shared.memory import MemoryQuotas

PAGES = Path(__file__).parents[2] / "docs" / "platform-interface"
OPENAPI: dict[str, Any] = yaml.safe_load((PAGES / "openapi.yaml").read_text("utf-8"))
SCHEMAS = OPENAPI["components"]["schemas"]
PERSON = Identity(IdentityType.RESIDENT, "990000199001010017")
SIGNED_AT = micros(datetime(2026, 11, 24, 8, 20, 3, tzinfo=UTC))
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = "example-1:A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="
SECRETS = {"client_id": "us", "client_secret": "ours"}


def fits(schema: str, document: Any) -> None:
    """Raises if a document is not of a schema of the interface."""
    Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", **OPENAPI}, format_checker=Draft202012Validator.FORMAT_CHECKER
    ).validate(document)


def example(name: str) -> Any:
    return json.loads((PAGES / "examples" / f"{name}.json").read_text("utf-8"))


def test_the_document_is_openapi():
    """Of version 3.1, with nothing dangling."""
    validate(OPENAPI)


@pytest.mark.parametrize(
    ("name", "schema"), [("query", "Query"), ("cases", "CasePage"), ("licences", "LicencePage"), ("event", "Event")]
)
def test_every_example_is_of_its_schema(name: str, schema: str):
    """Whoever copies it begins right."""
    fits(schema, example(name))


def test_the_words_are_ours():
    """All of them, and in our order."""
    assert SCHEMAS["Happening"]["properties"]["kind"]["enum"] == [kind.value for kind in EventKind]
    assert SCHEMAS["Licence"]["properties"]["state"]["enum"] == [state.value for state in LicenceState]
    assert SCHEMAS["Identity"]["properties"]["type"]["enum"] == [kind.value for kind in IdentityType]


class Province:
    """A platform that keeps to the interface: two pages of cases, one of licences, and a token endpoint."""

    def __init__(self) -> None:
        self.questions: list[Any] = []
        self.app = web.Application()
        self.app.router.add_post("/oauth2/token", self._token)
        self.app.router.add_post("/v1/cases/query", self._cases)
        self.app.router.add_post("/v1/licences/query", self._licences)

    async def _token(self, request: web.Request) -> web.Response:
        assert (await request.post())["grant_type"] == "client_credentials"
        return web.json_response({"access_token": "t", "token_type": "Bearer", "expires_in": 60})

    async def _asked(self, request: web.Request) -> Any:
        assert request.headers["authorization"] == "Bearer t"
        question = await request.json()
        fits("Query", question)
        self.questions.append(question)
        return question

    async def _cases(self, request: web.Request) -> web.Response:
        first = example("cases")
        if (await self._asked(request))["page"].get("after") == "2":
            first["cases"][0]["number"] = "SZ-2026-000124"
            page = {"next": None}
        else:
            page = {"next": "2"}
        fits("CasePage", answer := first | {"page": page})
        return web.json_response(answer)

    async def _licences(self, request: web.Request) -> web.Response:
        await self._asked(request)
        return web.json_response(example("licences"))


def described(folder: Path, more: str = "", old: str = "", new: str = "") -> Path:
    file = folder / "example" / "platform.toml"
    file.parent.mkdir()
    file.write_text((EXAMPLES / "native.toml").read_text("utf-8").replace(old, new) + more, "utf-8")
    return file


def connected(file: Path, address: str, session: Any, *keys: str) -> Platform:
    access = Access(address, SECRETS | {"token_address": f"{address}/oauth2/token"}, keys or [PUBLIC])
    description = read_description(file)
    return connect(
        {"example": description}, {"example": access}, session, lambda: SIGNED_AT, bytes, MemoryQuotas()
    ).connected["example"]


@pytest.fixture
async def province(tmp_path: Path) -> AsyncIterator[tuple[Province, Platform]]:
    province = Province()
    runner = web.AppRunner(province.app)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    address = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    async with aiohttp.ClientSession() as session:
        yield province, connected(described(tmp_path), address, session)
    await runner.cleanup()


async def test_a_platform_is_asked_as_the_document_says(province: tuple[Province, Platform]):
    """Page by page, and everything that it says is kept."""
    simulated, platform = province
    answer = await platform.cases(PERSON)
    assert ([one.facts.number for one in answer.observations], answer.truncated) == (
        ["SZ-2026-000123", "SZ-2026-000124"],
        False,
    )
    facts, events = answer.observations[0].facts, answer.observations[0].events
    assert (facts.title, facts.basic_code, facts.promised) == ("食品经营许可", "440125001000", date(2026, 12, 4))
    assert [event.kind for event in events] == [EventKind.RECEIVED, EventKind.ACCEPTED, EventKind.VISIT_DEMANDED]
    (licence,) = (await platform.licences(PERSON)).observations
    assert (licence.licence.number, licence.licence.state) == ("JY14403000000001", LicenceState.VALID)
    assert [question["page"].get("after") for question in simulated.questions] == [None, "2", None]


def sample() -> Envelope:
    """The event of the worked example, to the byte."""
    head, _, body = (PAGES / "examples" / "event.http").read_bytes().partition(b"\r\n\r\n")
    request, *lines = head.decode("ascii").split("\r\n")
    method, path, _ = request.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert len(body) == int(headers["content-length"])
    return Envelope({**headers, ":method": method, ":path": path}, body, SIGNED_AT)


def resigned(
    envelope: Envelope, body: bytes, *covered: str, how: Any = ED25519, key: Any = PRIVATE, tag: str = TAG
) -> Any:
    """An envelope with another body or another signature over it."""

    headers = {name: value for name, value in envelope.headers.items() if name in ("host", "content-type")}
    message = SimpleNamespace(method="POST", url="https://tongban.example/platforms/example/events", headers=headers)
    signer = HTTPMessageSigner(
        signature_algorithm=how, key_resolver=MappingKeyResolver(public_keys={}, private_keys={"example-1": key})
    )
    at = datetime.fromtimestamp(SIGNED_AT // SECOND, UTC)
    signer.sign(message, key_id="example-1", created=at, tag=tag, covered_component_ids=covered, body=body)
    made: Mapping[str, str] = {name.lower(): value for name, value in message.headers.items()}
    return Envelope({**made, ":method": "POST", ":path": "/platforms/example/events"}, body, SIGNED_AT)


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return connected(described(tmp_path), "http://nowhere", None)


def test_the_worked_example_is_believed_and_read(platform: Platform):
    """Signature, digest and body as they stand on the page."""
    envelope = sample()
    fits("Event", json.loads(envelope.body))
    event = platform.open_event(envelope)
    assert (event.event_id, event.problem, event.identity) == ("e-000457", "", PERSON)
    assert event.numbered == Numbered(457)
    assert [(one.facts.number, one.events[0].kind) for one in event.cases] == [("SZ-2026-000123", EventKind.GRANTED)]


def test_an_event_need_not_be_numbered(platform: Platform):
    """As none was before 1.1."""
    envelope = sample()
    body = json.dumps({name: value for name, value in json.loads(envelope.body).items() if name != "sequence"}).encode()
    fits("Event", json.loads(body))
    event = platform.open_event(resigned(envelope, body, "@method", "content-type"))
    assert (event.problem, event.numbered) == ("", None)


def test_more_may_be_signed(platform: Platform):
    """Then it is bound to our door."""
    envelope = sample()
    bound = resigned(envelope, envelope.body, "@method", "@authority", "@path", "content-type")
    assert platform.open_event(bound).event_id == "e-000457"
    moved = Envelope({**bound.headers, ":path": "/platforms/other/events"}, bound.body, SIGNED_AT)
    with pytest.raises(SignatureWrong):
        platform.open_event(moved)


def test_the_other_live_key_is_believed(tmp_path: Path):
    """While one replaces the other."""
    file = described(tmp_path)
    other = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    assert connected(file, "http://nowhere", None, f"new:{other}", PUBLIC).open_event(sample()).event_id == "e-000457"
    with pytest.raises(SignatureWrong):
        connected(file, "http://nowhere", None, f"example-1:{other}").open_event(sample())


WRONG = {
    "another body": lambda one: Envelope(one.headers, one.body.replace(b"e-000457", b"e-000458"), SIGNED_AT),
    "another digest": lambda one: Envelope({**one.headers, "content-digest": "sha-256=:AA==:"}, one.body, SIGNED_AT),
    "another method": lambda one: Envelope({**one.headers, ":method": "PUT"}, one.body, SIGNED_AT),
    "another content type": lambda one: Envelope({**one.headers, "content-type": "text/plain"}, one.body, SIGNED_AT),
    "no signature": lambda one: Envelope({"content-type": "application/json"}, one.body, SIGNED_AT),
    "a broken header": lambda one: Envelope({**one.headers, "signature-input": 'sig=("@'}, one.body, SIGNED_AT),
    "no method covered": lambda one: resigned(one, one.body, "content-type"),
    "no content type covered": lambda one: resigned(one, one.body, "@method"),
    "another tag": lambda one: resigned(one, one.body, "@method", "content-type", tag="other"),
    "another algorithm": lambda one: resigned(
        one, one.body, "@method", "content-type", how=HMAC_SHA256, key=PRIVATE.public_key().public_bytes_raw()
    ),
}


@pytest.mark.parametrize("how", WRONG)
def test_nothing_else_is_believed(platform: Platform, how: str):
    """Whatever a stranger, or a careless gateway, makes of it."""
    with pytest.raises(SignatureWrong):
        platform.open_event(WRONG[how](sample()))


@pytest.mark.parametrize("off", [-301, 301])
def test_an_old_signature_has_expired(platform: Platform, off: int):
    """The platform signs again and resends."""
    with pytest.raises(SignatureExpired):
        platform.open_event(Envelope(sample().headers, sample().body, SIGNED_AT + off * SECOND))


@pytest.mark.parametrize("key", ["", "k", "k:", ":" + PUBLIC.partition(":")[2], "k:AAAA", "k:not base64"])
def test_a_key_that_is_none_is_refused_at_start(tmp_path: Path, key: str):
    """And not at the first event."""
    with pytest.raises(BadAccess, match="event_secrets: expected id:key"):
        connected(described(tmp_path), "http://nowhere", None, key)


def test_two_keys_with_one_id_are_refused_at_start(tmp_path: Path):
    """A signature names its key by id: whatever the first one signed would be refused without a word."""
    other = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    with pytest.raises(BadAccess, match="event_secrets: expected key ids that differ"):
        connected(described(tmp_path), "http://nowhere", None, PUBLIC, f"example-1:{other}")


def test_the_interface_fixes_what_others_describe(tmp_path: Path):
    """A description that says it too could say something else."""
    file = described(tmp_path, '\n[cases.facts]\nnumber = "n"\ntitle = "t"\n')
    with pytest.raises(BadDescription) as caught:
        read_description(file)
    assert caught.value.errors == [f"{file}: expected no cases: the native dialect fixes them"]


def test_one_that_pushes_nothing_is_polled(tmp_path: Path):
    """It says so by poll_s, and has no events."""
    description = read_description(described(tmp_path, old="# poll_s", new="poll_s"))
    assert (description.events, description.limits.poll_s) == (None, 600)


def test_one_may_be_polled_and_push(tmp_path: Path):
    """An empty [events] says so: else a lost event would be missed until its citizen asks."""
    description = read_description(file := described(tmp_path, "\n[events]\n", "# poll_s", "poll_s"))
    assert description.events and description.limits.poll_s == 600
    platform = connected(file, "http://nowhere", None)
    assert (platform.poll_every, platform.open_event(sample()).event_id) == (600 * SECOND, "e-000457")


def test_what_events_say_is_fixed_too(tmp_path: Path):
    """An [events] that is not empty could say something else."""
    with pytest.raises(BadDescription, match="expected no events: the native dialect fixes them"):
        read_description(described(tmp_path, '\n[events]\nid = "n"\n', "# poll_s", "poll_s"))
