"""Which checks there are, in the order in which they run."""

from app.kit import altered, answers, events, manners, pushed, switched
from app.kit.bench import Bench
from app.kit.cassette import Cassette
from app.kit.check import Check
from app.kit.drift import checks_against

ASKING = (*answers.CHECKS, *manners.CHECKS, *altered.CHECKS, *events.CHECKS)
CHANGING = (*pushed.CHECKS, *switched.CHECKS)
"""Those that have something happen at the platform come last: what comes before is about one state of it."""


def suite_of(old: Cassette | None) -> tuple[Check[Bench], ...]:
    """The checks of a run; with those against a recording if there is one."""
    return (*ASKING, *(checks_against(old) if old else ()), *CHANGING)
