"""The provincial divisions: their codes from python-stdnum's data of GB/T 2260, their names from a file of ours."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from stdnum import numdb

_NAMES = Path(__file__).parent / "names.toml"


@dataclass(frozen=True)
class Division:
    """A province, autonomous region, municipality or special administrative region. `code`: two digits."""

    code: str
    zh: str
    en: str

    @property
    def division(self) -> str:
        """The code of six digits."""
        return f"{self.code}0000"


def provincial_codes() -> list[str]:
    """The first two digits of all of them, in their order."""
    data = numdb.get("cn/loc")
    return [str(code) for code in range(10, 100) if any("province" in part for _, part in data.info(f"{code}0000"))]


def divisions() -> list[Division]:
    """All of them, in the order of their codes. Raises KeyError for one that has no name."""
    names = tomllib.loads(_NAMES.read_text("utf-8"))
    return [Division(code, **names[code]) for code in provincial_codes()]
