"""Commands to Redis that raise nothing, and what is known of its outages."""

import asyncio
import logging
from typing import Any

from prometheus_client import Counter

from store.shared.redis_nodes import COMMAND_S, MOST_CONNECTIONS, Nodes

log = logging.getLogger(__name__)

FAILURES = Counter("tongban_redis_failures_total", "Times that Redis could not be used", ["use"])

PAUSE_S = 2.0
"""How long a node that failed is left alone: else each question to a platform would first wait for a silent Redis."""

LONGEST_S = 2 * COMMAND_S
"""For a command with all that redis-py does around it, such as asking the other nodes who has the key now."""

PREFIX = "tongban:"
"""Of all keys and channels."""


class Outages:
    """Which nodes are away, as far as is known. Each outage is logged once, however many it hinders."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    def lost(self, node: str, error: Exception) -> None:
        if node not in self._until:
            log.warning("redis is away; processes work on by themselves", extra={"reason": type(error).__name__})
        self._until[node] = asyncio.get_running_loop().time() + PAUSE_S

    def back(self, node: str) -> None:
        if self._until.pop(node, None) is not None:
            log.warning("redis is back")

    def away(self, node: str) -> bool:
        return self._until.get(node, 0.0) > asyncio.get_running_loop().time()


class Link:
    """The way of commands to Redis."""

    def __init__(self, nodes: Nodes, outages: Outages) -> None:
        self._nodes = nodes
        self._outages = outages
        self._places = asyncio.Semaphore(MOST_CONNECTIONS)

    async def publish(self, topic: str) -> None:
        """Hints at a topic on every process."""
        await self._command("tell", PREFIX + topic, "SPUBLISH", PREFIX + topic, "")

    async def run(self, use: str, script: str, key: str, *values: str | int) -> Any:
        """What a Lua script over one key returns, which is never nil; None if Redis is away."""
        return await self._command(use, PREFIX + key, "EVAL", script, 1, PREFIX + key, *values)

    async def _command(self, use: str, key: str, *words: str | int) -> Any:
        node = self._nodes.node_of(key)
        async with self._places:
            if not self._outages.away(node):
                try:
                    async with asyncio.timeout(LONGEST_S):
                        reply = await self._nodes.command(*words)
                # Not TROUBLE alone: when one command fails, redis-py closes a Cluster's connections under the hands of the
                # others, which then raise what they stumble over, such as AttributeError.
                except Exception as error:
                    self._outages.lost(node, error)
                else:
                    self._outages.back(node)
                    return reply
        FAILURES.labels(use).inc()
        return None
