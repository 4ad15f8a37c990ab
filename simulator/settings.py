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

    `platforms`: how many there are, the first three made by hand and the others generated. `now` moves the platforms' story only.
    `events_to` is the full address that platform 44 posts events to, or nothing. `app_key` is platform 44's, `username` and
    `password` are 33's, `api_key` is 31's.
    """

    host: str = "127.0.0.1"
    platforms: int = 3
    platform_port: int = 0
    platform33_port: int = 0
    platform31_port: int = 0
    oidc_port: int = 0
    fcm_port: int = 0
    control_port: int = 0
    folder: Path = field(default_factory=_fresh_folder)
    events_to: str | None = None
    event_secret: str = field(default_factory=lambda: secrets.token_hex(16))
    event_secret33: str = field(default_factory=lambda: secrets.token_hex(16))
    app_key: str = field(default_factory=lambda: secrets.token_hex(16))
    username: str = "tongban"
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    api_key: str = field(default_factory=lambda: secrets.token_hex(16))
    audience: str = "tongban"
    seed: int = 44
    now: datetime | None = None
    event_retry_s: float = 0.2
