"""Redis away and back: nobody who shares raises or hangs, and whoever listens is hinted when it is back."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from redis.exceptions import RedisClusterException, RedisError

from store.shared.bus import Listener
from store.shared.redis import RedisUnavailable, open_shared
from store.shared.redis_link import FAILURES, LONGEST_S, PREFIX
from store.shared.redis_nodes import COMMAND_S
from tests.contract.shared_world import Pair, awaited, tokens, two_processes
from tests.redis_servers import KINDS, RedisServers, redis_cluster, redis_server, redis_servers

pytestmark = pytest.mark.asyncio(loop_scope="module")
TOPICS = [f"topic-{number}" for number in range(12)]
"""Enough to be on every node of a cluster."""


@dataclass
class World:
    servers: RedisServers
    pair: Pair


@pytest_asyncio.fixture(loop_scope="module", params=KINDS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with redis_servers(request.param, tmp_path) as servers, two_processes(servers.url) as pair:
        yield World(servers, pair)


async def heard(ear: Listener) -> None:
    async with awaited("a hint at an ear of its topic", 15):
        await ear.heard()


async def until(wanted: Callable[[], Awaitable[bool]], what: str) -> None:
    async with awaited(what, 20):
        while not await wanted():
            await asyncio.sleep(0.05)


async def test_listeners_catch_up_after_a_restart(world: World):
    """What was told while Redis was away is lost; so everybody is hinted, and after that hints come again."""
    async with AsyncEars(world.pair, TOPICS) as ears:
        await world.servers.kill()
        for topic in TOPICS:
            await world.pair.other.bus.tell(topic)
        await world.servers.start()
        await asyncio.gather(*(heard(ear) for ear in ears.all))
        await asyncio.gather(*(ears.hears(topic) for topic in TOPICS))


async def test_whoever_begins_to_listen_while_it_is_away_does_not_wait(world: World):
    """And is hinted when it is back."""
    await world.servers.kill()
    async with (
        awaited("the beginning of listening, without Redis", LONGEST_S * 3),
        world.pair.one.bus.listen("late") as ear,
    ):
        pass
    async with world.pair.one.bus.listen("late") as ear:
        await world.servers.start()
        await heard(ear)


async def test_a_subscriber_that_is_cut_off_is_hinted(world: World):
    """The server ends the connection of one that reads too slowly, and drops what it had for it."""
    async with AsyncEars(world.pair, TOPICS) as ears:
        for node in world.servers.nodes:
            async with node.client() as client:
                await client.execute_command("CLIENT KILL TYPE pubsub")
        await asyncio.gather(*(heard(ear) for ear in ears.all))
        await asyncio.gather(*(ears.hears(topic) for topic in TOPICS))


async def test_a_topic_that_moves_to_another_node_is_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    """The node says that it ends the subscription; the listener is hinted once it stands at the other one.

    No node was away: else every claim would be given twice meanwhile.
    """
    async with redis_cluster(tmp_path) as servers, two_processes(servers.url) as pair, AsyncEars(pair, TOPICS) as ears:
        await servers.move(PREFIX + TOPICS[0])
        await ears.hears(TOPICS[0])
        await asyncio.gather(*(ears.hears(topic) for topic in TOPICS))
    assert not [record for record in caplog.records if record.name.startswith("store")]


async def test_a_node_that_is_away_does_not_silence_the_others(tmp_path: Path):
    """Two nodes of three still carry their topics."""
    async with redis_cluster(tmp_path) as servers, two_processes(servers.url) as pair, AsyncEars(pair, TOPICS) as ears:
        await servers.nodes[1].kill()
        hearing = [asyncio.create_task(ears.hears(topic)) for topic in TOPICS]
        done, waiting = await asyncio.wait(hearing, timeout=3)
        assert done
        assert waiting
        await servers.nodes[1].start()
        await asyncio.gather(*waiting)


async def test_alone_each_counts_for_itself(world: World):
    """Quotas hold in each process; afterwards they hold over all of them again."""
    await world.servers.kill()
    for shared in (world.pair.one, world.pair.other):
        assert [await shared.quotas.take("away", 2, 60) > 0 for _ in range(3)] == [False, False, True]
    await world.servers.start()

    async def together() -> bool:
        await world.servers.clear()
        await world.pair.one.quotas.take("back", 1, 60)
        return await world.pair.other.quotas.take("back", 1, 60) > 0

    await until(together, "a quota that holds over both processes again")


async def test_alone_everybody_is_given_a_claim(world: World):
    """Nobody waits for somebody who cannot be seen; afterwards claims hold again."""
    token = await world.pair.one.claims.take("away", 60)
    assert token
    waiting = asyncio.create_task(world.pair.other.claims.wait("away", 60))
    await world.servers.kill()
    async with awaited("claims that hold nobody up, without Redis", 10):
        assert await waiting is False
        assert await world.pair.other.claims.take("away", 60)
        await world.pair.one.claims.release("away", token, True)
    await world.servers.start()

    async def exclusive() -> bool:
        await world.pair.one.claims.take("back", 60)
        return await world.pair.other.claims.take("back", 60) is None

    await until(exclusive, "claims that hold again")


async def test_a_restart_that_lost_a_claim_is_no_release(world: World):
    """Whoever waits asks itself, and does not take for done what nobody finished."""
    assert await world.pair.one.claims.take("lost", 60)
    waiting = asyncio.create_task(world.pair.other.claims.wait("lost", 60))
    await until(lambda: _listening(world.servers), "a subscription at Redis")
    await world.servers.clear()
    async with awaited("that who waits asks itself", 10):
        assert await waiting is False


async def test_its_outage_is_counted_often_and_logged_once(world: World, caplog: pytest.LogCaptureFixture):
    """Per node; and its return once too."""
    caplog.set_level(logging.WARNING)
    before = FAILURES.labels("tell")._value.get()
    await world.servers.kill()
    for _ in range(20):
        await world.pair.one.bus.tell("topic")
    assert FAILURES.labels("tell")._value.get() == before + 20
    said = [record.getMessage() for record in caplog.records if record.name.startswith("store")]
    assert said == ["redis is away; processes work on by themselves"]


async def test_a_silent_redis_is_waited_for_once(world: World):
    """Then it is left alone for a while: a request must not pay for it again and again."""
    pair, loop = world.pair, asyncio.get_running_loop()
    await pair.one.bus.tell("topic")
    for node in world.servers.nodes:
        node.freeze()
    began = loop.time()
    await pair.one.bus.tell("topic")
    assert loop.time() - began < LONGEST_S + 1
    began = loop.time()
    for _ in range(20):
        await pair.one.bus.tell("topic")
    assert loop.time() - began < COMMAND_S / 2


async def test_its_check_fails_while_it_is_away(world: World):
    """And passes again by itself."""
    check = world.pair.one.checks["redis"]
    await check()
    await world.servers.kill()
    with pytest.raises((RedisError, RedisClusterException, OSError)):
        await check()
    await world.servers.start()

    async def passes() -> bool:
        try:
            await check()
        except Exception:
            return False
        return True

    await until(passes, "a check that passes again")


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
async def test_at_start_it_must_be_there(scheme: str):
    """Nobody would notice a wrong address otherwise. The sentence holds no part of the URL."""
    with pytest.raises(RedisUnavailable, match=r"^it does not answer \(\w+\)$"):
        async with open_shared(f"{scheme}://somebody:secret@127.0.0.1:1/0", lambda: 0.5, tokens()):
            pass


async def test_at_start_it_must_be_of_the_kind_that_was_said(tmp_path: Path):
    """Or two keys of three would be refused later."""
    async with redis_server(tmp_path, "--cluster-enabled", "yes") as servers:
        with pytest.raises(RedisUnavailable, match="redis\\+cluster"):
            async with open_shared(servers.url, lambda: 0.5, tokens()):
                pass
    async with redis_server(tmp_path) as servers:
        with pytest.raises(RedisUnavailable):
            async with open_shared(servers.url.replace("redis:", "redis+cluster:"), lambda: 0.5, tokens()):
                pass


async def _listening(servers: RedisServers) -> bool:
    for node in servers.nodes:
        async with node.client() as client:
            if await client.execute_command("PUBSUB SHARDCHANNELS"):
                return True
    return False


class AsyncEars:
    """Ears of one process at several topics."""

    def __init__(self, pair: Pair, topics: list[str]) -> None:
        self._pair = pair
        self._blocks = {topic: pair.one.bus.listen(topic) for topic in topics}
        self._ears: dict[str, Listener] = {}

    @property
    def all(self) -> list[Listener]:
        return list(self._ears.values())

    async def hears(self, topic: str) -> None:
        """Returns once hints of the other process come through, however many must be given until then.

        More than one: the first that is heard may be that of a connection which came back.
        """
        for _ in range(3):
            waiting = asyncio.create_task(heard(self._ears[topic]))
            while not waiting.done():
                await self._pair.other.bus.tell(topic)
                await asyncio.wait([waiting], timeout=0.05)
            await waiting

    async def __aenter__(self) -> "AsyncEars":
        self._ears = {topic: await block.__aenter__() for topic, block in self._blocks.items()}
        return self

    async def __aexit__(self, *failure: object) -> None:
        for block in self._blocks.values():
            await block.__aexit__(None, None, None)
