"""Quotas over several processes, counted in Redis."""

from store.shared.memory import MemoryQuotas
from store.shared.quotas import Spent
from store.shared.redis_link import Link

# A list of the last so many times, newest last: one more is allowed once the oldest of them is out of the window. Exact, and
# whatever stretch the other side counts by, it holds there too. Times are Redis's own: hosts disagree about the time.
_TAKE = """
local most, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local oldest = tonumber(redis.call('LINDEX', KEYS[1], -most) or 0)
if oldest + window > now then return oldest + window - now end
redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], -most, -1)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
return 0
"""

# What was spent in this window and in the one before; of that, as much counts as the last `window` microseconds still hold.
_SPEND = """
local amount, most, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local slot, into = math.floor(now / window), now % window
local kept = redis.call('HMGET', KEYS[1], 'slot', 'spent', 'before')
local age = slot - tonumber(kept[1] or slot)
local spent = age == 0 and tonumber(kept[2] or 0) or 0
local before = age == 0 and tonumber(kept[3] or 0) or (age == 1 and tonumber(kept[2] or 0) or 0)
local used = spent + math.floor(before * (window - into) / window)
if used + amount > most then
  local over, wait = used + amount - most, window - into
  if before > 0 and over <= used - spent then wait = math.ceil(over / before * window) end
  return {math.max(most - used, 0), math.max(wait, 1)}
end
redis.call('HSET', KEYS[1], 'slot', string.format('%.0f', slot), 'spent', spent + amount, 'before', before)
redis.call('PEXPIRE', KEYS[1], math.ceil(window / 500))
return {most - used - amount, 0}
"""


class RedisQuotas:
    """Satisfies store.shared.quotas.Quotas."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._alone = MemoryQuotas()

    async def take(self, name: str, most: int, window_s: float) -> float:
        micros = await self._link.run("quota", _TAKE, f"quota:{name}", most, round(window_s * 1_000_000))
        return await self._alone.take(name, most, window_s) if micros is None else micros / 1_000_000

    async def spend(self, name: str, amount: int, most: int, window_s: float) -> Spent:
        window = round(window_s * 1_000_000)
        said = await self._link.run("budget", _SPEND, f"budget:{name}", amount, most, window)
        if said is None:
            return await self._alone.spend(name, amount, most, window_s)
        return Spent(int(said[0]), int(said[1]) / 1_000_000)
