"""What every simulated platform has around its own wire, book and life of cases; those three are never shared."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from ssl import SSLContext
from typing import Any, ClassVar

from aiohttp import web

from simulator import faults
from simulator.dates import Clock
from simulator.knobs import Knobs
from simulator.personas import Holder
from simulator.ports import Port
from simulator.pusher import Event, Pusher
from simulator.settings import Settings
from simulator.traffic import Traffic


class ImpossibleError(Exception):
    """The case cannot take this step now; the text says why, for a person."""


@dataclass(frozen=True)
class Standing:
    """A case as the platform's own staff would tell it to a person."""

    case: str
    task: str
    stage: str
    last_step: str
    outcome: str | None


class Platform(ABC):
    """One platform on a port of its own. `code` is how whoever connects it knows it; `pusher` is None if it pushes nothing.

    `errors`: its own ways to answer badly, besides those of the wire (faults.py). `media`: the type of its good answers.
    """

    code: str
    steps: ClassVar[tuple[str, ...]]
    errors: tuple[str, ...]
    media: str = "application/json"
    pusher: Pusher | None = None
    event_secret: str | None = None

    def __init__(self, settings: Settings, port: int, first_knobs: Knobs, secrets: dict[str, str]) -> None:
        """Take the port. Raises OSError if it is taken. `secrets` is what whoever asks must know."""
        self._first_knobs, self._seed, self._clock = first_knobs, settings.seed, Clock(settings.now)
        self.knobs, self.secrets = replace(first_knobs), secrets
        self.traffic = Traffic(lambda: self.knobs)
        self.port = Port(settings.host, port, self._served, self.tls)
        self.start_book()

    @abstractmethod
    def app(self) -> web.Application:
        """A fresh web application that answers its questions."""

    def tls(self) -> SSLContext | None:
        """How its port takes connections; None: in the clear."""
        return None

    @abstractmethod
    def start_book(self) -> None:
        """Write the book as it is on the first morning."""

    @abstractmethod
    def standings(self, holder: Holder) -> list[Standing]:
        """The cases of one party, the newest application first."""

    @abstractmethod
    def licence_count(self, holder: Holder) -> int:
        """How many licences one party holds."""

    @abstractmethod
    def move(self, number: str, to: str | None) -> tuple[str, list[Event]]:
        """Move a case on, by itself or to a named step; answer with the step and the events it gives rise to.

        Raises KeyError for an unknown case and ImpossibleError for a step that cannot follow.
        """

    def advance(self, number: str, to: str | None = None) -> tuple[str, list[Event]]:
        """`move`, and push the events. Raises what it raises."""
        step, events = self.move(number, to)
        if self.pusher is not None:
            self.pusher.push(events)
        return step, events

    def facts(self) -> dict[str, Any]:
        """What whoever connects it needs to know."""
        told: dict[str, Any] = {"address": self.port.url, "secrets": self.secrets}
        return told | ({"event_secret": self.event_secret} if self.event_secret else {})

    def error_names(self) -> tuple[str, ...]:
        """What its knob `error` takes."""
        return (*self.errors, *(name for name in faults.ERRORS if name not in self.errors))

    def knob_names(self) -> Iterable[str]:
        """Which knobs this platform has."""
        return (knob.name for knob in fields(self.knobs))

    async def turn(self, **knobs: Any) -> None:
        """Turn some knobs. An outage closes the port itself."""
        self.knobs = replace(self.knobs, **knobs)
        if self.pusher is not None:
            self.pusher.release()
        await (self.port.close() if self.knobs.outage else self.port.open())

    async def reset(self) -> None:
        """Back to the first morning: data, knobs, counts and log."""
        if self.pusher is not None:
            await self.pusher.forget()
        self.knobs = replace(self._first_knobs)
        self._clock.restart()
        self.start_book()
        self.traffic.asked.clear()
        await self.port.open()

    async def close(self) -> None:
        """Stop sending. The port is closed by whoever opened it."""
        if self.pusher is not None:
            await self.pusher.close()

    def _served(self) -> web.Application:
        app = self.app()
        app.middlewares.insert(0, faults.spoiling(self))
        return app
