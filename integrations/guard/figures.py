"""What the operator sees of the guards of this process."""

from prometheus_client import Counter, Gauge

TURNED_AWAY = Counter(
    "tongban_platform_turned_away_total",
    "Questions and calls that the guard did not let through, or would not have let through",
    ["platform", "by"],
)
EXTRA_CALLS = Counter("tongban_platform_extra_calls_total", "Calls made again, or twice", ["platform", "why"])
BREAKER_OPEN = Gauge("tongban_platform_breaker_open", "Whether the breaker is open: 1 or 0", ["platform"])
PLACES = Gauge("tongban_platform_places", "How many questions at a time the platform stands", ["platform"])
PLACES_IN_USE = Gauge("tongban_platform_places_in_use", "How many questions are under way", ["platform"])
