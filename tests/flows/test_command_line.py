"""Every command: what it says when all is well, and that it says what is wrong and what to do when it is not."""

import fcntl
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import typer
from rich.cells import cell_len

from app import cli, tour
from app.simulation import Simulation, fresh_keys
from tests.flows.commands import ROOT, Said, environment, finished, start

Command = Callable[..., Said]
SERVING = {**fresh_keys(), "TONGBAN_ISSUER": "http://127.0.0.1:9/issuer", "TONGBAN_PORT": "0"}


@pytest.fixture
def tongban(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs a command in this process, which saves a second each time, in an empty folder, with these settings only."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **settings: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["tongban", *arguments])
        monkeypatch.setattr(cli.os, "environ", environment(settings))
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A simulated world for this module, by the line that it printed."""
    command = [sys.executable, "-m", "simulator", "--end-with-parent", "--folder", str(tmp_path_factory.mktemp("world"))]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())
        process.communicate()


# ---- settings and serving


@pytest.mark.parametrize("command", ["serve", "worker", "migrate"])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TONGBAN_PROT", "1", "TONGBAN_PROT is not a setting. Did you mean TONGBAN_PORT?"),
        ("TONGBAN_PORT", "eight", "TONGBAN_PORT should be a valid integer"),
        ("TONGBAN_DATABASE_URL", "mysql://x", "TONGBAN_DATABASE_URL should be sqlite://path or postgres://"),
    ],
)
def test_a_bad_setting_is_named(tongban: Command, command: str, name: str, value: str, said: str) -> None:
    """Whichever command reads the settings: one sentence that begins with the variable, and exit status 2."""
    answer = tongban(command, **{name: value})
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(said)
    assert len(answer.err.splitlines()) == 1


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, "subprocess.Popen[str]"]]:
    """`tongban serve` where it cannot, by reason: all started at once, since most of their time is imports."""
    folder = tmp_path_factory.mktemp("refused")
    current, other = f"sqlite://{folder}/current.db", f"sqlite://{folder}/held.db"
    for url in (current, other):
        assert finished(start("migrate", cwd=folder, TONGBAN_DATABASE_URL=url)).status == 0
    sqlite3.connect(folder / "foreign.db").execute("CREATE TABLE somebodys (id)").connection.close()
    (folder / "fcm.json").write_text("{}")
    fcm = json.dumps({"phone": {"credentials": str(folder / "fcm.json")}})
    with socket.create_server(("127.0.0.1", 0)) as taken, (folder / "held.db.serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        reasons = {
            "needs": {},
            "empty": {**SERVING, "TONGBAN_DATABASE_URL": f"sqlite://{folder}/new.db"},
            "foreign": {**SERVING, "TONGBAN_DATABASE_URL": f"sqlite://{folder}/foreign.db"},
            "held": {**SERVING, "TONGBAN_DATABASE_URL": other},
            "port": {**SERVING, "TONGBAN_DATABASE_URL": current, "TONGBAN_PORT": str(taken.getsockname()[1])},
            "fcm": {**SERVING, "TONGBAN_DATABASE_URL": current, "TONGBAN_FCM": fcm},
        }
        started = {name: start("serve", cwd=folder, **settings) for name, settings in reasons.items()}
        yield started
        for process in started.values():
            finished(process)


@pytest.mark.parametrize(
    ("reason", "sentences"),
    [
        ("needs", ["TONGBAN_ISSUER is needed: ", "TONGBAN_SEALING_KEYS is needed: ", "TONGBAN_HASH_KEY is needed: "]),
        ("empty", ["The database cannot be used: it is empty; run: tongban migrate"]),
        ("foreign", ["The database cannot be used: it is of a newer version, or holds something else; name another"]),
        ("held", ["Another server process uses this database."]),
        ("port", ["Cannot listen on 127.0.0.1, port "]),
        ("fcm", ["TONGBAN_FCM names a file that is no service account's key."]),
    ],
)
def test_serve_says_why_it_does_not(
    refused: dict[str, "subprocess.Popen[str]"], reason: str, sentences: list[str]
) -> None:
    """Exit status 2, a sentence for each thing that is wrong, and no traceback."""
    answer = finished(refused[reason])
    assert (answer.status, answer.out) == (2, "")
    said = answer.err.splitlines()
    assert len(said) == len(sentences), answer.err
    assert all(line.startswith(sentence) for line, sentence in zip(said, sentences, strict=True)), answer.err


def test_the_worker_says_why_it_does_not_work_alone(tongban: Command) -> None:
    """It needs Redis, which nothing uses yet; and there is nothing to start, since serve has it inside."""
    answer = tongban("worker")
    assert answer.status == 2
    assert "needs Redis" in answer.err
    assert "tongban serve runs the worker inside" in answer.err


# ---- migrate


def test_migrate_fills_an_empty_database_and_leaves_a_current_one(tongban: Command, tmp_path: Path) -> None:
    """Also where nothing was set and its folder is not there yet; a second run changes nothing."""
    assert tongban("migrate") == Said(0, "The database is at this version's schema.\n", "")
    file = tmp_path / ".tongban/tongban.db"
    before = file.read_bytes()
    assert len(before) > 0
    assert tongban("migrate").status == 0
    assert file.read_bytes() == before


@pytest.mark.parametrize(("table", "state"), [("somebodys", "foreign"), ("tortoise_migrations", "behind")])
def test_migrate_touches_no_other_database(tongban: Command, tmp_path: Path, table: str, state: str) -> None:
    """What holds something that is not this version's schema is refused, unchanged."""
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute(f"CREATE TABLE {table} (name, app)")
    other.close()
    before = (tmp_path / "other.db").read_bytes()
    answer = tongban("migrate", TONGBAN_DATABASE_URL=f"sqlite://{tmp_path}/other.db")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"The database is {state}: ")
    assert "TONGBAN_DATABASE_URL" in answer.err
    assert (tmp_path / "other.db").read_bytes() == before


