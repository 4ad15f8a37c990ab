"""All of the simulator in one object."""

import asyncio
from pathlib import Path
from typing import Self

from simulator.control.service import Control
from simulator.fcm.service import Fcm
from simulator.oidc.provider import Provider
from simulator.platform44 import CODE
from simulator.platform44.platform import Platform
from simulator.settings import Settings


class Simulator:
    """A platform, an OpenID provider, FCM, and the control API over them. An async context manager."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Take the ports, so that every address is known. Raises OSError if one is taken."""
        self.settings = settings or Settings()
        self.platform, self.provider, self.fcm = Platform(self.settings), Provider(self.settings), Fcm(self.settings)
        self.control = Control(self.settings, self.platform, self.provider, self.fcm)
        self._ports = (self.platform.port, self.provider.port, self.fcm.port, self.control.port)
        self._account: Path | None = None

    async def start(self) -> None:
        """Write the service account and open all ports."""
        self._account = self.fcm.write_account(self.settings.folder)
        for port in self._ports:
            await port.open()

    async def stop(self) -> None:
        """Close everything."""
        await asyncio.gather(*(port.close() for port in self._ports), self.platform.close())

    def addresses(self) -> dict[str, str]:
        """What whoever started it needs to know: the line printed at the start."""
        return {
            "platform": self.platform.port.url, "code": CODE, "oidc": self.provider.port.url,
            "fcm": self.fcm.port.url, "control": self.control.port.url,
            "service_account": str(self._account), "event_secret": self.settings.event_secret,
            "app_key": self.settings.app_key,
        }  # fmt: skip

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
