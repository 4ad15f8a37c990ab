"""Readiness: one answer, in time, whatever the checks do."""

import asyncio
import json

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from api import health
from tests.unit.api.asgi import get


async def well() -> None:
    """Nothing is wrong."""


async def silent() -> None:
    await asyncio.Event().wait()


async def test_a_check_that_does_not_end_has_failed(monkeypatch: pytest.MonkeyPatch):
    """A database that is silent must not keep the one who asks waiting."""
    monkeypatch.setattr(health, "LONGEST_CHECK_S", 0.05)
    ready = health.Ready({"database": silent, "other": well}, {})
    status, _, body = await asyncio.wait_for(get(Starlette(routes=[Route("/ready", ready.answer)]), "/ready"), 5)
    assert (status, json.loads(body)["checks"]) == (503, {"database": False, "other": True})


async def test_figures_do_not_wait_for_one_that_cannot_be_counted(monkeypatch: pytest.MonkeyPatch):
    """The others say what is wrong: they are there when the database is silent, and when it refuses."""

    async def refused() -> None:
        raise ConnectionError

    monkeypatch.setattr(health, "LONGEST_CHECK_S", 0.05)
    for count in (silent, refused):
        app = Starlette(routes=[Route("/metrics", health.Figures(count).answer)])
        status, _, body = await asyncio.wait_for(get(app, "/metrics"), 5)
        assert (status, b"python_info" in body) == (200, True)


async def test_what_is_only_looked_at_takes_nobody_out_of_service():
    """It is named; were it a reason, every process would go at once, and each of them still serves."""

    async def broken() -> None:
        raise ConnectionError

    ready = health.Ready({"database": well}, {"redis": broken})
    status, _, body = await get(Starlette(routes=[Route("/ready", ready.answer)]), "/ready")
    assert (status, json.loads(body)) == (200, {"status": "ready", "checks": {"database": True, "redis": False}})
