"""The kit before a test system with switches: what it says when they do as they should, and when they only say so."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from app.kit import answers, switched
from app.kit.check import Check, Finding, Outcome
from app.kit.switches import Switches
from tests.contract.kit_world import Province, bench_of, described, findings, running

SPOILT = {"unknown-status": "unknown-word", "unknown-date": "bad-date"}
"""Positions of `error`, and the planted fault that each stands for."""

BODIES = {"garbage": b"\xff\xfe\x00\x80", "html": b"<html><br></html>", "truncated": b'{"cases": [{"num'}
STATUSES = {"http500": 500, "http503": 503, "http429": 429}
OFFERED = (None, *SPOILT, *BODIES, *STATUSES)


class Switched(Province):
    """A province with switches at /knobs. `plays`: by position of `error`, the one that it plays; those left out it ignores."""

    def __init__(self, plays: dict[Any, Any], is_obedient: bool = True) -> None:
        super().__init__()
        self.plays, self.is_obedient = plays, is_obedient
        self.knobs: dict[str, Any] = {"latency_ms": 0, "outage": False, "error": None}

    def app(self) -> web.Application:
        app = super().app()
        app.router.add_get("/knobs", self._see)
        app.router.add_post("/knobs", self._turn)
        return app

    async def _see(self, request: web.Request) -> web.Response:
        return web.json_response(self.knobs)

    async def _turn(self, request: web.Request) -> web.Response:
        wanted = await request.json()
        if wanted.pop("platform") != "example" or wanted.get("error") not in OFFERED:
            return web.json_response({}, status=400)
        self.knobs |= wanted
        return web.json_response(self.knobs)

    async def _answer(self, request: web.Request, noun: str, rows: list[dict[str, Any]]) -> web.Response:
        error = self.plays.get(self.knobs["error"])
        if self.is_obedient and self.knobs["outage"]:
            assert request.transport
            request.transport.abort()
        await asyncio.sleep(self.knobs["latency_ms"] / 1000 * self.is_obedient)
        if error in STATUSES:
            return web.Response(status=STATUSES[error])
        if error in BODIES:
            return web.Response(body=BODIES[error], content_type="application/json")
        return await super()._answer(request, noun, rows)

    async def _cases(self, request: web.Request) -> web.Response:
        self.faults = {SPOILT.get(self.plays.get(self.knobs["error"]), "")}
        return await super()._cases(request)

    async def _licences(self, request: web.Request) -> web.Response:
        spoilt = {"unknown-status": {"state": "considered"}, "unknown-date": {"issued": "2026年11月20日"}}
        changes = spoilt.get(self.plays.get(self.knobs["error"]), {})
        return await self._answer(request, "licences", [one | changes for one in self.licences])


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def told(province: Switched, folder: Path, session: aiohttp.ClientSession) -> dict[str, Finding]:
    """What the checks of switches find; afterwards the switches stand as before."""
    async with running(province):
        bench = bench_of(province, described(folder), session)
        bench.switches = Switches(session, province.address, "example")
        before = dict(province.knobs)
        found = await findings(bench, (*answers.CHECKS[:1], *switched.CHECKS))
        assert province.knobs == before
    return {check.name: found[check.name] for check in switched.CHECKS}


async def test_switches_that_do_as_they_say_pass(tmp_path: Path, session: aiohttp.ClientSession):
    """All of them, and each position that is offered is named."""
    found = await told(Switched({name: name for name in OFFERED}), tmp_path, session)
    assert {name: one.detail for name, one in found.items() if one.outcome is not Outcome.PASSED} == {}
    said = " ".join(one.detail for one in found.values())
    assert all(f"{name}: " in said for name in OFFERED if name) and "redirect" not in said
    assert found["switched-unknown-status"].detail == "unknown-status: DRIFTED"
    assert found["switched-date-form"].detail == "unknown-date: DRIFTED"


async def test_each_noun_is_asked_about_somebody_who_holds_it(tmp_path: Path, session: aiohttp.ClientSession):
    """The platform is not failed for rows that cannot be wrong, since there are none."""
    province = Switched({name: name for name in OFFERED})
    province.licences = []
    found = await told(province, tmp_path, session)
    assert found["switched-unknown-status"] == Finding(Outcome.PASSED, "unknown-status: DRIFTED")


LIES = {
    "switched-slow": "an answer within 5 s of a platform that waits 1000 ms",
    "switched-outage": "an answer of a platform that is switched off",
    "switched-error": "cases, http500: expected REFUSED, and it was read: 5 rows",
    "switched-malformed": "cases, garbage: expected DRIFTED, and it was read: 5 rows",
    "switched-unknown-status": "cases, unknown-status: expected DRIFTED, and it was read: 5 rows",
    "switched-date-form": "cases, unknown-date: expected DRIFTED, and it was read: 5 rows",
}


async def test_switches_that_do_nothing_fail_by_name(
    tmp_path: Path, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
):
    """Or a reading that takes anything for an answer would pass for one that does not."""
    monkeypatch.setattr(switched, "HASTE_S", 5)
    found = await told(Switched({}, is_obedient=False), tmp_path, session)
    assert {name: (one.outcome, one.detail) for name, one in found.items()} == {
        name: (Outcome.FAILED, detail) for name, detail in LIES.items()
    }


CONFUSED = {"http500": "garbage", "garbage": "http500", "unknown-status": "http429", "unknown-date": "http503"}


async def test_a_way_of_answering_badly_that_is_taken_for_another_fails(tmp_path: Path, session: aiohttp.ClientSession):
    """With both names: each wants something else of whoever runs the platform."""
    found = await told(Switched(CONFUSED), tmp_path, session)
    wrong = {name: one.detail for name, one in found.items() if one.outcome is Outcome.FAILED}
    assert wrong.keys() == LIES.keys() - {"switched-slow", "switched-outage"}
    assert "http500: expected REFUSED, got DRIFTED" in wrong["switched-error"]
    assert "garbage: expected DRIFTED, got REFUSED" in wrong["switched-malformed"]


async def test_switches_that_are_not_there_are_named(tmp_path: Path, session: aiohttp.ClientSession):
    """By each check that needs one."""
    async with running(Province()) as province:
        bench = bench_of(province, described(tmp_path), session)
        bench.switches = Switches(session, province.address, "example")
        checks: tuple[Check[Any], ...] = (*answers.CHECKS[:1], *switched.CHECKS)
        found = await findings(bench, checks)
    assert {found[name].outcome for name in LIES} == {Outcome.SKIPPED}
