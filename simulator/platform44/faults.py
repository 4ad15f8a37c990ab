"""How the platform can misbehave, and what an answer looks like when it does."""

from dataclasses import dataclass
from typing import Any

_RENAMED = {
    "PROJECT_NO": "PROJECT_CODE",
    "TASK_NAME": "ITEM_NAME",
    "STEP_CODE": "LINK_CODE",
    "RESULT_TYPE": "RESULT_CODE",
    "ZZBS": "LICENCE_IDENTIFIER",
    "ZZMC": "LICENCE_TITLE",
}
ERRORS = ("http500", "garbage", "html", "drift", "declined", "truncated")


@dataclass
class Knobs:
    """What can be turned while the platform runs.

    `latency_ms` passes before the data are read, `late_answers_ms` after (so the answer is old when it arrives).
    `duplicate_events` sends each event so many times more; `reorder_events` holds so many and sends them backwards.
    With `push` off, events are made and logged, and only sent on demand.
    """

    latency_ms: int = 0
    late_answers_ms: int = 0
    error: str | None = None
    outage: bool = False
    push: bool = True
    duplicate_events: int = 0
    reorder_events: int = 0
    corrupt_signature: bool = False
    events_to: str | None = None


def drifted(data: Any) -> Any:
    """The same answer after somebody renamed fields without telling anyone."""
    if isinstance(data, dict):
        return {_RENAMED.get(key, key): drifted(value) for key, value in data.items()}
    return [drifted(value) for value in data] if isinstance(data, list) else data
