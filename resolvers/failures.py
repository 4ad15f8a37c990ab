"""The one table from failures of what lies below to codes that a caller may see."""

from collections.abc import Mapping

from domain.errors import ErrorCode
from store.database import StoreRefused, StoreUnavailable
from store.sealing import Unsealable

CODE_OF: Mapping[type[Exception], ErrorCode] = {
    StoreUnavailable: ErrorCode.UNAVAILABLE,
    StoreRefused: ErrorCode.INTERNAL,
    Unsealable: ErrorCode.INTERNAL,
}
"""Anything else is a fault of ours: INTERNAL."""
