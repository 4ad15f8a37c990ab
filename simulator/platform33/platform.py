"""The platform as a whole: its book, its port, its events, and how its cases are moved on."""

from itertools import count

from aiohttp import web

from simulator.knobs import PushingKnobs
from simulator.personas import Holder
from simulator.platform import Platform, Standing
from simulator.platform33 import CODE
from simulator.platform33.events import events_of, headers
from simulator.platform33.faults import ERRORS, XML
from simulator.platform33.life import STEPS, natural, outcome, stage, take
from simulator.platform33.security import Watchman
from simulator.platform33.seed import first_book
from simulator.platform33.wire import Questions
from simulator.pusher import Event, Pusher
from simulator.settings import Settings


class Platform33(Platform):
    """Platform 33. `port` is where it is asked."""

    code, steps, errors, media = CODE, tuple(STEPS), ERRORS, XML
    knobs: PushingKnobs
    event_secret: str

    def __init__(self, settings: Settings) -> None:
        secrets = {"username": settings.username, "password": settings.password}
        self._watchman = Watchman(**secrets)
        super().__init__(settings, settings.platform33_port, PushingKnobs(), secrets)
        self.event_secret = settings.event_secret33
        self.pusher = Pusher(lambda: self.knobs, self._headers, settings.event_retry_s)

    def app(self) -> web.Application:
        return Questions(lambda: self.book, lambda: self.knobs, self.traffic, self._watchman).app()

    def start_book(self) -> None:
        self.book = first_book(self._clock.now(), self._seed)
        self.numbers = count(1)

    def standings(self, holder: Holder) -> list[Standing]:
        return [Standing(case.number, case.item.name, stage(case), case.last_step, outcome(case))
                for case in self.book.cases_of(holder.kind, holder.number)]  # fmt: skip

    def licence_count(self, holder: Holder) -> int:
        return len(self.book.certificates_of(holder.kind, holder.number))

    def move(self, number: str, to: str | None) -> tuple[str, list[Event]]:
        case = self.book.cases[number]
        step = to or natural(case)
        return step, events_of(take(self.book, case, self._clock.now(), step), self.numbers)

    def _headers(self, body: str, at: int) -> dict[str, str]:
        return headers(self.event_secret, body, at, corrupt=self.knobs.corrupt_signature)
