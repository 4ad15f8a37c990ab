"""A platform is a description: no code of the product knows any of them by name."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.registry import HOME, read_catalogue

ROOT = Path(__file__).parents[2]
MAY = ("simulator", "tests", "integrations/platforms")
"""Where platforms are called by their codes."""


def named_in(source: str, codes: frozenset[str]) -> Iterator[tuple[int, str]]:
    """Line and code of each text in Python source that is the code of a platform, or a path with one in it."""
    tree = ast.parse(source)
    widths = {id(part) for node in ast.walk(tree) if isinstance(node, ast.FormattedValue) and node.format_spec
              for part in ast.walk(node.format_spec)}  # fmt: skip
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in widths:
            yield from ((node.lineno, step) for step in node.value.split("/") if step in codes)


def python_files() -> list[Path]:
    """Of the project, and not of what is installed beside it, under .venv."""
    return [file for room in ROOT.glob("[!.]*/") for file in room.rglob("*.py")]


def codes() -> frozenset[str]:
    """Of every platform that is described or registered."""
    catalogue = read_catalogue(HOME)
    return frozenset(catalogue.descriptions.keys() | catalogue.registered.keys())


def test_no_python_file_names_a_platform() -> None:
    """What is particular to a platform stands in its description, so that the next one needs no programmer."""
    files = [file for file in python_files() if not any(ROOT / place in file.parents for place in MAY)]
    assert len(files) > 200 and len(codes()) > 30
    found = [
        f"{file.relative_to(ROOT)}:{line}: {code}"
        for file in files
        for line, code in named_in(file.read_text("utf-8"), codes())
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ('if code == "44": pass', [(1, "44")]),
        ("\nat = f'{home}/platforms/44/platform.toml'", [(2, "44")]),
        ('"""Of 44."""\nnumber = 44\ntext = "440000" + f"{number:44}"', []),
    ],
)
def test_a_name_would_be_found(source: str, named: list[tuple[int, str]]) -> None:
    """As a text, or as a step of a path; not as a number, a width or a part of a word."""
    assert list(named_in(source, frozenset({"44"}))) == named
