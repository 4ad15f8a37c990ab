"""Outward: platforms, the identity provider, and how they are reached."""
