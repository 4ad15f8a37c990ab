"""Who puts a question: a reader, who waits for it, or a job, which nobody waits for."""

from collections.abc import Callable

RESERVE = 5
"""One of so many places and calls at a platform is kept for readers: jobs come by the thousand and can come again."""


class Asker:
    """A reader, or a job that nobody waits for until a reader joins its question."""

    def __init__(self, reads: bool) -> None:
        self.reads = reads
        self.when_joined: Callable[[], None] | None = None

    def joined_by(self, other: "Asker") -> None:
        """A reader does not wait like a job only because a job was first."""
        if other.reads and not self.reads:
            self.reads = True
            if self.when_joined:
                self.when_joined()


READER = Asker(reads=True)


def a_job() -> Asker:
    """A new one for each question, since a reader may join it."""
    return Asker(reads=False)


def open_to_jobs(whole: int) -> int:
    """How much of `whole` jobs may use: not the readers' share, and always something. Of one, that is all there is."""
    return max(1, whole - max(1, whole // RESERVE))
