"""The port of the bus: telling other processes that something changed, so that they look at the database sooner."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

DUE = "due"
"""The topic of deliveries and jobs that came due."""


def changes_of(party_id: UUID) -> str:
    """The topic of changes of one party's rows."""
    return f"party:{party_id.hex}"


class Listener(Protocol):
    """One ear at a topic. It keeps one fact, whether there was a hint, so that a slow reader never grows it."""

    async def heard(self) -> None:
        """Returns once there was a hint since it last returned; now and then without one, and then there is nothing new."""


class Bus(Protocol):
    """Hints between processes. A hint may be lost; whoever must not miss anything looks at the database now and then too."""

    async def tell(self, topic: str) -> None:
        """Hints at a topic. Raises nothing: a hint that cannot be given is counted."""

    def listen(self, topic: str) -> AbstractAsyncContextManager[Listener]:
        """An ear at a topic from when the block is entered until it ends. Raises nothing, even while the bus is away."""
