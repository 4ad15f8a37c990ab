"""The platform as a whole: its book, its port, its events, and how it is moved on and set back."""

from dataclasses import replace

from simulator.dates import Clock
from simulator.platform44.change import Change
from simulator.platform44.events import Event, Pusher, events_of
from simulator.platform44.faults import Knobs
from simulator.platform44.life import natural, take
from simulator.platform44.seed import first_book
from simulator.platform44.wire import Questions
from simulator.ports import Port
from simulator.settings import Settings


class Platform:
    """Platform 44. `port` is where it is asked."""

    def __init__(self, settings: Settings) -> None:
        self._seed, self._first_knobs = settings.seed, Knobs(events_to=settings.events_to)
        self._clock = Clock(settings.now)
        self.knobs = replace(self._first_knobs)
        self.book = first_book(self._clock.now(), self._seed)
        self.questions = Questions(lambda: self.book, lambda: self.knobs, settings.app_key)
        self.pusher = Pusher(lambda: self.knobs, settings.event_secret, settings.event_retry_s)
        self.port = Port(settings.host, settings.platform_port, self.questions.app)

    def advance(self, number: str, to: str | None = None) -> tuple[str, list[Event]]:
        """Move a case on, by itself or to a named step; answer with the step and the events it gave rise to.

        Raises KeyError for an unknown case and life.ImpossibleError for a step that cannot follow.
        """
        case = self.book.cases[number]
        step = to or natural(case)
        change = Change(self.book, case, self._clock.now())
        take(change, step)
        events = events_of(change)
        self.pusher.push(events)
        return step, events

    async def turn(self, **knobs: object) -> None:
        """Turn some knobs. An outage closes the port itself."""
        self.knobs = replace(self.knobs, **knobs)  # type: ignore[arg-type]
        self.pusher.release()
        await (self.port.close() if self.knobs.outage else self.port.open())

    async def reset(self) -> None:
        """Back to the first morning: data, knobs, counts and log."""
        await self.pusher.forget()
        self.knobs = replace(self._first_knobs)
        self._clock.restart()
        self.book = first_book(self._clock.now(), self._seed)
        self.questions.asked.clear()
        await self.port.open()

    async def close(self) -> None:
        """Stop sending. The port is closed by whoever opened it."""
        await self.pusher.close()
