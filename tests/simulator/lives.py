"""Walks through the life of a case, and where a case stands after each: the same at any platform."""

LIVES = {
    (): ("reception", None),
    ("accepted",): ("reception", None),
    ("correction",): ("reception", None),
    ("accepted", "correction", "corrected"): ("reception", None),
    ("accepted", "material"): ("reception", None),
    ("accepted", "material", "corrected"): ("reception", None),
    ("accepted", "review"): ("approval", None),
    ("accepted", "review", "correction", "corrected"): ("approval", None),
    ("accepted", "visit"): ("approval", None),
    ("accepted", "visit", "review"): ("approval", None),
    ("accepted", "special"): ("approval", None),
    ("accepted", "special", "resume", "review"): ("approval", None),
    ("accepted", "review", "granted"): ("completion", "granted"),
    ("accepted", "review", "granted", "collected"): ("completion", "granted"),
    ("accepted", "review", "refused"): ("completion", "refused"),
    ("accepted", "review", "granted", "annulled"): ("approval", None),
    ("accepted", "review", "refused", "reopened"): ("approval", None),
    ("accepted", "review", "refused", "reopened", "review", "granted"): ("completion", "granted"),
    ("accepted", "correction", "lapsed"): ("completion", "lapsed"),
    ("accepted", "special", "withdrawn"): ("completion", "withdrawn"),
    ("withdrawn",): ("completion", "withdrawn"),
}
"""Stage and outcome after these steps."""
