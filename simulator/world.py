"""All of the simulator in one object."""

import asyncio
import shutil
from pathlib import Path
from typing import Any, Self

from simulator.control.service import Control
from simulator.fcm.service import Fcm
from simulator.oidc.provider import Provider
from simulator.platform import Platform
from simulator.platform31.platform import Platform31
from simulator.platform33.platform import Platform33
from simulator.platform44.platform import Platform44
from simulator.provinces.province import Province, provinces
from simulator.settings import Settings


class Simulator:
    """Platforms, an OpenID provider, FCM, and the control API over them. An async context manager."""

    def __init__(self, settings: Settings | None = None) -> None:
        """Take the ports, so that every address is known. Raises OSError if one is taken."""
        self.settings = settings or Settings()
        self.provider, self.fcm = Provider(self.settings), Fcm(self.settings)
        self.platform = Platform44(self.settings)
        first: tuple[Platform, ...] = (self.platform, Platform33(self.settings), Platform31(self.settings))
        known = frozenset(platform.code for platform in first)
        self.provinces = provinces(self.settings, self.settings.platforms - len(first), known)
        self.platforms = {platform.code: platform for platform in (*first, *self.provinces)}
        self.control = Control(self.settings, self.platforms, self.provider, self.fcm)
        platforms = self.platforms.values()
        self._ports = (*(platform.port for platform in platforms), self.provider.port, self.fcm.port, self.control.port)
        self._account: Path | None = None

    async def start(self) -> None:
        """Write the service account and open all ports."""
        self._account = self.fcm.write_account(self.settings.folder)
        self._descriptions = _write(self.provinces, self.settings.folder / "descriptions")
        for port in self._ports:
            await port.open()

    async def stop(self) -> None:
        """Close everything."""
        await asyncio.gather(
            *(port.close() for port in self._ports), *(platform.close() for platform in self.platforms.values())
        )

    def addresses(self) -> dict[str, Any]:
        """What whoever started it needs to know: the line printed at the start.

        `platforms` has each by its code: `address`, `secrets` to ask with and, where it pushes, `event_secret`.
        `descriptions`, where platforms are generated: the folder of theirs. The keys without a code are platform 44's.
        """
        return {
            "platform": self.platform.port.url, "code": self.platform.code, "oidc": self.provider.port.url,
            "fcm": self.fcm.port.url, "control": self.control.port.url,
            "service_account": str(self._account), "event_secret": self.settings.event_secret,
            "app_key": self.settings.app_key,
            "platforms": {code: platform.facts() for code, platform in self.platforms.items()},
            **({"descriptions": str(self._descriptions)} if self.provinces else {}),
        }  # fmt: skip

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()


def _write(described: list[Province], folder: Path) -> Path:
    """The folder, with these descriptions and no others."""
    shutil.rmtree(folder, ignore_errors=True)
    for one in described:
        (folder / one.code).mkdir(parents=True)
        (folder / one.code / "platform.toml").write_text(one.description, "utf-8")
    return folder
