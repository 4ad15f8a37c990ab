"""Health and figures for machines."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

LONGEST_CHECK_S = 2.0
"""A check that takes longer fails: whoever asks has a time limit too."""

Check = Callable[[], Awaitable[None]]
"""Does nothing if all is well; whatever it raises is trouble."""


async def live(request: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "live"})


class Ready:
    """Whether requests should come here: 200 if every check passes, else 503; what is wrong is named, not described.

    `besides` is looked at and named in the same way. It takes no process out of service: all of them would go at once.
    """

    def __init__(self, checks: Mapping[str, Check], besides: Mapping[str, Check]) -> None:
        self._checks = checks
        self._besides = besides

    async def answer(self, request: Request) -> Response:
        everything = {**self._checks, **self._besides}
        passed = await asyncio.gather(*(_passes(check) for check in everything.values()))
        results = dict(zip(everything, passed, strict=True))
        ready = all(results[name] for name in self._checks)
        return JSONResponse({"status": "ready" if ready else "not-ready", "checks": results}, 200 if ready else 503)


class Figures:
    """Prometheus text format. `count` is done first, for what must be counted then; the others are there even if it fails."""

    def __init__(self, count: Check) -> None:
        self._count = count

    async def answer(self, request: Request) -> Response:
        await _passes(self._count)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(LONGEST_CHECK_S):
            await check()
    except Exception:
        return False
    return True
