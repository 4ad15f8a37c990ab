"""What this process hears from one node of Redis: one connection for all its topics there, kept up by itself.

Sharded publish and subscribe throughout: on a single server it is the same as the plain one, and in a Cluster a hint goes to
the node of its topic alone.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import MovedError, RedisError

from store.shared.memory import Hints
from store.shared.redis_link import FAILURES, Outages
from store.shared.redis_nodes import COMMAND_S

PING_S = 10.0
SILENCE_S = 2 * PING_S + 1
"""A connection on which nothing came for so long, not even the answer to a ping, is dead."""

SHORTEST_PAUSE_S, LONGEST_PAUSE_S, STEADY_S = 0.05, 5.0, 10.0


class _Silent(RedisError):
    """Nothing comes from the node any more."""


class _Moved(RedisError):
    """The node ended a subscription: the topic's slot went to another one."""


@dataclass(eq=False)
class Topic:
    """A topic that somebody here listens to. `settled`: nobody need wait any longer for the subscription to stand."""

    channel: str
    ears: set[Hints] = field(default_factory=set)
    settled: asyncio.Event = field(default_factory=asyncio.Event)

    def hint(self) -> None:
        for ear in self.ears:
            ear.hint()

    def confirm(self) -> None:
        """The subscription stands. Whoever listened before it did may have missed something, and is hinted."""
        if self.settled.is_set():
            self.hint()
        self.settled.set()


class Receiver:
    """Subscriptions at one node. `run` keeps them up until nothing is wanted there any more."""

    def __init__(
        self,
        node: str,
        connection: Callable[[str], AbstractConnection],
        outages: Outages,
        chance: Callable[[], float],
        look_again: Callable[[], Awaitable[None]],
    ) -> None:
        self.node = node
        self._connection = connection
        self._outages = outages
        self._chance = chance
        self._look_again = look_again
        self._wanted: dict[str, Topic] = {}
        self._orders: asyncio.Queue[tuple[str, ...]] = asyncio.Queue()
        self._ending: Counter[str] = Counter()
        self._away = False

    def want(self, topic: Topic) -> None:
        """Subscribes, now or when the node is back. While it is away nobody waits for that."""
        self._wanted[topic.channel] = topic
        self._orders.put_nowait(("SSUBSCRIBE", topic.channel))
        if self._away:
            topic.settled.set()

    def drop(self, topic: Topic) -> None:
        """Ends a subscription."""
        del self._wanted[topic.channel]
        self._ending[topic.channel] += 1
        self._orders.put_nowait(("SUNSUBSCRIBE", topic.channel))

    async def run(self) -> None:
        """Listens, again and again. `look_again` is called before each new try, for a Cluster may have changed."""
        loop, failures = asyncio.get_running_loop(), 0
        while self._wanted or not failures:
            began = loop.time()
            try:
                await self._listen()
            except Exception as error:  # whatever it is: a process must not stay deaf
                self._lost(error)
            failures = 1 if loop.time() - began > STEADY_S else failures + 1
            await asyncio.sleep(self._pause(failures))
            await self._look_again()

    async def _listen(self) -> None:
        connection = self._connection(self.node)
        try:
            async with asyncio.timeout(COMMAND_S):
                await connection.connect()  # type: ignore[no-untyped-call]
            self._outages.back(self.node)
            self._away, self._orders, self._ending = False, asyncio.Queue(), Counter()
            for channel in self._wanted:
                self._orders.put_nowait(("SSUBSCRIBE", channel))
            await self._serve(connection)
        finally:
            await connection.disconnect()

    async def _serve(self, connection: AbstractConnection) -> None:
        # A task of its own writes: a listener that is cancelled while it writes would take the connection along.
        writing = asyncio.create_task(self._write(connection))
        try:
            while True:
                message = await connection.read_response(timeout=SILENCE_S)
                if message is None:
                    raise _Silent
                self._hear(message)
        finally:
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)

    async def _write(self, connection: AbstractConnection) -> None:
        while True:
            order: tuple[str, ...] = ("PING",)
            try:
                async with asyncio.timeout(PING_S):
                    order = await self._orders.get()
            except TimeoutError:
                pass
            await connection.send_command(*order, check_health=False)

    def _hear(self, message: Any) -> None:
        kind, channel = message[:2] if isinstance(message, list) else ("", "")
        by_our_wish = kind == "sunsubscribe" and self._by_our_wish(channel)
        topic = self._wanted.get(channel)
        if topic is None or by_our_wish:
            return
        if kind == "smessage":
            topic.hint()
        elif kind == "ssubscribe":
            topic.confirm()
        elif kind == "sunsubscribe":
            raise _Moved

    def _by_our_wish(self, channel: str) -> bool:
        """Whether the end of a subscription answers a `drop`: as many do, however often it is wanted again meanwhile."""
        ending = self._ending.pop(channel, 0)
        if ending > 1:
            self._ending[channel] = ending - 1
        return ending > 0

    def _lost(self, error: Exception) -> None:
        # A node that says where a topic went is there, and does everything else that is asked of it.
        if not isinstance(error, _Moved | MovedError):
            self._outages.lost(self.node, error)
        FAILURES.labels("listen").inc()
        self._away = True
        for topic in self._wanted.values():
            topic.settled.set()

    def _pause(self, failures: int) -> float:
        longest = min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2.0 ** min(failures, 10))
        return longest * (0.5 + self._chance() / 2)
