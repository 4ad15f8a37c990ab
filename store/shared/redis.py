"""What several processes share, through Redis 7 or newer: a single server or a Cluster."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from redis.exceptions import ResponseError

from store.shared.redis_bus import RedisBus
from store.shared.redis_claims import RedisClaims
from store.shared.redis_link import PREFIX, Link, Outages
from store.shared.redis_nodes import TROUBLE, Cluster, Nodes, OneServer
from store.shared.redis_quotas import RedisQuotas
from store.shared.shared import Shared


class RedisUnavailable(Exception):
    """Redis cannot be used. Says why, without the URL: that may hold a password."""


@asynccontextmanager
async def open_shared(url: str, chance: Callable[[], float], new_token: Callable[[], str]) -> AsyncIterator[Shared]:
    """What processes share, as long as the block runs. Raises RedisUnavailable at the beginning; later outages are survived.

    `url`: redis://host:port/number, or redis+cluster://host:port with any node of a Cluster; rediss for TLS. `chance` gives
    numbers from 0 to 1, so that processes do not all come back at once; `new_token` gives what no other process gives.
    """
    nodes: Nodes = Cluster(url.replace("+cluster", "", 1)) if "+cluster://" in url else OneServer(url)
    outages = Outages()
    link = Link(nodes, outages)
    bus = RedisBus(nodes, link, outages, chance)
    try:
        await _examine(nodes)
        yield Shared(bus, RedisQuotas(link), RedisClaims(link, bus, new_token), {"redis": lambda: _answers(nodes)})
    finally:
        await bus.close()
        await nodes.close()


async def _examine(nodes: Nodes) -> None:
    try:
        wrong = await nodes.examine()
        if not wrong:
            await _answers(nodes)
    except ResponseError as error:
        raise RedisUnavailable(f"it refuses what is asked of it ({type(error).__name__}); is it Redis 7?") from None
    except TROUBLE as error:
        raise RedisUnavailable(f"it does not answer ({type(error).__name__})") from None
    if wrong:
        raise RedisUnavailable(wrong)


async def _answers(nodes: Nodes) -> None:
    await nodes.command("SPUBLISH", f"{PREFIX}probe", "")
