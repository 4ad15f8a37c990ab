"""How calls are counted: by client, and by what was called."""

Counted = tuple[str, str]
"""A client, or nothing for whoever came without a token; and the id of a registered operation, `Type.field`, or ALL."""

ALL = "all"
"""Under this every call is counted once."""

MOST = 10_000
"""Counts that are kept in memory while they cannot be written."""
