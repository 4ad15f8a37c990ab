"""What processes share besides the database: hints, quotas, claims. In memory for one process, in Redis for several.

Nothing here is the truth: whatever is lost is found again in the database.
"""
