"""Redis as one server or as a Cluster: which node has a key, and connections to it."""

from typing import Any, Protocol

from redis.asyncio import BlockingConnectionPool, Redis, RedisCluster
from redis.asyncio.connection import AbstractConnection
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unconnected
from redis.exceptions import RedisClusterException, RedisError

COMMAND_S, CONNECT_S = 1.0, 1.0
"""Redis is near and quick; whoever waits for it longer than this is better off without."""

MOST_CONNECTIONS = 32
"""For commands, to each node. Subscribing takes one more."""

TROUBLE = (RedisError, RedisClusterException, OSError)
"""What redis-py raises. OSError includes a time-out of ours; RedisClusterException is no RedisError."""

# RESP2, since its messages to subscribers are plain answers. One more try, for connections that a restart has cut.
_OPTIONS: dict[str, Any] = {
    "protocol": 2,
    "decode_responses": True,
    "socket_timeout": COMMAND_S,
    "socket_connect_timeout": CONNECT_S,
}
_ONCE_MORE, _NEVER_AGAIN = (Retry(NoBackoff(), retries, (Unconnected,)) for retries in (1, 0))
# Whoever subscribes reads for longer than that. It bounds writing too, by asyncio.wait_for, which on Python 3.11 can lose a
# cancellation: then the task that writes would never end.
_SUBSCRIBING: dict[str, Any] = {"socket_timeout": None, "retry": _NEVER_AGAIN}


NOBODY = "nobody"
"""The node of keys that nobody has: no connection can be had to it."""


class Nodes(Protocol):
    """The servers behind one URL. What reaches out raises TROUBLE."""

    async def command(self, *words: str | int) -> Any:
        """The reply to one command, from the node that has its key."""

    def node_of(self, key: str) -> str:
        """The node that has a key, as far as is known. Raises nothing."""

    def connection(self, node: str) -> AbstractConnection:
        """A new connection, not opened yet, that no command uses. It waits without a time limit."""

    async def look_again(self) -> None:
        """Learns anew which node has what."""

    async def examine(self) -> str:
        """What is wrong with the way it is set up; empty if nothing is."""

    async def close(self) -> None:
        """Ends the connections for commands."""


class OneServer:
    """Satisfies Nodes with a single server."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url, max_connections=MOST_CONNECTIONS, timeout=COMMAND_S, retry=_ONCE_MORE, **_OPTIONS
        )
        self._client = Redis.from_pool(pool)

    async def command(self, *words: str | int) -> Any:
        return await self._client.execute_command(*words)  # type: ignore[no-untyped-call]

    def node_of(self, key: str) -> str:
        return "the server"

    def connection(self, node: str) -> AbstractConnection:
        pool = self._client.connection_pool
        return pool.connection_class(**pool.connection_kwargs | _SUBSCRIBING)

    async def look_again(self) -> None:
        pass

    async def examine(self) -> str:
        info = await self._client.info("cluster")
        return "it is a node of a Cluster: say redis+cluster:// instead of redis://" if info["cluster_enabled"] else ""

    async def close(self) -> None:
        await self._client.aclose()


class Cluster:
    """Satisfies Nodes with a Cluster. Nodes go by host and port, as the Cluster tells them."""

    def __init__(self, url: str) -> None:
        # Two nodes of three still serve their keys.
        self._client = RedisCluster.from_url(url, require_full_coverage=False, retry=_ONCE_MORE, **_OPTIONS)

    async def command(self, *words: str | int) -> Any:
        return await self._client.execute_command(*words)

    def node_of(self, key: str) -> str:
        try:
            node = self._client.get_node_from_key(key)
        except TROUBLE:
            node = None
        return node.name if node else NOBODY

    def connection(self, node: str) -> AbstractConnection:
        known = self._client.get_node(node_name=node)
        if known is None:
            raise Unconnected("the Cluster has no such node any more")
        return known.connection_class(**known.connection_kwargs | _SUBSCRIBING)

    async def look_again(self) -> None:
        await self._client.nodes_manager.initialize()

    async def examine(self) -> str:
        await self._client.initialize()
        return ""

    async def close(self) -> None:
        await self._client.aclose()
