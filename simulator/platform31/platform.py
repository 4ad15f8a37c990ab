"""The platform as a whole: its registry, its port, and how its matters are moved on."""

from aiohttp import web

from simulator.knobs import Knobs
from simulator.personas import Holder
from simulator.platform import Platform, Standing
from simulator.platform31 import CODE
from simulator.platform31.life import STEPS, natural, outcome, stage, take
from simulator.platform31.seed import first_registry
from simulator.platform31.wire import ERRORS, Questions
from simulator.pusher import Event
from simulator.settings import Settings


class Platform31(Platform):
    """Platform 31. `port` is where it is asked; it pushes nothing."""

    code, steps, errors = CODE, tuple(STEPS), ERRORS

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, settings.platform31_port, Knobs(), {"api_key": settings.api_key})

    def app(self) -> web.Application:
        return Questions(lambda: self.registry, lambda: self.knobs, self.traffic, self.secrets["api_key"]).app()

    def start_book(self) -> None:
        self.registry = first_registry(self._clock.now(), self._seed)

    def standings(self, holder: Holder) -> list[Standing]:
        return [Standing(matter.number, matter.item.name, stage(matter), matter.last_step, outcome(matter))
                for matter in self.registry.matters_of(holder.kind, holder.number)]  # fmt: skip

    def licence_count(self, holder: Holder) -> int:
        return len(self.registry.certificates_of(holder.kind, holder.number))

    def move(self, number: str, to: str | None) -> tuple[str, list[Event]]:
        matter = self.registry.matters[number]
        step = to or natural(matter)
        take(self.registry, matter, self._clock.now(), step)
        return step, []
