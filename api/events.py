"""POST /platforms/{code}/events: wraps an event, hands it in, and words what became of it."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from api.body import BodyRefused, read_body
from api.problem import problem
from domain.times import Micros
from resolvers.events import Receipt, Reception

LARGEST_EVENT = 256 * 1024

PROBLEMS: dict[Receipt, tuple[int, str, str]] = {
    Receipt.UNKNOWN_PLATFORM: (404, "unknown-platform", "No connected platform that pushes events has this code."),
    Receipt.NOT_PARSABLE: (400, "not-parsable", "The body is not a document of the kind that this platform sends."),
    Receipt.SIGNATURE_WRONG: (401, "signature-wrong", "No live secret of this platform made this signature."),
    Receipt.SIGNATURE_EXPIRED: (401, "signature-expired", "Signed too long ago: sign again and resend."),
    Receipt.UNAVAILABLE: (503, "unavailable", "Not available now: resend later."),
    Receipt.CONFLICT: (409, "event-conflict", "An event with this id came before, with another body."),
}
"""What is not accepted, and how that is said."""

RETRY_S = 5
"""When to come again while the database is away or busy."""


class Events:
    """The door for platforms."""

    def __init__(self, reception: Reception, clock: Callable[[], Micros]) -> None:
        self._reception = reception
        self._clock = clock

    async def answer(self, request: Request) -> Response:
        try:
            body = await read_body(request, LARGEST_EVENT)
        except BodyRefused as refused:
            return problem(refused.status, refused.kind, refused.title)
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers |= {":method": request.method, ":path": request.url.path}
        receipt = await self._reception.receive(request.path_params["code"], headers, body, self._clock())
        if receipt in PROBLEMS:
            later = {"retry-after": str(RETRY_S)} if receipt is Receipt.UNAVAILABLE else None
            return problem(*PROBLEMS[receipt], later)
        return JSONResponse({"receipt": receipt.value}, 202)
