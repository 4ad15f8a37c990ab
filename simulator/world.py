"""All of the simulator in one object."""

import asyncio
from pathlib import Path
from typing import Any, Self

from simulator.control.service import Control
from simulator.fcm.service import Fcm
from simulator.oidc.provider import Provider
from simulator.platform import Platform
from simulator.platform31.platform import Platform31
from simulator.platform33.platform import Platform33
from simulator.platform44.platform import Platform44
from simulator.settings import Settings


class Simulator:
    """Three platforms, an OpenID provider, FCM, and the control API over them. An async context manager."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Take the ports, so that every address is known. Raises OSError if one is taken."""
        self.settings = settings or Settings()
        self.provider, self.fcm = Provider(self.settings), Fcm(self.settings)
        self.platform = Platform44(self.settings)
        first: tuple[Platform, ...] = (self.platform, Platform33(self.settings), Platform31(self.settings))
        self.platforms = {platform.code: platform for platform in first}
        self.control = Control(self.settings, self.platforms, self.provider, self.fcm)
        self._ports = (*(platform.port for platform in first), self.provider.port, self.fcm.port, self.control.port)
        self._account: Path | None = None

    async def start(self) -> None:
        """Write the service account and open all ports."""
        self._account = self.fcm.write_account(self.settings.folder)
        for port in self._ports:
            await port.open()

    async def stop(self) -> None:
        """Close everything."""
        await asyncio.gather(
            *(port.close() for port in self._ports), *(platform.close() for platform in self.platforms.values())
        )

    def addresses(self) -> dict[str, Any]:
        """What whoever started it needs to know: the line printed at the start.

        `platforms` has each by its code: `address`, `secrets` to ask with and, where it pushes, `event_secret`. The keys
        beside it without a code are platform 44's.
        """
        return {
            "platform": self.platform.port.url, "code": self.platform.code, "oidc": self.provider.port.url,
            "fcm": self.fcm.port.url, "control": self.control.port.url,
            "service_account": str(self._account), "event_secret": self.settings.event_secret,
            "app_key": self.settings.app_key,
            "platforms": {code: platform.facts() for code, platform in self.platforms.items()},
        }  # fmt: skip

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
