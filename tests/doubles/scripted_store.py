"""A scripted clock for what asks a SQLite store: it stands still while the database works, which so takes no time at all."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any
from unittest.mock import patch

from aiosqlite import Connection

from tests.doubles.scripted import BEGINNING, ScriptedLoop

LONGEST_S = 30 * 24 * 3600.0
"""A clock that has come so far runs away: something waits again and again for what never comes."""

_execute = Connection._execute


class StoreLoop(ScriptedLoop):
    """`working`: statements that are with the thread of a SQLite connection, which no timer may overtake."""

    working = 0

    def _run_once(self) -> None:
        if self.working:
            asyncio.SelectorEventLoop._run_once(self)  # type: ignore[attr-defined]
        else:
            super()._run_once()
        if self.time() - BEGINNING > LONGEST_S:
            raise RuntimeError("the scripted clock runs away")


async def _counted(self: Connection, *args: Any, **kwargs: Any) -> Any:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, StoreLoop)
    loop.working += 1
    try:
        return await _execute(self, *args, **kwargs)
    finally:
        loop.working -= 1


def scripted_store(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs on a clock of its own, with SQLite."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with patch.object(Connection, "_execute", _counted), asyncio.Runner(loop_factory=StoreLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run
