"""Claims over several processes, held in Redis."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from store.shared.bus import Bus, Listener
from store.shared.redis_link import Link

LOOK_EVERY_S = 1.0
"""A waiter that is not hinted looks by itself, since hints may be lost."""

REMEMBERED_MS = 60_000
"""How long it is known who was done last: longer than any waiter needs to see it."""

# A claim is a hash: its holder, and who was done with it last. So a waiter can tell that from a claim that lapsed, was given
# back or was lost.
# Whoever takes it again with the same token asks a second time because the first answer was lost on the way.
_TAKE = """
local holder = redis.call('HGET', KEYS[1], 'holder')
if holder and holder ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'holder', ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
"""
_RELEASE = """
if redis.call('HGET', KEYS[1], 'holder') ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
if ARGV[2] ~= '0' then
  redis.call('HSET', KEYS[1], 'last', ARGV[1])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return 1
"""
_LOOK = """
local seen = redis.call('HMGET', KEYS[1], 'holder', 'last')
return {seen[1] or '', seen[2] or '', redis.call('PTTL', KEYS[1])}
"""


class RedisClaims:
    """Satisfies store.shared.claims.Claims. `new_token` gives what no other process gives."""

    def __init__(self, link: Link, bus: Bus, new_token: Callable[[], str]) -> None:
        self._link = link
        self._bus = bus
        self._new_token = new_token

    async def take(self, name: str, seconds: float) -> str | None:
        token = self._new_token()
        taken = await self._link.run("claim", _TAKE, _key(name), token, round(seconds * 1000))
        return None if taken == 0 else token

    async def release(self, name: str, token: str, done: bool) -> None:
        if await self._link.run("claim", _RELEASE, _key(name), token, REMEMBERED_MS if done else 0):
            await self._bus.tell(_key(name))

    async def wait(self, name: str, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._bus.listen(_key(name)) as ear:
                return await self._released(name, ear)
        return False

    async def _released(self, name: str, ear: Listener) -> bool:
        awaited = ""
        while seen := await self._link.run("claim", _LOOK, _key(name)):
            holder, last, lapses_ms = seen
            awaited = awaited or holder
            if not holder or holder != awaited:
                return last != "" and awaited in ("", last)
            with suppress(TimeoutError):
                await asyncio.wait_for(ear.heard(), min(LOOK_EVERY_S, lapses_ms / 1000 + 0.001))
        return False


def _key(name: str) -> str:
    return f"claim:{name}"
