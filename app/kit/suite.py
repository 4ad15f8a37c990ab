"""Which checks there are, in the order in which they run."""

from app.kit import altered, answers, events, manners
from app.kit.bench import Bench
from app.kit.check import Check

CHECKS = (*answers.CHECKS, *manners.CHECKS, *altered.CHECKS, *events.CHECKS)


def suite_of(bench: Bench) -> tuple[Check[Bench], ...]:
    """The checks of a bench."""
    return CHECKS
