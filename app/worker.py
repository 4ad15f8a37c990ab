"""The work behind the requests: dispatching what is due, and sweeping up what a crash left."""

import asyncio
import logging

from notifications.dispatcher import Dispatcher
from resolvers.events import Reception
from store.database import StoreUnavailable
from store.shared.bus import DUE, Bus

log = logging.getLogger(__name__)

SWEEP_S = 30.0


class Worker:
    """Runs beside the server, in the same process until Redis coordinates several (docs/adr/0016)."""

    def __init__(self, dispatcher: Dispatcher, reception: Reception, bus: Bus) -> None:
        self._dispatcher = dispatcher
        self._reception = reception
        self._bus = bus

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; then ends what is in hand and returns."""
        woken = asyncio.Event()
        async with asyncio.TaskGroup() as jobs:
            waking = jobs.create_task(self._wake(woken), name="wake")
            jobs.create_task(self._sweep(stop), name="sweep")
            await self._dispatcher.run(stop, woken)
            waking.cancel()

    async def _wake(self, woken: asyncio.Event) -> None:
        async with self._bus.listen(DUE) as ear:
            while True:
                await ear.heard()
                woken.set()

    async def _sweep(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                await self._reception.sweep()
            except StoreUnavailable:
                log.warning("sweep: the store does not answer")
            except Exception:
                log.exception("sweep: failed")
            try:
                await asyncio.wait_for(stop.wait(), SWEEP_S)
            except TimeoutError:
                continue
