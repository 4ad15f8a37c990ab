"""What may go wrong for a caller, as a closed list of codes that clients can rely on."""

from enum import StrEnum


class ErrorCode(StrEnum):
    """Why a field is null or a change was not made. The word travels in `extensions.code` and in `UserError.code`."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    ASSURANCE_TOO_LOW = "ASSURANCE_TOO_LOW"
    PAGE_SIZE = "PAGE_SIZE"
    BAD_CURSOR = "BAD_CURSOR"
    BAD_ID = "BAD_ID"
    BAD_INPUT = "BAD_INPUT"
    BAD_REQUEST = "BAD_REQUEST"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    RATE_LIMITED = "RATE_LIMITED"
    UNKNOWN_CLIENT = "UNKNOWN_CLIENT"
    SUSPENDED_CLIENT = "SUSPENDED_CLIENT"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    NOT_REGISTERED = "NOT_REGISTERED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    INTROSPECTION_CLOSED = "INTROSPECTION_CLOSED"
    NOT_FOUND = "NOT_FOUND"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class Refusal(Exception):
    """A use case declines for a reason that the caller may know. Carries a code and the input that is meant, never a text."""

    def __init__(self, code: ErrorCode, at: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.at = at
