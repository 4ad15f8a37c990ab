"""Whose pages may read what /graphql answers."""

from typing import Any

import pytest

from tests.unit.api.asgi import ask, client
from tests.unit.api.test_app import edge

OURS, OTHER = "https://app.example", "https://evil.example"
PREFLIGHT = {"access_control_request_method": "POST", "access_control_request_headers": "authorization"}
QUERY = "/graphql"


class Pages:
    """Stands for the clients: one of them has pages at OURS."""

    async def has_page_at(self, origin: str) -> bool:
        return origin == OURS


async def told(method: str, origin: str, path: str = QUERY, **headers: str) -> tuple[int, dict[str, Any]]:
    status, answered, _ = await ask(edge(clients=Pages()), method, path, client(), origin=origin, **headers)
    return status, answered


async def test_a_page_of_a_client_may_ask():
    """The browser learns which methods and headers, and need not ask again for a while."""
    status, headers = await told("OPTIONS", OURS, **PREFLIGHT)
    assert (status, headers["access-control-allow-origin"]) == (204, OURS)
    assert headers["access-control-allow-methods"] == "GET, POST"
    assert {"authorization", "content-type"} <= set(headers["access-control-allow-headers"].split(", "))
    assert "access-control-allow-credentials" not in headers
    assert "Origin" in headers["vary"]


@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "DELETE"])
async def test_a_page_of_a_client_may_read(method: str):
    """Refusals too: else its developers would only see that something failed."""
    status, headers = await told(method, OURS)
    assert status != 500
    assert headers["access-control-allow-origin"] == OURS
    assert "x-request-id" in headers["access-control-expose-headers"]


@pytest.mark.parametrize(
    "origin", ["", "null", OTHER, f"{OURS}.evil.example", OURS.upper(), "https://app.example:8443", "*"]
)
@pytest.mark.parametrize("preflight", [{}, PREFLIGHT])
async def test_no_other_page_may(origin: str, preflight: dict[str, str]):
    for method in ("GET", "POST", "OPTIONS"):
        _, headers = await told(method, origin, **preflight)
        assert not [name for name in headers if name.startswith("access-control-")]


async def test_only_what_the_door_answers_may_be_read():
    _, headers = await told("GET", OURS, "/health/live")
    assert "access-control-allow-origin" not in headers
