"""Logs are set up for a whole process. What a test has set up ends with it, or the next one would write to what is closed."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from app.logs import QUIET, ROOMS


@contextmanager
def logs_kept() -> Iterator[None]:
    """Handlers and levels are afterwards what they were before, whatever is set up meanwhile."""
    root, named = logging.getLogger(), [logging.getLogger(name) for name in (*ROOMS, *QUIET)]
    handlers, levels = root.handlers[:], [logger.level for logger in (root, *named)]
    try:
        yield
    finally:
        root.handlers[:] = handlers
        for logger, level in zip((root, *named), levels, strict=True):
            logger.setLevel(level)
