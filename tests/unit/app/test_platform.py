"""`tongban platform lint`: what is right, what is wrong and where, and what is not compiled."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import platform
from integrations.registry import HOME
from tests.unit.integrations.descriptions import written


def lint(*arguments: str) -> tuple[int, str, str]:
    """Exit status, and what stood on both streams."""
    result = CliRunner().invoke(platform.app, ["lint", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consoles that write where the runner listens."""
    monkeypatch.setattr(platform, "out", platform.Console(width=80))
    monkeypatch.setattr(platform, "trouble", platform.Console(width=80, stderr=True))


def test_every_description_is_right():
    """A row for each, in their order."""
    status, said, wrong = lint()
    codes = sorted(file.parent.name for file in HOME.glob("*/platform.toml"))
    assert (status, wrong) == (0, "")
    assert [line.partition(":")[0] for line in said.splitlines()] == codes
    assert all(line.endswith("compiled, 0 interpreted") and ": ok / " in line for line in said.splitlines())


def test_mistakes_are_named_and_the_others_still_checked(tmp_path: Path):
    """With file, line, place and what is expected, on a line of their own."""
    file = written(tmp_path, 'number = "ACCEPT.PROJECT_NO"', 'number = "ACCEPT..NO"')
    written(tmp_path, 'title = "item.name"', 'title = "not_null(item.name)"', code="31", like="31")
    line = file.read_text("utf-8").partition("ACCEPT..NO")[0].count("\n") + 1
    status, said, wrong = lint("--at", str(tmp_path))
    assert status == 1
    assert wrong.startswith(f"{file}:{line}: cases.facts.number: expected JMESPath") and wrong.count("\n") == 1
    assert said.splitlines()[0].startswith("31: ok / ") and said.splitlines()[0].endswith("1 interpreted")
    assert said.splitlines()[1:] == ["  interpreted: cases.facts.title: not_null(item.name)"]
    assert lint("31", "--at", str(tmp_path))[0] == 0


def test_what_is_not_there_is_said(tmp_path: Path):
    """By the file that was looked for."""
    status, said, wrong = lint("99", "--at", str(tmp_path))
    assert (status, said) == (1, "") and f"{tmp_path}/99/platform.toml" in wrong
