"""Control over the platforms: their cases, knobs and events. Every route takes a platform's code; without one it means 44."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulator.control.asked import BadRequestError, ConflictError, UnknownError, read, read_any, required
from simulator.personas import PERSONAS, Persona
from simulator.platform import ImpossibleError, Platform
from simulator.platform44 import CODE
from simulator.pusher import Pusher

_KNOBS: dict[str, type | tuple[Any, ...]] = {
    "latency_ms": int, "late_answers_ms": int, "outage": bool, "push": bool, "duplicate_events": int,
    "reorder_events": int, "lose_events": int, "corrupt_signature": bool, "events_to": (str, None),
}  # fmt: skip


class PlatformControl:
    """The routes about the platforms."""

    def __init__(self, platforms: Mapping[str, Platform]) -> None:
        self._platforms = platforms

    def routes(self) -> list[web.RouteDef]:
        """Method, path and handler of each."""
        return [
            web.get("/personas", self._personas),
            web.get("/cases", self._cases),
            web.post("/advance", self._advance),
            web.get("/knobs", self._knobs),
            web.post("/knobs", self._turn),
            web.get("/questions", self._questions),
            web.get("/events", self._events),
            web.post("/events/{id}/resend", self._resend),
        ]

    async def _personas(self, request: web.Request) -> web.Response:
        platform = self._asked(request)
        return web.json_response([_persona(persona, platform) for persona in PERSONAS.values()])

    async def _cases(self, request: web.Request) -> web.Response:
        name = request.query.get("persona", "")
        if name not in PERSONAS:
            raise BadRequestError(f"persona: expected one of {', '.join(PERSONAS)}")
        standings = self._asked(request).standings(PERSONAS[name].holder)
        return web.json_response([vars(standing) for standing in standings])

    async def _advance(self, request: web.Request) -> web.Response:
        platform = await self._told(request)
        body = await read(request, platform=str, case=str, to=(*platform.steps, None))
        number = required(body, "case")
        try:
            step, events = platform.advance(number, body.get("to"))
        except KeyError:
            raise UnknownError(f"there is no case {number}") from None
        except ImpossibleError as impossible:
            raise ConflictError(str(impossible)) from None
        return web.json_response({"case": number, "to": step, "events": [event.event_id for event in events]})

    async def _knobs(self, request: web.Request) -> web.Response:
        return web.json_response(vars(self._asked(request).knobs))

    async def _turn(self, request: web.Request) -> web.Response:
        platform = await self._told(request)
        expected = {name: (*platform.error_names(), None) if name == "error" else _KNOBS[name]
                    for name in platform.knob_names()}  # fmt: skip
        turned = await read(request, platform=str, **expected)
        turned.pop("platform", None)
        await platform.turn(**turned)
        return web.json_response(vars(platform.knobs))

    async def _questions(self, request: web.Request) -> web.Response:
        traffic = self._asked(request).traffic
        return web.json_response({"paths": traffic.asked, "in_flight": traffic.in_flight})

    async def _events(self, request: web.Request) -> web.Response:
        pusher = _pusher(self._asked(request))
        return web.json_response([event.shown() for event in pusher.log.values()])

    async def _resend(self, request: web.Request) -> web.Response:
        pusher = _pusher(await self._told(request))
        await read(request, platform=str)
        event = pusher.log.get(request.match_info["id"])
        if event is None:
            raise UnknownError(f"there is no event {request.match_info['id']}")
        pusher.send([event])
        return web.json_response({"event_id": event.event_id})

    def _asked(self, request: web.Request) -> Platform:
        return self._named(request.query.get("platform", CODE))

    async def _told(self, request: web.Request) -> Platform:
        return self._named((await read_any(request)).get("platform", CODE))

    def _named(self, code: Any) -> Platform:
        platform = self._platforms.get(code) if isinstance(code, str) else None
        if platform is None:
            raise BadRequestError(f"platform: expected one of {', '.join(self._platforms)}")
        return platform


def _pusher(platform: Platform) -> Pusher:
    if platform.pusher is None:
        raise ConflictError(f"platform {platform.code} pushes no events: it is polled")
    return platform.pusher


def _persona(persona: Persona, platform: Platform) -> dict[str, Any]:
    holder = persona.holder
    return {
        "name": persona.name, "title": persona.title, "display_name": holder.name,
        "identity_type": holder.kind, "identity_number": holder.number,
        "cases": len(platform.standings(holder)), "licences": platform.licence_count(holder),
    }  # fmt: skip
