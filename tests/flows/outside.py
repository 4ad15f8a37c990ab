"""What flow tests do to a whole service and see of it, over HTTP and, where nobody else can look, in its database and log."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.phone import Phone
from mobile_contract.contract import operation
from simulator.identifiers import resident_identity
from tests.live import Live, eventually


def only(*shapes: str, because: str) -> pytest.MarkDecorator:
    """For a test whose claim the other shapes cannot show, or that none but these can break; `because` says why."""
    assert because
    return pytest.mark.parametrize("shape", shapes, indirect=True, scope="module")


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; `json` is None if its body is not JSON."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    @property
    def codes(self) -> list[str]:
        """The codes of the GraphQL errors in it."""
        return [error["extensions"]["code"] for error in self.json.get("errors", [])]


async def send(live: Live, method: str, path: str, data: Any = None, **headers: str) -> Reply:
    """Any request; header names with underscores for dashes."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    url = live.service.url + path
    async with live.world.session.request(method, url, data=data, headers=named, allow_redirects=False) as answer:
        return Reply(answer.status, answer.headers, await answer.text())


async def ask(live: Live, query: str, variables: Any = None, bearer: str = "", **headers: str) -> Reply:
    """A GraphQL request, with a token if one is given."""
    if bearer:
        headers["authorization"] = f"Bearer {bearer}"
    body = json.dumps({"query": query, "variables": variables})
    return await send(live, "POST", "/graphql", body, **{"content_type": "application/json", **headers})


async def asked(phone: Phone, query: str, deadline_ms: int = 10_000, **variables: Any) -> dict[str, Any]:
    """A document of the test's own, sent by a phone: the whole answer."""
    headers = {"authorization": f"Bearer {phone.bearer}", "tongban-deadline-ms": str(deadline_ms)}
    body = {"query": query, "variables": variables}
    async with phone.session.post(f"{phone.service}/graphql", json=body, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        told: dict[str, Any] = await answer.json()
        return told


async def home(phone: Phone, freshness: str = "LIVE", **more: Any) -> dict[str, Any]:
    """The first screen, which must be answered without errors."""
    answer = await phone.run("Home", freshness=freshness, **more)
    assert "errors" not in answer, answer
    viewer: dict[str, Any] = answer["data"]["viewer"]
    return viewer


async def case_of(phone: Phone, case_id: str) -> dict[str, Any]:
    """One case, opened."""
    case: dict[str, Any] = (await phone.run("CaseDetail", id=case_id))["data"]["case"]
    return case


def nodes(connection: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [edge["node"] for edge in connection["edges"]]


async def register(phone: Phone, token: str) -> str:
    """Has a phone told of changes; the device's id."""
    payload = (await phone.run("RegisterDevice", input={"channel": "FCM", "token": token}))["data"]["registerDevice"]
    assert payload["errors"] == [], payload
    return str(payload["id"])


async def pushes(live: Live, token: str, count: int = 1, seconds: float = 10) -> list[dict[str, Any]]:
    """The FCM messages at a phone once there are `count`; each under "message", with the time it came "at"."""
    messages: list[dict[str, Any]] = await eventually(
        lambda: live.world.get(f"/phones/{token}"), lambda seen: len(seen) >= count, seconds
    )
    return messages


async def inbox_of(phone: Phone, count: int) -> dict[str, Any]:
    """The inbox once it holds `count` items."""

    async def look() -> dict[str, Any]:
        found: dict[str, Any] = (await home(phone, "KNOWN", first=100))["notifications"]
        return found

    return await eventually(look, lambda seen: len(seen["edges"]) >= count)


async def questions(live: Live, noun: str = "cases") -> int:
    """How often the platform was asked."""
    return int((await live.world.get("/questions"))["paths"].get(f"/exchange/{noun}/query", 0))


async def figure(live: Live, name: str, **labels: str) -> float:
    """A figure of /metrics; 0 while there is none."""
    text = (await send(live, "GET", "/metrics")).text
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())


async def reset(live: Live) -> None:
    """The world as at the start. The platform's story begins again, so its clock is then behind: not for events."""
    await live.world.post("/reset")


async def calm(live: Live) -> None:
    """Platform, provider and FCM without trouble. What happened has happened."""
    await live.world.post("/knobs", latency_ms=0, late_answers_ms=0, error=None, outage=False, push=True)
    await live.world.post("/knobs", duplicate_events=0, reorder_events=0, lose_events=0, corrupt_signature=False)
    await live.world.send_events_to(live.service.url)
    await live.world.post("/oidc", outage=False)
    await live.world.post("/fcm", answer=None, token_delay_s=0, token_error=None)


async def somebody(live: Live, number: int) -> Phone:
    """The phone of a person of whom the platform knows nothing, another one for each number."""
    return await live.phone("new", **stranger(number))


def stranger(number: int) -> dict[str, str]:
    """Claims of an invented person."""
    identity = resident_identity("440106", "19900101", f"{number:03}")
    return {"sub": f"stranger-{number}", "name": f"生人{number}", "identity_number": identity}


async def sql(live: Live, statement: str) -> list[tuple[Any, ...]]:
    """Reaches into the service's database behind its back."""
    if live.database.startswith("sqlite"):
        with sqlite3.connect(live.database.removeprefix("sqlite://"), timeout=5) as file:
            return list(file.execute(statement).fetchall())
    connection = await asyncpg.connect(live.database)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def document(name: str) -> str:
    """The text of an operation of the contract."""
    return operation(name)
