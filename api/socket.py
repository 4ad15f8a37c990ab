"""The socket at /graphql, which speaks graphql-transport-ws. Decides nothing itself (docs/adr/0034)."""

import asyncio
import contextlib
import logging

from prometheus_client import Counter, Gauge
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.conversation import Conversation
from api.door import Door
from api.messages import PROTOCOL, Closing
from api.places import Full
from api.turned_away import PAUSE_S

log = logging.getLogger(__name__)

CLOSE_S = 5.0
"""How long a close frame may wait for a client that does not read."""

SOCKETS = Gauge("tongban_sockets", "Open sockets")
CLOSED = Counter("tongban_sockets_closed_total", "Sockets that this end closed", ["code"])


class SocketDoor(Door):
    """The door of those who stay."""

    async def answer(self, socket: WebSocket) -> None:
        """Converses until either end closes."""
        with SOCKETS.track_inprogress():
            try:
                await self._converse(socket)
            except Closing as closing:
                await asyncio.sleep(PAUSE_S)
                await _close(socket, closing)
            except Full as full:
                await _close(socket, Closing(1013, str(full)))
            except WebSocketDisconnect:
                await asyncio.sleep(PAUSE_S)
            except Exception:
                log.exception("a socket failed")
                await _close(socket, Closing(1011, "Something went wrong here; it has been noted."))

    async def _converse(self, socket: WebSocket) -> None:
        if PROTOCOL not in socket.scope["subprotocols"]:
            await socket.accept()
            raise Closing(4406, f"Speak {PROTOCOL}.")
        await socket.accept(subprotocol=PROTOCOL)
        with self._places.one():
            await Conversation(socket, self, self._places).run()


async def _close(socket: WebSocket, closing: Closing) -> None:
    CLOSED.labels(str(closing.code)).inc()
    # A client that is gone, or does not read, cannot be told.
    with contextlib.suppress(TimeoutError, WebSocketDisconnect, RuntimeError):
        async with asyncio.timeout(CLOSE_S):
            await socket.close(closing.code, closing.reason)
