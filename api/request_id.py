"""The id of the request being served, for whoever writes a log line about it."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""Set by the edge when a request comes in; empty outside of one."""
