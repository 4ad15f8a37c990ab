"""A platform is a description: no code of the product knows any of them by name."""

import re
from pathlib import Path

import pytest

from integrations.registry import read_descriptions

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "api", "schema", "resolvers", "notifications", "integrations", "store", "domain", "mobile_contract")


@pytest.mark.parametrize("code", sorted(read_descriptions()))
def test_no_python_file_names_a_platform(code: str) -> None:
    """What is particular to a platform stands in its description, so that the next one needs no programmer."""
    named = re.compile(rf"""["'](?:.*/)?{re.escape(code)}(?:/.*)?["']""")
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*.py")]
    assert len(files) > 50
    assert [str(file) for file in files if named.search(file.read_text("utf-8"))] == []
