"""What a run of the simulator can be told."""

import secrets
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path


def _fresh_folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="tongban-simulator-"))


@dataclass(frozen=True)
class Settings:
    """Everything has a default; port 0 takes a free one.

    `now` moves the platform's story only. `events_to` is the full address events are posted to, or nothing.
    """

    host: str = "127.0.0.1"
    platform_port: int = 0
    oidc_port: int = 0
    fcm_port: int = 0
    control_port: int = 0
    folder: Path = field(default_factory=_fresh_folder)
    events_to: str | None = None
    event_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    app_key: str = field(default_factory=lambda: secrets.token_hex(16))
    audience: str = "tongban"
    seed: int = 44
    now: datetime | None = None
    event_retry_s: float = 0.2
