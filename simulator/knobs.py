"""What can be turned at every platform while it runs."""

from dataclasses import dataclass


@dataclass
class Knobs:
    """Of a platform that is only asked.

    `latency_ms` passes before the data are read, `late_answers_ms` after (so the answer is old when it arrives).
    `error` names a way to answer badly: one of the platform's own, or one of the wire (faults.py).
    """

    latency_ms: int = 0
    late_answers_ms: int = 0
    error: str | None = None
    outage: bool = False


@dataclass
class PushingKnobs(Knobs):
    """Of a platform that pushes events as well.

    `duplicate_events` sends each event so many times more; `reorder_events` holds so many and sends them backwards.
    `lose_events` forgets to send so many: it counts down. A lost one stays in the log, and can be sent on demand.
    With `push` off, events are made and logged, and only sent on demand.
    """

    push: bool = True
    duplicate_events: int = 0
    reorder_events: int = 0
    lose_events: int = 0
    corrupt_signature: bool = False
    events_to: str | None = None
