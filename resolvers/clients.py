"""Which clients may come in. Read from the register now and then, so that what an operator changes holds soon."""

import asyncio
from collections.abc import Callable, Mapping

from domain.client import Client
from domain.client_key import Key, digest_of
from domain.errors import ErrorCode, Refusal
from domain.times import SECOND, Micros
from store.clients import Clients as Register
from store.database import StoreUnavailable

SOON: Micros = 5 * SECOND
"""How long what was read is believed: a suspension holds everywhere after it."""

AT_ONCE: Micros = SECOND // 2
"""The same of who was not found: whoever was just registered need not wait, and strangers cause no more reads than this."""


class Clients:
    """The clients that are known in this process."""

    def __init__(self, register: Register, clock: Callable[[], Micros]) -> None:
        self._register, self._clock = register, clock
        self._known: Mapping[str, Client] = {}
        self._keys: Mapping[str, Key] = {}
        self._origins: frozenset[str] = frozenset()
        self._read: Micros | None = None
        self._reading = asyncio.Lock()

    async def admit(self, client_id: str) -> Client:
        """The client, if it may come in. Raises Refusal: UNKNOWN_CLIENT, SUSPENDED_CLIENT, or UNAVAILABLE if nobody can tell."""
        await self._look()
        if client_id not in self._known:
            await self._look(AT_ONCE)
        return self._admitted(client_id)

    async def admit_by(self, key: str) -> Client:
        """The client whose key this is. Raises Refusal: UNAUTHENTICATED, or what `admit` raises."""
        await self._look()
        digest = digest_of(key)
        if digest not in self._keys:
            await self._look(AT_ONCE)
        found = self._keys.get(digest)
        if found is None or not found.good(self._clock()):
            raise Refusal(ErrorCode.UNAUTHENTICATED)
        return self._admitted(found.client)

    async def has_page_at(self, origin: str) -> bool:
        """Whether a client that may come in has pages there, as far as anybody can tell now."""
        try:
            await self._look()
        except Refusal:
            return False
        return origin in self._origins

    def _admitted(self, client_id: str) -> Client:
        client = self._known.get(client_id)
        if client is None:
            raise Refusal(ErrorCode.UNKNOWN_CLIENT)
        if client.suspended:
            raise Refusal(ErrorCode.SUSPENDED_CLIENT)
        return client

    async def _look(self, age: Micros = SOON) -> None:
        """Has what is known no older than this. Raises Refusal: UNAVAILABLE."""
        if self._is_younger(age):
            return
        # One reads for all who come meanwhile.
        async with self._reading:
            if self._is_younger(age):
                return
            try:
                self._known, self._keys = await self._register.all(), await self._register.keys()
                self._origins = frozenset().union(*(one.origins for one in self._known.values() if not one.suspended))
            except StoreUnavailable:
                # What was known before is better than turning everybody away, who would meet the same database next.
                if self._read is None:
                    raise Refusal(ErrorCode.UNAVAILABLE) from None
            self._read = self._clock()

    def _is_younger(self, age: Micros) -> bool:
        return self._read is not None and self._clock() - self._read < age
