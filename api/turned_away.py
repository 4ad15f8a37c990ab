"""Whoever is turned away waits to hear it: one who comes again at once, and never ends, would else keep a core busy."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from domain.turns import give_way

PAUSE_S = 0.25


class TurnedAway:
    """Wraps the application: what it answers with a status of 4xx is held back for a while, and nobody waits for it meanwhile."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def pausing(message: Message) -> None:
            if message["type"] == "http.response.start" and 400 <= message["status"] < 500:
                give_way()
                await asyncio.sleep(PAUSE_S)
            await send(message)

        await self._app(scope, receive, pausing)
