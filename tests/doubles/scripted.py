"""An event loop on whose clock nothing is waited for: when all tasks wait, the next timer is due at once."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any

BEGINNING = 1_000_000.0


class ScriptedLoop(asyncio.SelectorEventLoop):
    """For what does no I/O."""

    def __init__(self) -> None:
        super().__init__()
        self._now = BEGINNING

    def time(self) -> float:
        return self._now

    def _run_once(self) -> None:
        timers = [timer.when() for timer in self._scheduled if not timer.cancelled()]  # type: ignore[attr-defined]
        if timers and not self._ready:  # type: ignore[attr-defined]
            self._now = max(self._now, min(timers))
        super()._run_once()  # type: ignore[misc]


def scripted(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """A test that runs on a clock of its own."""

    @wraps(test)
    def run(*args: Any, **kwargs: Any) -> None:
        with asyncio.Runner(loop_factory=ScriptedLoop) as runner:
            runner.run(test(*args, **kwargs))

    return run


def now() -> float:
    """Seconds since the test began."""
    return asyncio.get_running_loop().time() - BEGINNING
