"""The doctor looks whether a platform answers, in the way in which the service will connect to it."""

import base64
from pathlib import Path

import pytest

from app.doctor import Ailing, _assertions, _platform
from app.settings import load_settings
from tests.certificates import Authority
from tests.contract.variant_world import VARIANTS, desk

KEYS = ",".join(f"{name}:{base64.b64encode(name.encode() * 16).decode()}" for name in ("a1", "a0"))
FILES = 'certificate = { setting = "certificate" }, key = { setting = "key" }'
SHOWING = f'authentication = {{ kind = "client-certificate", {FILES} }}\ntrust = {{ setting = "ca" }}'


async def test_a_platform_behind_certificates_is_well(tmp_path: Path):
    """Ours is shown, and its authority trusted; another's is not."""
    text = (VARIANTS / "desk" / "platform.toml").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("authentication"))
    (tmp_path / "desk").mkdir()
    (tmp_path / "desk" / "platform.toml").write_text(text.replace(line, SHOWING), "utf-8")
    ours, other = Authority(tmp_path), Authority(tmp_path, "other")
    certificate, key = ours.issue("tongban")
    async with desk(lambda request, body: {}, ours.server(ask=True)) as running:
        for authority in (ours, other):
            at = "TONGBAN_PLATFORMS__DESK"
            settings = load_settings({
                "TONGBAN_DESCRIPTIONS": str(tmp_path),
                f"{at}__ADDRESS": running.address,
                f"{at}__SECRETS__CERTIFICATE": str(certificate),
                f"{at}__SECRETS__KEY": str(key),
                f"{at}__SECRETS__CA": str(authority.file),
            })  # fmt: skip
            if authority is ours:
                await _platform(settings, "desk")
            else:
                with pytest.raises(Ailing, match="Certificate"):
                    await _platform(settings, "desk")


async def test_which_key_signs_is_said_and_where_platforms_find_all():
    """What a platform's people ask for when nothing of ours is believed."""
    issuer = {"TONGBAN_ASSERTION_ISSUER": "https://tongban.example.cn"}
    settings = load_settings({"TONGBAN_ASSERTION_KEYS": KEYS, **issuer})
    found = "signed with a1; platforms find a1, a0 at https://tongban.example.cn/.well-known/jwks.json"
    assert await _assertions(settings) == found
    no_key = base64.b64encode(bytes(32)).decode()
    with pytest.raises(Ailing, match="TONGBAN_ASSERTION_KEYS"):
        await _assertions(load_settings({"TONGBAN_ASSERTION_KEYS": f"a1:{no_key}", **issuer}))
