"""The figure of what is still to be pushed, counted when it is asked for.

Only the database knows it: where servers and workers are processes of their own no worker has a port, and what one of them saw
last would be wrong once it is dead. So every server counts, and all of them say the same.
"""

from domain.delivery import Backlog
from domain.times import Micros
from notifications.metrics import DUE
from store.outbox import Outbox

MOST_COUNTED = 10_000
"""Whoever reads more than that needs no exact number, and a scrape stays a matter of milliseconds."""


async def count_due(outbox: Outbox, now: Micros) -> None:
    """Brings the figure up to date. Where that fails there is none, rather than an old one. Raises StoreUnavailable."""
    counted: Backlog | None = None
    try:
        counted = await outbox.backlog(now, MOST_COUNTED)
    finally:
        DUE.clear()
        if counted is not None:
            DUE.labels("waiting").set(counted.waiting)
            DUE.labels("held").set(counted.held)
            DUE.labels("put-off").set(counted.put_off)
