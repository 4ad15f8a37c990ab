"""How a simulated platform can be killed, and what a source must say of it then."""

from collections.abc import Mapping
from typing import Any

from domain.source import Reason

Knobs = Mapping[str, Any]

WAYS: dict[str, Reason] = {
    "hang": Reason.TIMEOUT,
    "trickle": Reason.TIMEOUT,
    "reset": Reason.UNREACHABLE,
    "truncated": Reason.UNREACHABLE,
    "expired-certificate": Reason.UNREACHABLE,
    "http500": Reason.REFUSED,
    "http503": Reason.REFUSED,
    "http429": Reason.RATE_LIMITED,
    "redirect": Reason.REFUSED,
    "declined": Reason.REFUSED,
    "garbage": Reason.DRIFTED,
    "html": Reason.DRIFTED,
    "mistyped": Reason.DRIFTED,
    "nested": Reason.DRIFTED,
    "bomb": Reason.DRIFTED,
    "huge": Reason.DRIFTED,
    "drift": Reason.DRIFTED,
    "refused connection": Reason.UNREACHABLE,
    "slow": Reason.TIMEOUT,
}
"""Each way, with its reason. All but the last two are values of the knob `error`."""

GENERATED = frozenset({"declined", "drift", "expired-certificate"})
"""Those of generated platforms; the last one only of those over HTTPS."""

QUIET: Knobs = {"outage": False, "latency_ms": 0, "error": None}
"""A platform without trouble."""

VERY_SLOW_MS = 20_000


def knobs_of(way: str) -> Knobs:
    """What is to be turned to kill a platform in this way."""
    if way == "refused connection":
        return {"outage": True}
    return {"latency_ms": VERY_SLOW_MS} if way == "slow" else {"error": way}
