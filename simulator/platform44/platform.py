"""The platform as a whole: its book, its port, its events, and how its cases are moved on."""

from collections import Counter

from aiohttp import web

from simulator.knobs import PushingKnobs
from simulator.personas import Holder
from simulator.platform import Platform, Standing
from simulator.platform44 import CODE
from simulator.platform44.change import Change
from simulator.platform44.events import events_of, headers
from simulator.platform44.faults import ERRORS
from simulator.platform44.life import STEPS, natural, outcome, stage, take
from simulator.platform44.seed import first_book
from simulator.platform44.wire import Questions
from simulator.pusher import Event, Pusher
from simulator.settings import Settings


class Platform44(Platform):
    """Platform 44. `port` is where it is asked."""

    code, steps, errors = CODE, tuple(STEPS), ERRORS
    knobs: PushingKnobs
    event_secret: str

    def __init__(self, settings: Settings) -> None:
        knobs = PushingKnobs(events_to=settings.events_to)
        super().__init__(settings, settings.platform_port, knobs, {"app_key": settings.app_key})
        self.event_secret = settings.event_secret
        self.pusher = Pusher(lambda: self.knobs, self._headers, settings.event_retry_s)

    def app(self) -> web.Application:
        return Questions(lambda: self.book, lambda: self.knobs, self.traffic, self.secrets["app_key"]).app()

    def start_book(self) -> None:
        self.book = first_book(self._clock.now(), self._seed)
        self.numbers: Counter[str] = Counter()

    def standings(self, holder: Holder) -> list[Standing]:
        return [Standing(case.number, case.item.name, stage(case), case.last_step, outcome(case))
                for case in self.book.cases_of(holder.kind, holder.number)]  # fmt: skip

    def licence_count(self, holder: Holder) -> int:
        return len(self.book.licences_of(holder.kind, holder.number))

    def move(self, number: str, to: str | None) -> tuple[str, list[Event]]:
        case = self.book.cases[number]
        step = to or natural(case)
        change = Change(self.book, case, self._clock.now())
        take(change, step)
        return step, events_of(change, self.numbers)

    def _headers(self, body: str, at: int) -> dict[str, str]:
        return headers(self.event_secret, body, at, corrupt=self.knobs.corrupt_signature)
