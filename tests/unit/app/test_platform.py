"""`tongban platform`: what is right and what is wrong, which platforms there are, what one says, and a start for another."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import platform
from integrations.described import DIALECTS
from integrations.description import read_description
from integrations.registry import HOME
from tests.contract.variant_world import VARIANTS
from tests.unit.integrations.descriptions import written


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, and what stood on both streams."""
    result = CliRunner().invoke(platform.app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def lint(*arguments: str) -> tuple[int, str, str]:
    return run("lint", *arguments)


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


def test_an_example_is_a_description(tmp_path: Path):
    """In each dialect: what is copied is right before the first change, and nothing of an example's name is left."""
    for dialect in DIALECTS:
        assert run("add", f"my-{dialect}", "--like", dialect, "--at", str(tmp_path))[0] == 0
    status, said, wrong = lint("--at", str(tmp_path))
    assert (status, wrong) == (0, "")
    assert [line.partition(":")[0] for line in said.splitlines()] == sorted(f"my-{dialect}" for dialect in DIALECTS)
    assert {read_description(file).code for file in tmp_path.glob("*/platform.toml")} == {
        f"my-{dialect}" for dialect in DIALECTS
    }


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["A_1"], "A_1: a code is 1 to 32 of a-z, 0-9 and -"),
        (["a", "--like", "corba"], "corba: there is no such dialect"),
        (["there"], "there: is there already"),
        (["44"], "44: is described already"),
    ],
)
def test_nothing_is_overwritten(tmp_path: Path, arguments: list[str], wrong: str):
    """And no code is used twice."""
    (tmp_path / "there").mkdir()
    status, said, trouble = run("add", *arguments, "--at", str(tmp_path))
    assert (status, said) == (1, "") and wrong in trouble
    assert [file.name for file in tmp_path.iterdir()] == ["there"]


def test_the_list_says_why_each_is_not_connected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Registered, described, with errors, or connected by the settings."""
    written(tmp_path)
    written(tmp_path, code="31", like="31")
    written(tmp_path, "form = 0", "form = 7", code="33", like="33")
    written(tmp_path, code="12")
    (tmp_path / "register.toml").write_text((HOME / "register.toml").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("TONGBAN_PLATFORMS__31__ADDRESS", "http://127.0.0.1:9")
    _, said, _ = run("list", "--json", "--at", str(tmp_path))
    rows = {row["code"]: row for row in json.loads(said)}
    assert {code: rows[code]["not_connected"] for code in ("11", "12", "31", "33", "44")} == {
        "11": "not-agreed",
        "12": "broken",
        "31": None,
        "33": "broken",
        "44": "no-access",
    }
    assert (rows["11"]["since"], rows["31"]["changes"], rows["44"]["changes"]) == ("2026-11-25", "polled", "pushed")
    lines = run("list", "--at", str(tmp_path))[1].splitlines()
    assert [line.split()[:2] for line in lines if line.startswith(("31", "33"))] == [
        ["31", "connected"],
        ["33", "broken"],
    ]


def test_a_page_says_what_each_status_means(tmp_path: Path):
    """For the citizen: stage, outcome, and what to do; and what to set in order to connect."""
    status, said, _ = run("show", "44")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert status == 0
    assert "PROCESS.STEP_CODE BZGZ correction-demanded reception, correct" in lines
    assert "PROCESS.STEP_CODE XCHC visit-demanded approval, visit" in lines
    assert "RESULT.RESULT_TYPE 1 granted completion granted, collect" in lines
    assert "TONGBAN_PLATFORMS__44__SECRETS__APP_KEY" in lines
    assert "STATE 3 revoked" in lines
    asserted = run("show", "hall", "--at", str(VARIANTS))[1].split()
    assert {"TONGBAN_PLATFORMS__HALL__SECRETS__TOKEN_ADDRESS", "TONGBAN_ASSERTION_KEYS"} <= set(asserted)
    assert "not connected: not-agreed, since 2026-11-25" in run("show", "11")[1]
    assert run("show", "nowhere") == (
        1,
        "",
        "nowhere: there is no such platform. Which there are: tongban platform list\n",
    )


def test_a_page_says_that_a_platform_is_polled_beside_its_events(tmp_path: Path):
    """Each alone is said by other tests; both are two ways to hear of a change."""
    run("add", "my-town", "--like", "native", "--at", str(tmp_path))
    file = tmp_path / "my-town" / "platform.toml"
    file.write_text(file.read_text("utf-8").replace("# poll_s", "poll_s") + "\n[events]\n", "utf-8")
    said = run("show", "my-town", "--at", str(tmp_path))[1]
    assert "changes: pushed, signed with http-message-signatures; polled every 600 s" in said
