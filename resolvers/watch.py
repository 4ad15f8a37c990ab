"""What someone ought to look at: attempts to read what is another party's."""

import logging
from typing import TypeVar

from prometheus_client import Counter

log = logging.getLogger(__name__)

T = TypeVar("T")

FOREIGN_READS = Counter("tongban_foreign_reads_total", "Reads of an id that is another party's", ["noun"])


def noticed(noun: str, found: T, foreign: bool) -> T:
    """Passes on what was found; counts and logs, without any id, when it was there and somebody else's."""
    if foreign:
        FOREIGN_READS.labels(noun).inc()
        log.warning("another party's id was asked for", extra={"noun": noun})
    return found
