"""What redis-py and Redis do that we had to step around: a test for each, which shows when it is gone."""

import asyncio
from pathlib import Path

import pytest
from redis.asyncio import Redis, RedisCluster
from redis.exceptions import RedisClusterException, ResponseError
from redis.exceptions import TimeoutError as TimedOut

from store.shared.redis_nodes import COMMAND_S
from tests.contract.shared_world import two_processes
from tests.redis_servers import RedisServer, redis_cluster, redis_server


async def speaks(server: RedisServer) -> set[str]:
    """The protocols of the clients of a server, but for the one that looks."""
    async with server.client() as client:
        listed, own = await client.client_list(), await client.client_id()
    return {one["resp"] for one in listed if int(one["id"]) != own}


async def test_left_alone_redis_py_speaks_resp3(tmp_path: Path):
    """There a message is a push, which comes between the answers to commands; we speak RESP2 on every connection."""
    async with redis_server(tmp_path) as servers:
        async with Redis.from_url(servers.url) as client:
            await client.ping()
            assert await speaks(servers.nodes[0]) == {"3"}
        async with two_processes(servers.url) as pair, pair.one.bus.listen("topic"):
            await pair.other.bus.tell("topic")
            assert await speaks(servers.nodes[0]) == {"2"}


async def test_left_alone_a_read_ends_after_five_seconds(tmp_path: Path):
    """Even one that waits for a message; ours is told how long."""
    async with redis_server(tmp_path) as servers:
        async with Redis.from_url(servers.url) as client:
            assert client.connection_pool.make_connection().socket_timeout == 5
        async with Redis.from_url(servers.url, socket_timeout=0.05) as client:
            connection = client.connection_pool.make_connection()
            await connection.connect()
            with pytest.raises(TimedOut):
                await connection.read_response()
            await connection.disconnect()


async def test_an_idle_subscription_outlives_the_time_limit_of_commands(tmp_path: Path):
    """A connection that was cut would be hinted when it is back, and nothing is."""
    async with (
        redis_server(tmp_path) as servers,
        two_processes(servers.url) as pair,
        pair.one.bus.listen("quiet") as ear,
    ):
        waiting = asyncio.create_task(ear.heard())
        await asyncio.wait([waiting], timeout=COMMAND_S * 1.5)
        assert not waiting.done()
        await pair.other.bus.tell("quiet")
        await asyncio.wait_for(waiting, 5)


async def test_one_command_over_two_slots_is_refused(tmp_path: Path):
    """By redis-py or by the server: so each of our commands is about one key."""
    async with redis_cluster(tmp_path) as servers, RedisCluster.from_url(servers.url.replace("+cluster", "")) as client:
        with pytest.raises(RedisClusterException):
            await client.mget("a", "b", "c")
        with pytest.raises((RedisClusterException, ResponseError)):
            await client.eval("return 1", 3, "a", "b", "c")


async def test_the_errors_of_a_cluster_are_no_redis_errors(tmp_path: Path):
    """Whoever catches RedisError alone is surprised when no node answers."""
    with pytest.raises(RedisClusterException):
        await RedisCluster(host="127.0.0.1", port=1).initialize()
