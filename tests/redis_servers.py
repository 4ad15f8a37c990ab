"""Redis for tests: servers of their own on free ports of this machine, single or three as a cluster."""

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from tests.ports import free_port

KINDS = ("redis", "cluster")
SLOTS = 16384
NODES = 3

LONGEST_S = 20.0
"""For a server to answer, or a cluster to agree."""


def server_there() -> bool:
    """Whether redis-server is installed. With CI set it must be: then a test fails and is not skipped."""
    return bool(os.environ.get("CI")) or shutil.which("redis-server") is not None


@dataclass
class RedisServer:
    """One redis-server process, which keeps nothing on disk but a cluster's map. It can be killed and started again."""

    folder: Path
    port: int
    options: tuple[str, ...] = ()
    _process: asyncio.subprocess.Process | None = field(default=None, init=False, repr=False)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    async def start(self) -> None:
        """Starts it on its port, and returns once it answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        said = (self.folder / "redis.log").open("ab")
        with said:
            self._process = await asyncio.create_subprocess_exec(
                *("redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
                *("--save", "", "--appendonly", "no", *self.options),
                stdout=said,
                stderr=said,
            )
        async with asyncio.timeout(LONGEST_S):
            while not await self._answers():
                assert self._process.returncode is None, (self.folder / "redis.log").read_text()
                await asyncio.sleep(0.02)

    async def kill(self) -> None:
        """Ends it with SIGKILL, as if its host had lost power. Does nothing if it does not run."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    def freeze(self) -> None:
        """Stops it where it is, as a host that went silent: connections stand, nobody answers. `kill` ends it too."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def client(self) -> "Redis":
        """A client of this one server; whoever takes it closes it."""
        return Redis(port=self.port, decode_responses=True)

    async def _answers(self) -> bool:
        async with self.client() as client:
            try:
                return bool(await client.ping())
            except (RedisError, OSError):
                return False


@dataclass
class RedisServers:
    """What a test runs against: where the product finds it, and the processes behind it."""

    url: str
    nodes: list[RedisServer]

    async def kill(self) -> None:
        """Ends all of them with SIGKILL."""
        for node in self.nodes:
            await node.kill()

    async def start(self) -> None:
        """Starts all of them again on their ports, and returns once they serve every key."""
        for node in self.nodes:
            await node.start()
        if len(self.nodes) > 1:
            await _agreed(self.nodes)

    async def move(self, key: str) -> None:
        """Gives the slot of a key to the next node than its first one, as when a cluster is rebalanced; it must be empty."""
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(node.client()) for node in self.nodes]
            slot = await clients[0].execute_command("CLUSTER KEYSLOT", key)
            heir = (slot * len(clients) // SLOTS + 1) % len(clients)
            its_id = await clients[heir].execute_command("CLUSTER MYID")
            for client in [clients[heir], *clients]:
                await client.execute_command("CLUSTER SETSLOT", slot, "NODE", its_id)

    async def clear(self) -> None:
        """Forgets every key."""
        for node in self.nodes:
            async with node.client() as client:
                await client.flushall()


@asynccontextmanager
async def redis_servers(kind: str, folder: Path) -> AsyncIterator[RedisServers]:
    """`redis`: one server; `cluster`: three nodes that share the keys. They end with the block."""
    if not server_there():
        pytest.skip("redis-server is not installed")
    async with redis_server(folder) if kind == "redis" else redis_cluster(folder) as servers:
        yield servers


@asynccontextmanager
async def redis_server(folder: Path, *options: str) -> AsyncIterator[RedisServers]:
    """One server, with more options of redis-server's command line if a test needs them."""
    node = RedisServer(folder / "redis", free_port(), options)
    try:
        await node.start()
        yield RedisServers(node.url, [node])
    finally:
        await node.kill()


@asynccontextmanager
async def redis_cluster(folder: Path) -> AsyncIterator[RedisServers]:
    """Three nodes without replicas, each with a third of the slots."""
    options = ("--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-require-full-coverage", "no")
    async with AsyncExitStack() as stack:
        nodes: list[RedisServer] = []
        for number in range(NODES):
            node = RedisServer(folder / f"node{number}", free_port(), options)
            stack.push_async_callback(node.kill)
            await node.start()
            nodes.append(node)
        await _join(nodes)
        yield RedisServers(f"redis+cluster://127.0.0.1:{nodes[0].port}", nodes)


async def _join(nodes: list[RedisServer]) -> None:
    bounds = [SLOTS * number // len(nodes) for number in range(len(nodes) + 1)]
    for number, node in enumerate(nodes):
        async with node.client() as client:
            await client.execute_command("CLUSTER ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
            await client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
            for other in nodes[:number]:
                await client.execute_command("CLUSTER MEET", "127.0.0.1", other.port)
    await _agreed(nodes)


async def _agreed(nodes: list[RedisServer]) -> None:
    """Returns once every node knows all the others and all slots are served."""
    async with asyncio.timeout(LONGEST_S):
        for node in nodes:
            async with node.client() as client:
                while not await _whole(client, len(nodes)):
                    await asyncio.sleep(0.05)


async def _whole(client: "Redis", nodes: int) -> bool:
    info = await client.execute_command("CLUSTER INFO")
    wanted = {"cluster_state": "ok", "cluster_slots_ok": str(SLOTS), "cluster_known_nodes": str(nodes)}
    return all(info.get(name) == value for name, value in wanted.items())
