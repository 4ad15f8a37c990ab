"""Descriptions for tests: those of the platforms, as text, with places changed."""

from pathlib import Path

from integrations.description import Description, read_description
from integrations.registry import HOME

TEXT = (HOME / "44" / "platform.toml").read_text("utf-8")


def written(folder: Path, old: str = "", new: str = "", *, code: str = "44", like: str = "44") -> Path:
    """The description of `like` as a file in the folder of `code`, with `old` (which must be there) replaced by `new`."""
    text = (HOME / like / "platform.toml").read_text("utf-8")
    assert old in text
    file = folder / code / "platform.toml"
    file.parent.mkdir()
    file.write_text(text.replace(old, new) if old else text, "utf-8")
    return file


def description(folder: Path, old: str = "", new: str = "", *, like: str = "44") -> Description:
    return read_description(written(folder, old, new, code=like, like=like))
