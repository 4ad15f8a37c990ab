"""The control API as a whole."""

from collections.abc import Mapping

from aiohttp import web

from simulator.control.asked import explained
from simulator.control.identity import IdentityControl
from simulator.control.platform import PlatformControl
from simulator.control.push import PushControl
from simulator.fcm.service import Fcm
from simulator.oidc.provider import Provider
from simulator.platform import Platform
from simulator.ports import Port
from simulator.settings import Settings


class Control:
    """JSON over HTTP, on a port of its own."""

    def __init__(self, settings: Settings, platforms: Mapping[str, Platform], provider: Provider, fcm: Fcm) -> None:
        self._platforms, self._provider, self._fcm = platforms, provider, fcm
        self.port = Port(settings.host, settings.control_port, self._app)

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[explained])
        for part in (PlatformControl(self._platforms), IdentityControl(self._provider), PushControl(self._fcm)):
            app.add_routes(part.routes())
        app.router.add_post("/reset", self._reset)
        return app

    async def _reset(self, request: web.Request) -> web.Response:
        """Everything as at the start, except that keys and tokens already given stay good."""
        for platform in self._platforms.values():
            await platform.reset()
        await self._provider.port.open()
        self._fcm.reset()
        return web.json_response({"reset": True})
