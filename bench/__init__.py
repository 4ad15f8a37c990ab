"""Measuring: one question per script, its figures beside it. Nothing here is part of the service, and no test asserts a speed."""
