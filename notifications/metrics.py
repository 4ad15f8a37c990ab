"""What the operator sees of pushes."""

from prometheus_client import Counter, Gauge, Histogram

ATTEMPTS = Counter("tongban_push_attempts_total", "Tries at a delivery, by how they ended", ["channel", "outcome"])

DROPPED = Counter("tongban_push_dropped_total", "Deliveries given up by a rule of ours, by reason", ["reason"])

ALARMS = Counter("tongban_push_alarms_total", "Answers of a channel that need a person", ["channel", "code"])

DUE = Gauge("tongban_deliveries_due", "Deliveries to be made, in the whole database", ["state"])

LATENCY = Histogram(
    "tongban_push_seconds",
    "From a transition to its push being accepted",
    ["channel"],
    buckets=(1, 2, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 72 * 3600),
)
