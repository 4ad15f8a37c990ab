"""Reads that several want at the same moment, done once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")


class Together:
    """Shares a read between those who want it before it has begun.

    Nobody joins a read under way: who comes later may know of something that it does not see. Listeners that one hint wakes
    all come before it begins.
    """

    def __init__(self) -> None:
        self._next: dict[Hashable, asyncio.Task[Any]] = {}

    async def read(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, begun after this call. The same key stands for the same read. Raises what `read` raises."""
        if key not in self._next:
            self._next[key] = asyncio.create_task(self._begin(key, read), name="read together")
        return cast(T, await asyncio.shield(self._next[key]))

    async def _begin(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        del self._next[key]
        return await read()
