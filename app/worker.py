"""The work behind the requests: dispatching what is due, and the jobs; beside the server or as a process of its own."""

import asyncio

from notifications.dispatcher import Dispatcher
from resolvers.jobs import JobRunner
from store.shared.bus import DUE, Bus


class Worker:
    """Dispatches when the bus says that something is due, and once a second."""

    def __init__(self, dispatcher: Dispatcher, jobs: JobRunner, bus: Bus) -> None:
        self._dispatcher = dispatcher
        self._jobs = jobs
        self._bus = bus

    async def run(self, stop: asyncio.Event) -> None:
        """Works until `stop` is set; then ends what is in hand and returns. Cancelled, it gives back what it had leased."""
        woken = asyncio.Event()
        async with asyncio.TaskGroup() as tasks:
            waking = tasks.create_task(self._wake(woken), name="wake")
            tasks.create_task(self._jobs.run(stop), name="jobs")
            await self._dispatcher.run(stop, woken)
            waking.cancel()

    async def _wake(self, woken: asyncio.Event) -> None:
        async with self._bus.listen(DUE) as ear:
            while True:
                await ear.heard()
                woken.set()
