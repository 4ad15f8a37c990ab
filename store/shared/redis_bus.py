"""The bus of several processes: hints through Redis."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

from store.shared.memory import Hints
from store.shared.redis_link import PREFIX, Link, Outages
from store.shared.redis_nodes import Nodes
from store.shared.redis_receiver import Receiver, Topic

SUBSCRIBED_S = 2.0
"""How long an ear waits for its subscription. After that it may be hinted late, when the subscription stands."""


class RedisBus:
    """Satisfies store.shared.bus.Bus. All ears of this process at one topic share one subscription."""

    def __init__(self, nodes: Nodes, link: Link, outages: Outages, chance: Callable[[], float]) -> None:
        self._nodes = nodes
        self._link = link
        self._outages = outages
        self._chance = chance
        self._topics: dict[str, Topic] = {}
        self._at: dict[str, Receiver] = {}
        self._running: dict[str, tuple[Receiver, asyncio.Task[None]]] = {}

    async def tell(self, topic: str) -> None:
        await self._link.publish(topic)

    @asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Hints]:
        ear, joined = Hints(), self._joined(PREFIX + topic)
        joined.ears.add(ear)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(SUBSCRIBED_S):
                    await joined.settled.wait()
            yield ear
        finally:
            joined.ears.discard(ear)
            if not joined.ears:
                del self._topics[joined.channel]
                self._at.pop(joined.channel).drop(joined)

    async def close(self) -> None:
        """Ends every subscription."""
        tasks = [task for _, task in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _joined(self, channel: str) -> Topic:
        topic = self._topics.get(channel)
        if topic is None:
            topic = self._topics[channel] = Topic(channel)
            self._settle(topic)
        return topic

    def _settle(self, topic: Topic) -> None:
        """Has the right node's receiver listen to a topic, and no other."""
        receiver, before = self._receiver(topic.channel), self._at.get(topic.channel)
        if receiver is before:
            return
        if before:
            before.drop(topic)
        self._at[topic.channel] = receiver
        receiver.want(topic)

    def _receiver(self, channel: str) -> Receiver:
        node = self._nodes.node_of(channel)
        receiver, task = self._running.get(node, (None, None))
        if receiver is None or task is None or task.done():
            receiver = Receiver(node, self._nodes.connection, self._outages, self._chance, self._look_again)
            task = asyncio.create_task(receiver.run(), name="redis receiver")
            self._running[node] = receiver, task
        return receiver

    async def _look_again(self) -> None:
        """A Cluster may have changed: finds out, and moves topics to where they belong now."""
        with suppress(Exception):  # as in Link; the receiver that calls comes again
            await self._nodes.look_again()
            for topic in list(self._topics.values()):
                self._settle(topic)