def test_a_database_that_does_not_answer_is_said(tongban: Command) -> None:
    """With the setting to look at; the password is not repeated."""
    answer = tongban("migrate", TONGBAN_DATABASE_URL="postgres://user:hunter2@127.0.0.1:9/tongban")
    assert answer.status == 2
    assert "TONGBAN_DATABASE_URL" in answer.err
    assert "hunter2" not in answer.err


# ---- the simulated world


def test_a_token_is_one_line(tongban: Command, facts: dict[str, str]) -> None:
    """And nothing else, however long: it is there to be piped and pasted."""
    answer = tongban("token", "lin", "--at", facts["control"])
    assert (answer.status, answer.err) == (0, "")
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", answer.out)


@pytest.mark.parametrize("arguments", [[], ["--list"]])
def test_people_are_listed_with_what_they_show(tongban: Command, facts: dict[str, str], arguments: list[str]) -> None:
    """With --list, and when nobody is named."""
    answer = tongban("token", *arguments, "--at", facts["control"])
    assert answer.status == 0
    assert [line.split()[0] for line in answer.out.splitlines()][:3] == ["lin", "chen", "huang"]


def test_cases_can_be_copied_and_moved_on(tongban: Command, facts: dict[str, str]) -> None:
    """A number stands whole on a line of its own in a terminal of 80 columns, and advance takes it."""
    at = ("--at", facts["control"])
    lines = tongban("simulate", "cases", "lin", *at).out.splitlines()
    place = next(place for place, line in enumerate(lines) if "approval, review" in line)
    number = lines[place - 1]
    assert re.fullmatch(r"\w{30,}", number)
    assert tongban("simulate", "advance", number, *at).out.startswith(f"{number} → ")
    assert tongban("simulate", "advance", number, "--to", "annulled", *at).out == f"{number} → annulled\n"
    answer = tongban("simulate", "advance", number, "--to", "resume", *at)
    assert (answer.status, answer.out) == (2, "")
    assert "resume cannot follow annulled" in answer.err


def test_knobs_are_turned_and_shown(tongban: Command, facts: dict[str, str]) -> None:
    """JSON out, so that it can be piped; a knob that is not there is answered with those that are."""
    at = ("--at", facts["control"])
    assert json.loads(tongban("simulate", "knob", "latency_ms=7", "error=http500", *at).out)["error"] == "http500"
    assert json.loads(tongban("simulate", "knob", "latency_ms=0", "error=null", *at).out)["error"] is None
    answer = tongban("simulate", "knob", "nosuch=1", *at)
    assert answer.status == 2
    assert "latency_ms" in answer.err
    assert json.loads(tongban("simulate", "phones", *at).out) == {}
    assert json.loads(tongban("simulate", "fcm", "INTERNAL", "--times", "1", *at).out)["answers"]
    assert json.loads(tongban("simulate", "fcm", "ok", *at).out)["answers"] == []


