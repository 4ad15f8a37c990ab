"""The hand of platform 44 in tests: events as it would send them, and some as nobody should."""

import hmac
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from tests.flows.outside import Reply, send
from tests.live import Live

DOOR = "/platforms/44/events"


async def made(live: Live, case: str, to: str) -> bytes:
    """The body of the event of a step that the platform took and did not push."""
    await live.world.post("/knobs", push=False)
    (event_id,) = (await live.world.post("/advance", case=case, to=to))["events"]
    await live.world.post("/knobs", push=True)
    log = await live.world.get("/events")
    return str(next(event["body"] for event in log if event["event_id"] == event_id)).encode()


def signed(live: Live, body: bytes, secret: str = "", at: int | None = None) -> dict[str, str]:
    """The headers of an event, signed now unless told otherwise."""
    stamp = str(int(time.time()) if at is None else at)
    key = (secret or live.world.facts["event_secret"]).encode()
    sign = hmac.new(key, stamp.encode() + b"." + body, "sha256").hexdigest()
    return {"x_event_time": stamp, "x_event_sign": sign, "content_type": "application/json; charset=utf-8"}


async def deliver(live: Live, body: bytes, secret: str = "", at: int | None = None) -> Reply:
    """Sends an event with a signature of its own."""
    return await send(live, "POST", DOOR, body, **signed(live, body, secret, at))


def receipt(reply: Reply) -> tuple[int, str]:
    """Status, and the receipt or the last word of the problem's type."""
    problem = reply.status >= 400
    kind = "application/problem+json" if problem else "application/json"
    assert reply.headers["content-type"].startswith(kind)
    return reply.status, reply.json["type"].removeprefix("urn:tongban:problem:") if problem else reply.json["receipt"]


async def in_pieces(body: bytes) -> AsyncIterator[bytes]:
    """A body whose length is not said beforehand."""
    for start in range(0, len(body), 65536):
        yield body[start : start + 65536]


def altered(body: bytes, **changes: Any) -> bytes:
    """The same event saying other things; None takes a field away."""
    event = json.loads(body) | changes
    return json.dumps({name: value for name, value in event.items() if value is not None}).encode()
