"""The municipal platform of docs/wire/31.md: its data, the life of its cases and its answers. It pushes nothing."""

CODE = "31"
"""Under which code whoever connects it knows it."""
