"""The switches of a platform's test system, if it has some. Which, and how they are turned: docs/platforms/conformance.md."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from app.kit.check import Ended, Finding, Outcome, failed

NOT_OFFERED = (400, 404, 405, 409)


class NotOffered(Ended):
    """The test system has no such switch, or no such position of it. A check that needs it is skipped."""

    def __init__(self, name: str) -> None:
        super().__init__(Finding(Outcome.SKIPPED, f"needs the switch {name}"))


class Switches:
    """Turns the switches of one platform. `address`: of the control, without a slash at its end."""

    def __init__(self, session: aiohttp.ClientSession, address: str, code: str) -> None:
        self._session, self._address, self._code = session, address.rstrip("/"), code

    @asynccontextmanager
    async def turned(self, **to: Any) -> AsyncIterator[None]:
        """Switches in these positions while the block runs, and afterwards as before. Raises NotOffered."""
        before = await self._call("GET", f"/knobs?platform={self._code}", None)
        if missing := to.keys() - before.keys():
            raise NotOffered(", ".join(sorted(missing)))
        await self._call("POST", "/knobs", to)
        try:
            yield
        finally:
            await self._call("POST", "/knobs", {name: before[name] for name in to})

    async def advance(self, case: str) -> bool:
        """Has something happen to a case; whether it could."""
        try:
            await self._call("POST", "/advance", {"case": case})
        except NotOffered:
            return False
        return True

    async def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        """Raises NotOffered for what is not understood, and ends the check for anything else."""
        content = {"platform": self._code, **body} if body is not None else None
        try:
            async with self._session.request(method, self._address + path, json=content) as response:
                if response.status in NOT_OFFERED:
                    raise NotOffered(", ".join(body or ()) or path)
                if response.status != 200:
                    raise failed(f"the switches answer HTTP {response.status}")
                return await response.json()
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failed(f"the switches do not answer: {type(error).__name__}") from None
