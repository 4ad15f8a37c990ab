"""How a command brings a database to this version's schema."""

from pathlib import Path

import pytest

from app import demo
from app.settings import load_settings
from app.simulation import fresh_keys
from store.lock import NOTICE_S


async def test_servers_get_time_to_notice_that_their_lock_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without it a filled PostgreSQL database could be changed under one that does not know yet."""
    told: list[object] = []

    async def upgrade(url: str, now: int, notice_s: float) -> None:
        told.append((url, notice_s))

    monkeypatch.setattr(demo, "upgrade", upgrade)
    url = f"sqlite://{tmp_path}/new/tongban.db"
    await demo.prepare(
        load_settings({**fresh_keys(), "TONGBAN_DATABASE_URL": url, "TONGBAN_ISSUER": "http://127.0.0.1"})
    )
    assert told == [(url, NOTICE_S)] and NOTICE_S > 0
    assert (tmp_path / "new").is_dir()
