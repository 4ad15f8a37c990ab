"""The provincial platform of docs/wire/44.md: its data, the life of its cases, its answers and its events."""

CODE = "44"
"""Under which code whoever connects it knows it."""
