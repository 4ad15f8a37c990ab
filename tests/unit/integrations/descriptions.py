"""Descriptions for tests: the one of platform 44, as text, with places changed."""

from pathlib import Path

from integrations.description import Description, read_description
from integrations.registry import HOME

TEXT = (HOME / "44" / "platform.toml").read_text("utf-8")


def written(folder: Path, old: str = "", new: str = "", *, code: str = "44") -> Path:
    """A description file in its folder, with `old` (which must be there) replaced by `new`."""
    assert old in TEXT
    file = folder / code / "platform.toml"
    file.parent.mkdir()
    file.write_text(TEXT.replace(old, new) if old else TEXT, "utf-8")
    return file


def description(folder: Path, old: str = "", new: str = "") -> Description:
    return read_description(written(folder, old, new))
