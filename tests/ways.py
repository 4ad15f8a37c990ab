"""How a simulated platform can be killed, and what a source must say of it then."""

from collections.abc import Mapping
from typing import Any

from domain.source import Reason
from simulator.faults import EXPIRED
from simulator.platform31.wire import ERRORS as ERRORS_31
from simulator.platform33.faults import ERRORS as ERRORS_33
from simulator.platform44.faults import ERRORS as ERRORS_44

Knobs = Mapping[str, Any]

WAYS: dict[str, Reason] = {
    "hang": Reason.TIMEOUT,
    "trickle": Reason.TIMEOUT,
    "reset": Reason.UNREACHABLE,
    "truncated": Reason.UNREACHABLE,
    EXPIRED: Reason.UNREACHABLE,
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

BY_HAND = {"44": ERRORS_44, "33": ERRORS_33, "31": ERRORS_31}
"""The platforms that were not generated, with the ways of their own, which may mean something else by the same name."""

GENERATED = frozenset({"declined", "drift", EXPIRED})
"""The ways that only generated platforms have."""

QUIET: Knobs = {"outage": False, "latency_ms": 0, "error": None}
"""A platform without trouble."""

VERY_SLOW_MS = 20_000


def knobs_of(way: str) -> Knobs:
    """What is to be turned to kill a platform in this way."""
    if way == "refused connection":
        return {"outage": True}
    return {"latency_ms": VERY_SLOW_MS} if way == "slow" else {"error": way}


def ways_at(code: str, address: str) -> list[str]:
    """The ways in which the simulated platform at this address can be killed."""
    others = GENERATED.union(BY_HAND[code]) if code in BY_HAND else set[str]()
    return [way for way in WAYS if way not in others and (way != EXPIRED or address.startswith("https:"))]
