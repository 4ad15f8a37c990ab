"""Bringing one notification to one device: the duty, the tries and their outcomes."""

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from domain.times import Micros


class DeliveryState(StrEnum):
    """Where a delivery stands. All but DUE are final."""

    DUE = "due"
    DONE = "done"
    DROPPED = "dropped"
    FAILED = "failed"


class AttemptOutcome(StrEnum):
    """How one attempt ended, as a closed list. Only DEAD_TOKEN removes a device."""

    ACCEPTED = "accepted"
    DEAD_TOKEN = "dead-token"  # noqa: S105 - a word, not a secret
    LATER = "later"
    REFUSED = "refused"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Device:
    """A phone, as one client app on it registered. `token` is the channel's address of it."""

    id: UUID
    party_id: UUID
    client: str
    channel: str
    token: str = field(repr=False)
    locale: str
    seen: Micros


@dataclass(frozen=True, slots=True)
class Delivery:
    """The duty to bring one notification to one device, leased to one worker until `lease_until`."""

    id: UUID
    notification_id: UUID
    device_id: UUID
    party_id: UUID
    channel: str
    attempts: int
    expires: Micros
    lease: str
    lease_until: Micros


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many deliveries are due: `waiting` for a worker, `held` by one under its lease, `put_off` until a later time."""

    waiting: int
    held: int
    put_off: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an attempt ended. `retry_after` in microseconds, where the channel named one; `code` is the channel's own word."""

    kind: AttemptOutcome
    code: str = ""
    message_id: str = ""
    retry_after: Micros | None = None


def purpose_key(transition_key: str, channel: str, device_id: UUID) -> str:
    """Unique: one transition reaches one device by one channel at most once as a duty."""
    return hashlib.sha256(f"{transition_key}\n{channel}\n{device_id.hex}".encode()).hexdigest()
