"""Control over the platform: its cases, knobs and events."""

from typing import Any

from aiohttp import web

from simulator.control.asked import BadRequestError, ConflictError, UnknownError, read, required
from simulator.personas import PERSONAS, Persona
from simulator.platform44.book import Book, Case
from simulator.platform44.faults import ERRORS
from simulator.platform44.life import STEPS, ImpossibleError, outcome, stage
from simulator.platform44.platform import Platform


class PlatformControl:
    """The routes about the platform."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

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
        return web.json_response([_persona(persona, self._platform.book) for persona in PERSONAS.values()])

    async def _cases(self, request: web.Request) -> web.Response:
        name = request.query.get("persona", "")
        if name not in PERSONAS:
            raise BadRequestError(f"persona: expected one of {', '.join(PERSONAS)}")
        holder = PERSONAS[name].holder
        return web.json_response([_case(case) for case in self._platform.book.cases_of(holder.kind, holder.number)])

    async def _advance(self, request: web.Request) -> web.Response:
        body = await read(request, case=str, to=(*STEPS, None))
        number = required(body, "case")
        try:
            step, events = self._platform.advance(number, body.get("to"))
        except KeyError:
            raise UnknownError(f"there is no case {number}") from None
        except ImpossibleError as impossible:
            raise ConflictError(str(impossible)) from None
        return web.json_response({"case": number, "to": step, "events": [event.event_id for event in events]})

    async def _knobs(self, request: web.Request) -> web.Response:
        return web.json_response(vars(self._platform.knobs))

    async def _turn(self, request: web.Request) -> web.Response:
        turned = await read(
            request,
            latency_ms=int,
            late_answers_ms=int,
            error=(*ERRORS, None),
            outage=bool,
            push=bool,
            duplicate_events=int,
            reorder_events=int,
            corrupt_signature=bool,
            events_to=(str, None),
        )
        await self._platform.turn(**turned)
        return await self._knobs(request)

    async def _questions(self, request: web.Request) -> web.Response:
        questions = self._platform.questions
        return web.json_response({"paths": questions.asked, "in_flight": questions.in_flight})

    async def _events(self, request: web.Request) -> web.Response:
        return web.json_response([event.shown() for event in self._platform.pusher.log.values()])

    async def _resend(self, request: web.Request) -> web.Response:
        event = self._platform.pusher.log.get(request.match_info["id"])
        if event is None:
            raise UnknownError(f"there is no event {request.match_info['id']}")
        self._platform.pusher.send([event])
        return web.json_response({"event_id": event.event_id})


def _persona(persona: Persona, book: Book) -> dict[str, Any]:
    holder = persona.holder
    return {
        "name": persona.name, "title": persona.title, "display_name": holder.name,
        "identity_type": holder.kind, "identity_number": holder.number,
        "cases": len(book.cases_of(holder.kind, holder.number)),
        "licences": len(book.licences_of(holder.kind, holder.number)),
    }  # fmt: skip


def _case(case: Case) -> dict[str, Any]:
    return {"case": case.number, "task": case.item.name, "stage": stage(case), "last_step": case.last_step,
            "outcome": outcome(case)}  # fmt: skip
