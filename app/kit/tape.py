"""The wire to the platform, watched: every question and answer is kept while the checks run, and may be changed on its way."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from time import perf_counter

from app.kit.check import NotRecorded
from integrations.dialects.dialect import Wire
from integrations.form.operations import Values
from integrations.http import Request, Response


@dataclass(frozen=True)
class Take:
    """One call: for which question it was made (check and number of the person), about which noun, and what came back."""

    question: str
    noun: str
    answer: Response
    seconds: float = 0.0

    @property
    def person(self) -> int:
        """The number of the person it was about."""
        return int(self.question.rpartition("/")[2])


@dataclass
class Tape:
    """All calls so far. `question` and `noun` name those that are made from now on."""

    takes: list[Take] = field(default_factory=list)
    question: str = ""
    noun: str = ""

    def of(self, noun: str, check: str = "happy") -> list[Take]:
        """The calls that a check made about a noun."""
        return [take for take in self.takes if take.noun == noun and take.question.startswith(f"{check}/")]


def _same_question(request: Request) -> Request:
    return request


def _same_answer(response: Response) -> Response:
    return response


@dataclass(frozen=True)
class Watched(Wire):
    """A wire whose calls are kept. `question` and `answer` change what goes out and what comes in.

    What is kept holds no secret: the headers in which we name ourselves are added further down.
    """

    tape: Tape = field(default_factory=Tape)
    question: Callable[[Request], Request] = _same_question
    answer: Callable[[Response], Response] = _same_answer

    async def call(self, request: Request, about: Values) -> Response:
        began = perf_counter()
        response = await self._answered(self.question(request), about)
        take = Take(self.tape.question, self.tape.noun, response, perf_counter() - began)
        self.tape.takes.append(take)
        return self.answer(response)

    async def _answered(self, request: Request, about: Values) -> Response:
        return await super().call(request, about)


@dataclass(frozen=True)
class Replayed(Watched):
    """A wire that leads nowhere: answers come from a cassette, in the order in which they were recorded for a question."""

    recorded: dict[str, deque[Response]] = field(default_factory=dict)

    async def _answered(self, request: Request, about: Values) -> Response:
        left = self.recorded.get(f"{self.tape.question}/{self.tape.noun}")
        if not left:
            raise NotRecorded
        return left.popleft()


@dataclass(frozen=True)
class Fixed(Watched):
    """A wire that gives one answer, whatever is asked."""

    given: Response = field(default_factory=lambda: Response(200, None, b""))

    async def _answered(self, request: Request, about: Values) -> Response:
        return self.given


def by_question(takes: Iterable[Take]) -> dict[str, deque[Response]]:
    """Recorded answers as `Replayed` wants them."""
    found: defaultdict[str, deque[Response]] = defaultdict(deque)
    for take in takes:
        found[f"{take.question}/{take.noun}"].append(take.answer)
    return dict(found)


def rewired(wire: Wire, kind: type[Watched], **more: object) -> Watched:
    """The same wire as one of another kind, with other parts."""
    return kind(**{each.name: getattr(wire, each.name) for each in fields(Wire)} | more)
