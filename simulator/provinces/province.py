"""A generated platform as a whole: its book, its port, and how its cases are moved on."""

import ssl
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from simulator.faults import EXPIRED
from simulator.knobs import Knobs
from simulator.personas import Holder
from simulator.platform import Platform, Standing
from simulator.provinces import description
from simulator.provinces.book import first_book
from simulator.provinces.certificates import Authority
from simulator.provinces.divisions import Division, divisions
from simulator.provinces.graphql import GraphQl
from simulator.provinces.life import STEPS, natural, outcome, stage
from simulator.provinces.native import Native
from simulator.provinces.rest import Rest
from simulator.provinces.soap import Soap
from simulator.provinces.tables import Tables
from simulator.provinces.tongue import tongue_of
from simulator.provinces.wire import Wire
from simulator.pusher import Event
from simulator.settings import Settings

WIRES: tuple[type[Wire], ...] = (Rest, Soap, GraphQl, Tables, Native)
_DECLINED, _DRIFT = "declined", "drift"


class Province(Platform):
    """The platform of a division, over one of the five wires. It pushes nothing."""

    steps = tuple(STEPS)

    def __init__(self, settings: Settings, division: Division, wire: type[Wire], authority: Authority) -> None:
        self.code, self.division, self._authority = division.code, division, authority
        tongue = tongue_of(division.code, settings.seed)
        self.wire = wire(division.code, tongue, lambda: self.book, lambda: self.knobs.error == _DECLINED)
        self.media, self.errors = wire.media, (_DECLINED, _DRIFT, *((EXPIRED,) if wire.tls else ()))
        super().__init__(settings, 0, Knobs(), {})
        self.secrets = self.wire.secrets(self.port.url) | ({"trust": str(authority.file)} if wire.tls else {})

    @property
    def description(self) -> str:
        """Its platform.toml."""
        return description.description(self.division, self.wire)

    def tls(self) -> ssl.SSLContext | None:
        return self._authority.context(self.knobs.error == EXPIRED) if self.wire.tls else None

    def app(self) -> web.Application:
        app = web.Application(middlewares=[self._asked])
        app.add_routes(self.wire.routes())
        return app

    def start_book(self) -> None:
        self.book = first_book(self.division, self._clock.now(), self._seed)

    def standings(self, holder: Holder) -> list[Standing]:
        return [Standing(case.number, case.item.name, stage(case), case.last_step, outcome(case))
                for case in self.book.cases_of(holder.kind, holder.number)]  # fmt: skip

    def licence_count(self, holder: Holder) -> int:
        return len(self.book.licences_of(holder.kind, holder.number))

    def move(self, number: str, to: str | None) -> tuple[str, list[Event]]:
        case = self.book.cases[number]
        step = to or natural(case)
        self.book.step(case, step, self._clock.now())
        return step, []

    async def turn(self, **knobs: Any) -> None:
        """As ever; a certificate is shown when a connection is made, so that all connections are cut for another one."""
        before = self.tls()
        await super().turn(**knobs)
        if self.tls() is not before and self.port.is_open:
            await self.port.close()
            await self.port.open()

    @web.middleware
    async def _asked(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        async with self.traffic.question(request.path):
            answer = await handler(request)
        if self.knobs.error == _DRIFT and isinstance(answer, web.Response) and isinstance(answer.body, bytes):
            return self._drifted(answer)
        return answer

    def _drifted(self, good: web.Response) -> web.Response:
        """The same answer after somebody renamed two fields without telling anyone."""
        assert isinstance(good.body, bytes)
        body = good.body
        names = (
            ("number", "name")
            if self.wire.dialect == "native"
            else tuple(map(self.wire.tongue.name, ("case_no", "licence_no")))
        )
        for name in names:
            for before, after in (('"{}"', '"{}_2"'), (":{}>", ":{}_2>")):
                body = body.replace(before.format(name).encode(), after.format(name).encode())
        return web.Response(body=body, status=good.status, content_type=good.content_type, charset="utf-8")


def provinces(settings: Settings, count: int, without: frozenset[str]) -> list[Province]:
    """So many generated platforms, in the order of their codes, of divisions other than these; the wires take turns."""
    if not count:
        return []
    chosen = [division for division in divisions() if division.code not in without][:count]
    authority = Authority(settings.folder)
    return [Province(settings, one, WIRES[place % len(WIRES)], authority) for place, one in enumerate(chosen)]
