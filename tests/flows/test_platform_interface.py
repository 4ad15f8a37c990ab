"""A platform that speaks our own interface, connected by twenty lines: asked, heard of by a signed CloudEvent, and pushed on."""

import base64
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from app.phone import Phone
from app.platform import EXAMPLES
from simulator.personas import PERSONAS
from tests.flows.outside import home, inbox_of, nodes, pushes, register
from tests.live import Live

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = Ed25519PrivateKey.generate()
PUBLIC = base64.b64encode(KEY.public_key().public_bytes_raw()).decode()
LIN = {"type": "111", "number": PERSONAS["lin"].holder.number}
RECEIVED = {"row": "1", "kind": "received", "at": "2026-11-20T09:12:00+08:00"}
VISIT = {"row": "2", "kind": "visit-demanded", "detail": "请于明日上午等候"}
CASE = {"number": "SZ-1", "title": "小餐饮登记"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def county() -> AsyncIterator[str]:
    """The address of a platform that holds one case of one person."""

    async def token(request: web.Request) -> web.Response:
        return web.json_response({"access_token": "t", "token_type": "Bearer", "expires_in": 600})

    async def cases(request: web.Request) -> web.Response:
        hers = (await request.json())["identity"] == LIN
        return web.json_response({"cases": [CASE | {"events": [RECEIVED]}] if hers else []})

    async def licences(request: web.Request) -> web.Response:
        return web.json_response({"licences": []})

    app = web.Application()
    app.router.add_post("/token", token)
    app.router.add_post("/v1/cases/query", cases)
    app.router.add_post("/v1/licences/query", licences)
    runner = web.AppRunner(app)
    await runner.setup()
    await (site := web.TCPSite(runner, "127.0.0.1", 0)).start()
    yield f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[union-attr]
    await runner.cleanup()


@pytest.fixture(scope="module")
def settings(county: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Connected to it by an operator's own description."""
    described = tmp_path_factory.mktemp("native") / "descriptions" / "example" / "platform.toml"
    described.parent.mkdir(parents=True)
    described.write_text((EXAMPLES / "native.toml").read_text("utf-8"), "utf-8")
    access = {
        "ADDRESS": county,
        "SECRETS__TOKEN_ADDRESS": f"{county}/token",
        "SECRETS__CLIENT_ID": "us",
        "SECRETS__CLIENT_SECRET": "ours",
        "EVENT_SECRETS": f"k1:{PUBLIC}",
    }
    named = {f"TONGBAN_PLATFORMS__EXAMPLE__{name}": value for name, value in access.items()}
    return {"TONGBAN_DESCRIPTIONS": str(described.parents[1]), **named}


async def push(live: Live, event: dict[str, Any], key: Ed25519PrivateKey = KEY) -> int:
    """Posts a signed event; the status."""
    url, body = f"{live.service.url}/platforms/example/events", json.dumps(event).encode()
    message = SimpleNamespace(method="POST", url=url, headers={"Content-Type": "application/cloudevents+json"})
    signer = HTTPMessageSigner(
        signature_algorithm=ED25519, key_resolver=MappingKeyResolver(public_keys={}, private_keys={"k1": key})
    )
    covered = ("@method", "@authority", "@path", "content-type")
    signer.sign(message, key_id="k1", tag="tongban-event", covered_component_ids=covered, body=body)
    async with live.world.session.post(url, data=body, headers=message.headers) as answer:
        return answer.status


async def standing(phone: Phone, freshness: str) -> list[tuple[str, str]]:
    """Of her cases at this platform: stage and next action."""
    cases = nodes((await home(phone, freshness))["cases"])
    return [(case["stage"], case["nextAction"]) for case in cases if case["item"]["name"] == CASE["title"]]


async def test_a_case_is_listed_moved_by_an_event_and_pushed(live: Live) -> None:
    """Everything that a described platform does, without a line that maps anything."""
    phone = await live.phone("lin")
    await register(phone, "native-phone")
    assert await standing(phone, "LIVE") == [("RECEPTION", "WAIT")]
    now = datetime.now(UTC).isoformat()
    event = {
        "specversion": "1.0", "id": "e-1", "source": "urn:example", "type": "tongban.changed.v1", "time": now,
        "data": {"identity": LIN, "cases": [CASE | {"events": [VISIT | {"at": now}]}]},
    }  # fmt: skip
    assert await push(live, event, Ed25519PrivateKey.generate()) == 401
    assert [await push(live, event), await push(live, event)] == [202, 202]
    assert await push(live, event | {"source": "urn:other"}) == 409
    assert len(await pushes(live, "native-phone")) == 1
    assert len((await inbox_of(phone, 1))["edges"]) == 1
    assert await standing(phone, "KNOWN") == [("APPROVAL", "VISIT")]
