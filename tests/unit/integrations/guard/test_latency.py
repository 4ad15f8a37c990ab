"""How long answers take: quantiles out of buckets."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.guard.latency import SHORTEST_S, SLICE_S, SLICES, Latency

NOW = 1000.0
UP_TO = 2**0.25 * 1.0001


@given(st.lists(st.floats(0.0, 60.0), min_size=1, max_size=200), st.sampled_from([0.01, 0.5, 0.95, 1.0]))
def test_a_quantile_is_never_too_low_and_never_a_fifth_too_high(times: list[float], share: float) -> None:
    """Against the sorted list; below a millisecond everything is one."""
    latency = Latency()
    for seconds in times:
        latency.answered(seconds, NOW)
    exact = sorted(times)[math.ceil(share * len(times)) - 1]
    found = latency.quantile(share, NOW)
    assert found is not None
    assert exact <= found * 1.0001
    assert found <= max(exact, SHORTEST_S) * UP_TO


def test_what_failed_is_counted_and_not_timed() -> None:
    """Calls that time out would say how long our patience is."""
    latency = Latency()
    for _ in range(10):
        latency.answered(0.1, NOW)
        latency.failed(NOW)
    assert latency.calls(NOW) == (10, 10)
    assert latency.quantile(1.0, NOW) == pytest.approx(0.1, rel=0.2)


def test_nothing_is_known_of_what_was_not_asked() -> None:
    """Nor of what was asked more than five minutes ago."""
    latency = Latency()
    assert latency.quantile(0.5, NOW) is None
    latency.failed(NOW)
    assert latency.quantile(0.5, NOW) is None
    latency.answered(0.1, NOW)
    assert latency.quantile(0.5, NOW) is not None
    assert (latency.quantile(0.5, NOW + SLICES * SLICE_S), latency.calls(NOW + SLICES * SLICE_S)) == (None, (0, 0))