@pytest.mark.parametrize(
    "arguments", [("token", "nosuch"), ("simulate", "cases", "nosuch"), ("simulate", "advance", "nosuch")]
)
def test_what_is_not_there_is_said_in_a_sentence(
    tongban: Command, facts: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """The simulator's own words, on standard error."""
    answer = tongban(*arguments, "--at", facts["control"])
    assert (answer.status, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("at", ["http://127.0.0.1:9", "nonsense"])
@pytest.mark.parametrize("arguments", [("token", "lin"), ("simulate", "cases", "lin"), ("simulate", "knob", "push=true")])
def test_without_a_simulator_it_is_said_how_to_start_one(tongban: Command, arguments: tuple[str, ...], at: str) -> None:
    """One sentence, with the address that was tried."""
    answer = tongban(*arguments, "--at", at)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(f"No simulator answers at {at}/")
    assert answer.err.endswith("Start it: make demo\n")


# ---- doctor


@pytest.fixture
def settings(tongban: Command, facts: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Settings with which all is well."""
    world = Simulation(facts, None)  # type: ignore[arg-type]  # nothing is asked of it
    settings = world.environment(f"sqlite://{tmp_path}/tongban.db", fresh_keys(), 0)
    assert tongban("migrate", **settings).status == 0
    return settings


WELL = ["settings", "database", "identity provider", "descriptions of platforms", "platform 44", "FCM of client tongban-phone"]


def test_the_doctor_finds_nothing_where_all_is_well(tongban: Command, settings: dict[str, str]) -> None:
    """Everything that it looked at has its line, without colours where there is no terminal."""
    answer = tongban("doctor", **settings)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.splitlines() == [f"✓ {what}" for what in WELL]


BROKEN = {  # what -> (settings, what is said of it)
    "database": ({"TONGBAN_DATABASE_URL": "sqlite://empty.db"}, "it is empty; run: tongban migrate"),
    "database of another": ({"TONGBAN_DATABASE_URL": "postgres://u:hunter2@127.0.0.1:9/x"}, "correct TONGBAN_DATABASE_URL"),
    "identity provider": ({"TONGBAN_ISSUER": "http://127.0.0.1:9"}, "is TONGBAN_ISSUER right?"),
    "descriptions of platforms": ({"TONGBAN_PLATFORMS__NOSUCH__ADDRESS": "{platform}"}, "there is no description of it"),
    "platform 44": ({"TONGBAN_PLATFORMS__44__ADDRESS": "http://127.0.0.1:9"}, "TONGBAN_PLATFORMS__44__ADDRESS right?"),
    "FCM of client tongban-phone": (
        {"TONGBAN_FCM": '{{"tongban-phone": {{"credentials": "unreadable.json"}}}}'},
        "unreadable.json is no service account's key",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_the_doctor_says_what_is_wrong_and_what_to_do(
    tongban: Command, settings: dict[str, str], facts: dict[str, str], tmp_path: Path, what: str
) -> None:
    """One line about it and exit status 1; what is well still is."""
    (tmp_path / "unreadable.json").write_text("not a key")
    changes, said = BROKEN[what]
    answer = tongban("doctor", **settings | {name: value.format(**facts) for name, value in changes.items()})
    assert answer.status == 1
    (wrong,) = [line for line in answer.out.splitlines() if line.startswith("✗")]
    assert wrong.startswith(f"✗ {what.removesuffix(' of another')}: ")
    assert said in wrong
    assert "hunter2" not in answer.out + answer.err


def test_the_doctor_compares_the_issuer_to_the_letter(tongban: Command, settings: dict[str, str]) -> None:
    """A slash too many would have every token refused: better now than then."""
    answer = tongban("doctor", **settings | {"TONGBAN_ISSUER": settings["TONGBAN_ISSUER"] + "/"})
    assert answer.status == 1
    assert "✗ identity provider: it names itself otherwise" in answer.out


def test_the_doctor_misses_a_secret(tongban: Command, settings: dict[str, str]) -> None:
    """What would stop serve is found here first, by the name that the description gives it."""
    del settings["TONGBAN_PLATFORMS__44__SECRETS__APP_KEY"]
    answer = tongban("doctor", **settings)
    assert answer.status == 1
    assert "✗ descriptions of platforms: platform 44: secrets: expected one named app_key" in answer.out


def test_the_doctor_finds_nothing_set(tongban: Command) -> None:
    """All that is needed, at once; then there is nothing to look at yet."""
    answer = tongban("doctor")
    assert (answer.status, answer.err) == (1, "")
    assert [line.split()[2] for line in answer.out.splitlines()] == [
        "TONGBAN_ISSUER",
        "TONGBAN_SEALING_KEYS",
        "TONGBAN_HASH_KEY",
    ]


def posted(url: str, **body: Any) -> None:
    """Turns something at the simulator."""
    with aiohttp_sync(url, body) as status:
        assert status == 200


class aiohttp_sync:  # noqa: N801 - placeholder replaced below
    pass
