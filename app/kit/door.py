"""Tongban's door for the time of the checks: a listener to which the platform's test system pushes its events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from domain.times import Micros
from integrations.port import (
    Envelope,
    EventRefused,
    NotParsable,
    Platform,
    PlatformEvent,
    SignatureExpired,
    SignatureWrong,
)

LARGEST_EVENT = 256 * 1024
STATUS: dict[type[EventRefused], tuple[int, str]] = {
    NotParsable: (400, "not-parsable"),
    SignatureWrong: (401, "signature-wrong"),
    SignatureExpired: (401, "signature-expired"),
}
"""How the door answers what it does not take: as docs/platform-interface/events.md says."""

LATER = 503


@dataclass(frozen=True)
class Delivery:
    """One request at the door: what came, what it was read as, or why it was refused, and the status of the answer."""

    envelope: Envelope
    event: PlatformEvent | None
    refused: EventRefused | None
    status: int


@dataclass
class Door:
    """An open door. The first delivery is answered 503, so that it is seen whether the platform comes again."""

    platform: Platform
    clock: Callable[[], Micros]
    patience_s: float
    deliveries: list[Delivery] = field(default_factory=list)
    address: str = ""
    _rang: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers |= {":method": request.method, ":path": request.path}
        delivery = self._taken(Envelope(headers, body, self.clock()))
        self.deliveries.append(delivery)
        self._rang.set()
        return web.json_response({"receipt": "checked"}, status=delivery.status)

    def _taken(self, envelope: Envelope) -> Delivery:
        try:
            event = self.platform.open_event(envelope)
        except EventRefused as refused:
            return Delivery(envelope, None, refused, STATUS[type(refused)][0])
        return Delivery(envelope, event, None, 202 if self.taken() else LATER)

    def taken(self) -> list[Delivery]:
        """Deliveries that could be believed."""
        return [delivery for delivery in self.deliveries if delivery.event]

    async def until(self, there: Callable[[], bool]) -> bool:
        """Waits until something is there; False if patience ended first."""
        try:
            async with asyncio.timeout(self.patience_s):
                while not there():
                    self._rang.clear()
                    await self._rang.wait()
        except TimeoutError:
            return there()
        return True


@asynccontextmanager
async def open_door(
    platform: Platform, clock: Callable[[], Micros], host: str, port: int, patience_s: float
) -> AsyncIterator[Door]:
    """Listens until the block ends. Raises OSError if the port is taken."""
    door = Door(platform, clock, patience_s)
    app = web.Application(client_max_size=LARGEST_EVENT)
    path = f"/platforms/{platform.code}/events"
    app.router.add_post(path, door.serve)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        door.address = f"http://{host}:{runner.addresses[0][1]}{path}"
        yield door
    finally:
        await runner.cleanup()
