"""The provincial platform of docs/wire/33.md: its data, the life of its cases, its answers and its events."""

CODE = "33"
"""Under which code whoever connects it knows it."""
