"""Connected platforms in a simulated world, for the suite that all of them pass."""

import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from os import urandom
from typing import Any

import aiohttp

from app.simulation import Simulation
from domain.identity import Identity, identity
from domain.times import SECOND, Micros
from integrations.description import Description
from integrations.port import Drifted, Envelope, Platform, PlatformTrouble, Refused, ServerFailed, Unreachable
from integrations.registry import Access, connect, read_descriptions
from store.shared.memory import MemoryQuotas

DESCRIPTIONS = read_descriptions()
PUSHING = sorted(code for code, description in DESCRIPTIONS.items() if description.events)
POLLED = sorted(DESCRIPTIONS.keys() - set(PUSHING))

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
BOMB = f'<!DOCTYPE l [<!ENTITY l0 "lol">{LAUGHS}]><l>&l9;</l>'.encode()
FILE = b'<!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/hostname">]><l>&f;</l>'
EVENT_33 = '<s:shijian xmlns:s="{0}" bsh="e" sj="{1}"><s:dangshiren zjlx="111" zjhm="{2}"/></s:shijian>'

NO_DOCUMENT: Mapping[str, list[bytes]] = {
    "44": [b"", b"<xml/>", b"\xff\xfe", b"[" * 100_000, BOMB],
    "33": [b"", b"{}", b"\xff\xfe", b"<a>" * 100_000, b"<html><br></html>", BOMB, BOMB.decode().encode("utf-16"), FILE],
}
"""Bodies that are no event at all, for each platform that pushes."""

NO_EVENT: Mapping[str, list[bytes]] = {
    "44": [b"{}", b"[]", b"null", b"7", b'{"EVENT_ID": "e", "EVENT_TIME": "99991231"}', b'{"EVENT_ID": {}}'],
    "33": [
        b"<a/>",
        EVENT_33.format("urn:zjzw:shijian:1", "20261122093000", "11010519491231002X").encode(),
        EVENT_33.format("urn:zjzw:shijian:1", "2026-11-22", "11010519491231002X").encode(),
        EVENT_33.format("urn:zjzw:shijian:9", "20261122093000", "11010519491231002X").encode(),
    ],
}
"""Documents of the right kind that cannot be read as an event."""

MISBEHAVIOUR: Mapping[str, Mapping[str, tuple[type[PlatformTrouble], str]]] = {
    "44": {
        "http500": (ServerFailed, "HTTP 500"),
        "declined": (Refused, "code"),
        "garbage": (Drifted, "not JSON"),
        "html": (Drifted, "not JSON"),
        "drift": (Drifted, ""),
        "truncated": (Unreachable, ""),
    },
    "33": {
        "fault": (Refused, "SOAP fault Server"),
        "declined": (Refused, "@dm"),
        "namespace": (Drifted, "x:"),
        "bomb": (Drifted, "document type"),
        "external-entity": (Drifted, "document type"),
        "html": (Drifted, "not XML"),
        "garbage": (Drifted, "not XML"),
        "truncated": (Drifted, "not XML"),
        "http500": (ServerFailed, "HTTP 500"),
    },
    "31": {
        "errors-beside-data": (Drifted, "UPSTREAM beside data"),
        "errors-only": (Refused, "GraphQL error INTERNAL"),
        "data-null": (Drifted, "without data"),
        "html": (Drifted, "not JSON"),
        "garbage": (Drifted, "not JSON"),
        "http500": (ServerFailed, "HTTP 500"),
    },
}
"""What each way to answer badly is taken for, and a part of what the operator is told."""


def clock() -> Micros:
    return time.time_ns() // 1000


@dataclass(frozen=True)
class Connected:
    """A platform, the world that plays it, and the personas it knows."""

    platform: Platform
    world: Simulation
    personas: Mapping[str, Mapping[str, Any]]

    @property
    def code(self) -> str:
        return self.platform.code

    @property
    def description(self) -> Description:
        return DESCRIPTIONS[self.code]

    def identity(self, persona: str) -> Identity:
        who = self.personas[persona]
        return identity(who["identity_type"], who["identity_number"])

    async def told(self, persona: str) -> dict[str, Any]:
        """What the platform itself holds of a persona's cases, by number."""
        cases = await self.world.get(f"/cases?persona={persona}&platform={self.code}")
        return {case["case"]: case for case in cases}

    async def turn(self, **knobs: Any) -> None:
        await self.world.post("/knobs", platform=self.code, **knobs)

    async def event(self, persona: str) -> tuple[bytes, str, str]:
        """Moves a case of a persona on; the event's body, its case and its id."""
        for number, case in (await self.told(persona)).items():
            if case["stage"] != "completion":
                moved = await self.world.post("/advance", platform=self.code, case=number)
                listed = await self.world.get(f"/events?platform={self.code}")
                event = next(event for event in listed if event["event_id"] == moved["events"][0])
                return event["body"].encode(), event["case"], event["event_id"]
        raise AssertionError(f"nothing of {persona} can be moved")

    def signed(self, body: bytes, at: Micros, secret: str | None = None) -> Envelope:
        form = self.description.events
        assert form
        key, stated = secret or secret_of(self.world, self.code), str(at // SECOND)
        made = hmac.new(key.encode(), stated.encode() + b"." + body, "sha256").hexdigest()
        headers = {form.signature.time_header.lower(): stated, form.signature.signature_header.lower(): made}
        return Envelope(headers, body, clock())

    def again(self, session: aiohttp.ClientSession, secret: str = "", **limits: Any) -> Platform:
        """Another connection to the same platform: with other limits, and with one secret for all if it is given."""
        limited = self.description.limits.model_copy(update=limits)
        described = {self.code: self.description.model_copy(update={"limits": limited})}
        access = {self.code: access_to(self.world, self.code, secret)}
        return connect(described, access, session, clock, urandom, MemoryQuotas()).connected[self.code]


def secret_of(world: Simulation, code: str) -> str:
    """With which the platform signs its events."""
    facts: Any = world.facts
    return str(facts["platforms"][code]["event_secret"])


def access_to(world: Simulation, code: str, secret: str = "") -> Access:
    facts: Any = world.facts
    given = facts["platforms"][code]
    secrets = {name: secret or right for name, right in given["secrets"].items()}
    return Access(given["address"], secrets, ["old", given["event_secret"]] if code in PUSHING else [])


async def connected_to(world: Simulation, code: str) -> Connected:
    registry = connect(DESCRIPTIONS, {code: access_to(world, code)}, world.session, clock, urandom, MemoryQuotas())
    personas = {persona["name"]: persona for persona in await world.get(f"/personas?platform={code}")}
    return Connected(registry.connected[code], world, personas)
