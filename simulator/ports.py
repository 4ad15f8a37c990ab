"""A listening port that can really be closed and opened again."""

import socket
import ssl
from collections.abc import Callable

from aiohttp import web


class Port:
    """An HTTP server on one fixed address. Closing it refuses connections and cuts those that are open."""

    def __init__(
        self,
        host: str,
        port: int,
        make_app: Callable[[], web.Application],
        tls: Callable[[], ssl.SSLContext | None] = lambda: None,
    ) -> None:
        """Bind at once, so that `url` is known before anything listens. Raises OSError if the port is taken.

        `tls` is asked each time that it opens; None means in the clear.
        """
        self._host, self._make_app, self._tls = host, make_app, tls
        self._socket: socket.socket | None = self._bound(port)
        self._number: int = self._socket.getsockname()[1]
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The base address, without a slash at the end."""
        return f"http{'s' if self._tls() else ''}://{self._host}:{self._number}"

    @property
    def is_open(self) -> bool:
        """Whether it listens."""
        return self._runner is not None

    async def open(self) -> None:
        """Listen, on the same number as ever. Does nothing if it listens already."""
        if self._runner is not None:
            return
        self._runner = web.AppRunner(self._make_app(), access_log=None, shutdown_timeout=0.05)
        await self._runner.setup()
        listening = self._socket or self._bound(self._number)
        await web.SockSite(self._runner, listening, ssl_context=self._tls(), backlog=1024).start()
        self._socket = None

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _bound(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind((self._host, port))
        except OSError as error:
            bound.close()
            raise OSError(error.errno, f"cannot listen on {self._host}:{port}: {error.strerror}") from None
        return bound
