"""Quotas over several processes, counted in Redis."""

from store.shared.memory import MemoryQuotas
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


class RedisQuotas:
    """Satisfies store.shared.quotas.Quotas."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._alone = MemoryQuotas()

    async def take(self, name: str, most: int, window_s: float) -> float:
        micros = await self._link.run("quota", _TAKE, f"quota:{name}", most, round(window_s * 1_000_000))
        return await self._alone.take(name, most, window_s) if micros is None else micros / 1_000_000
