"""Every command: what it says when all is well, and that it says what is wrong and what to do when it is not."""

import fcntl
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
import typer
from rich.cells import cell_len

from app import cli
from app.simulation import Simulation, fresh_keys
from app.tour import journey, lists, news, servers, walk
from app.working_days import published
from tests.databases import server_answers
from tests.flows.commands import ROOT, Said, finished, start
from tests.logs import logs_kept
from tests.redis_servers import server_there

Command = Callable[..., Said]
SERVING = {**fresh_keys(), "TONGBAN_ISSUER": "http://127.0.0.1:9/issuer", "TONGBAN_PORT": "0"}


@pytest.fixture
def tongban(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    """Runs a command in this process, which saves a second each time, in an empty folder, with these settings only."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **settings: str) -> Said:
        with monkeypatch.context() as here:
            for name in [name for name in os.environ if name.startswith("TONGBAN_")]:
                here.delenv(name)
            for name, value in settings.items():
                here.setenv(name, value)
            here.setattr(sys, "argv", ["tongban", *arguments])
            here.setenv("COLUMNS", "80")
            with logs_kept(), pytest.raises(SystemExit) as ended:
                cli.main()
        return Said(int(ended.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A simulated world for this module, by the line that it printed."""
    command = [
        sys.executable,
        "-m",
        "simulator",
        "--end-with-parent",
        "--folder",
        str(tmp_path_factory.mktemp("world")),
    ]
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


@pytest.fixture
def databases(tongban: Command, tmp_path: Path) -> dict[str, str]:
    """The setting for a database of each kind."""
    with closing(sqlite3.connect(tmp_path / "foreign.db")) as foreign:
        foreign.execute("CREATE TABLE somebodys (id)")
    databases = {name: f"sqlite://{tmp_path}/{name}.db" for name in ("empty", "foreign", "current")}
    assert tongban("migrate", TONGBAN_DATABASE_URL=databases["current"]).status == 0
    return databases


@pytest.mark.parametrize(
    ("database", "settings", "sentences"),
    [
        (
            "current",
            dict.fromkeys(SERVING, ""),
            ["TONGBAN_HASH_KEY is needed: ", "TONGBAN_ISSUER is needed: ", "TONGBAN_SEALING_KEYS is needed: "],
        ),
        ("empty", {}, ["The database cannot be used: it is empty; run: tongban migrate"]),
        (
            "foreign",
            {},
            ["The database cannot be used: it is of a newer version, or holds something else; name another"],
        ),
        (
            "current",
            {"TONGBAN_FCM": '{"phone": {"credentials": "not-a-key.json"}}'},
            ["TONGBAN_FCM names a file that is no "],
        ),
        (
            "current",
            {"TONGBAN_PLATFORMS__NOSUCH__ADDRESS": "http://x"},
            ["TONGBAN_PLATFORMS__NOSUCH: there is no description of it"],
        ),
    ],
    ids=["needs settings", "empty database", "foreign database", "not a service account", "unknown platform"],
)
def test_serve_says_why_it_does_not(
    tongban: Command,
    databases: dict[str, str],
    database: str,
    settings: dict[str, str],
    sentences: list[str],
) -> None:
    """Exit status 2, and a sentence for each thing that is wrong."""
    Path("not-a-key.json").write_text("{}")
    given = {**SERVING, **settings, "TONGBAN_DATABASE_URL": databases[database]}
    answer = tongban("serve", **{name: value for name, value in given.items() if value})
    assert (answer.status, answer.out) == (2, "")
    said = sorted(answer.err.splitlines())
    assert len(said) == len(sentences), answer.err
    assert all(line.startswith(sentence) for line, sentence in zip(said, sentences, strict=True)), answer.err


def test_a_second_server_says_who_is_in_the_way(tongban: Command, databases: dict[str, str]) -> None:
    """One server process for one database, without Redis (decision 14)."""
    with Path("current.db.serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = tongban("serve", **SERVING, TONGBAN_DATABASE_URL=databases["current"])
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("Another server process uses this database.")


REDIS = {"TONGBAN_REDIS_URL": "redis://127.0.0.1:9/0"}
POSTGRES = {"TONGBAN_DATABASE_URL": "postgres://u:hunter2@127.0.0.1:9/x"}


@pytest.mark.parametrize("command", [["serve"], ["serve", "--workers", "2"], ["worker"], ["migrate"]], ids=" ".join)
def test_redis_beside_a_file_is_refused(tongban: Command, command: list[str]) -> None:
    """A SQLite file serves one process, and Redis is for several: at start and not later."""
    answer = tongban(*command, **SERVING, **REDIS)
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith("TONGBAN_REDIS_URL is for several processes on one PostgreSQL database;")
    assert len(answer.err.splitlines()) == 1


def test_several_servers_need_redis(tongban: Command) -> None:
    """More than one server process is refused without it, whichever database there is."""
    for database in ({}, POSTGRES):
        answer = tongban("serve", "--workers", "2", **SERVING, **database)
        assert (answer.status, answer.out) == (2, "")
        assert answer.err.startswith("TONGBAN_REDIS_URL is needed: tongban serve --workers 2 needs Redis")


def test_a_port_that_is_taken_is_said(databases: dict[str, str], tmp_path: Path) -> None:
    """In a sentence with the port, from a process as a supervisor runs it: no traceback, nothing on standard output."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        settings = {**SERVING, "TONGBAN_DATABASE_URL": databases["current"], "TONGBAN_PORT": port}
        answer = finished(start("serve", cwd=tmp_path, **settings))
    assert (answer.status, answer.out) == (2, "")
    assert re.fullmatch(rf"Cannot listen on 127\.0\.0\.1, port {port}: .*\. .* Choose another port\.\n", answer.err)


def test_the_worker_says_why_it_does_not_work_alone(tongban: Command) -> None:
    """It needs Redis; and without there is nothing to start, since serve has it inside."""
    answer = tongban("worker", **SERVING)
    assert answer.status == 2
    assert answer.err.startswith("TONGBAN_REDIS_URL is needed: tongban worker needs Redis")
    assert "tongban serve runs the worker inside" in answer.err


# ---- migrate


@pytest.mark.parametrize("command", [("platforms",), ("events", "list")])
def test_looking_makes_no_database(tongban: Command, tmp_path: Path, command: tuple[str, ...]) -> None:
    """Where there is none it says so, and what to do; an empty file would pass for one."""
    keys = {"TONGBAN_SEALING_KEYS": f"k1:{'A' * 43}=", "TONGBAN_HASH_KEY": f"{'A' * 43}="}
    answer = tongban(*command, TONGBAN_DATABASE_URL=f"sqlite://{tmp_path}/none.db", **keys)
    assert (answer.status, "it is empty; run: tongban migrate" in answer.err) == (2, True)
    assert not (tmp_path / "none.db").exists()


def test_migrate_fills_an_empty_database_and_leaves_a_current_one(tongban: Command, tmp_path: Path) -> None:
    """Also where nothing was set and its folder is not there yet; a second run changes nothing."""
    answer = tongban("migrate")
    assert (answer.status, answer.err) == (0, "")
    first, *_, checked, last = answer.out.splitlines()
    assert first == "Applied 0001_initial. Rows: none."
    assert checked == "Checked: tables, columns and indexes are what the models say."
    assert last == "The database is at this version's schema."
    file = tmp_path / ".tongban/tongban.db"
    before = file.read_bytes()
    assert len(before) > 0
    assert tongban("migrate") == Said(0, f"{checked}\n{last}\n", "")
    assert file.read_bytes() == before


def test_migrate_says_beforehand_what_it_would_do(tongban: Command, tmp_path: Path) -> None:
    """Exit status 1 while something is to be done, and nothing is."""
    here = {"TONGBAN_DATABASE_URL": f"sqlite://{tmp_path}/checked.db"}
    answer = tongban("migrate", "--check", **here)
    assert (answer.status, answer.err) == (1, "")
    assert answer.out.splitlines()[0] == "To be applied: 0001_initial"
    assert tongban("migrate", "--check", **here) == answer
    assert tongban("migrate", **here).status == 0
    assert tongban("migrate", "--check", **here) == Said(0, "The database is at this version's schema.\n", "")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("somebodys", "The database is foreign: "),
        ("tortoise_migrations", "The database ended migration 0001_initial: "),
    ],
)
def test_migrate_touches_no_other_database(tongban: Command, tmp_path: Path, table: str, said: str) -> None:
    """What holds something that is no version's schema is refused or stopped at, unchanged."""
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute(f"CREATE TABLE {table} (name, app)")
        before = list(other.iterdump())
    answer = tongban("migrate", TONGBAN_DATABASE_URL=f"sqlite://{tmp_path}/other.db")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.startswith(said)
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        assert list(other.iterdump()) == before


def test_a_database_that_does_not_answer_is_said(tongban: Command) -> None:
    """With the setting to look at; the password is not repeated."""
    answer = tongban("migrate", TONGBAN_DATABASE_URL="postgres://user:hunter2@127.0.0.1:9/tongban")
    assert answer.status == 2
    assert "TONGBAN_DATABASE_URL" in answer.err
    assert "hunter2" not in answer.err


# ---- a demo that cannot be


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """What an earlier demo knew: a database of another version."""
    file = tmp_path / ".tongban/demo/tongban.db"
    file.parent.mkdir(parents=True)
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE tortoise_migrations (name, app)")
    return file


def test_ports_that_are_taken_are_said_and_nothing_is_forgotten(tongban: Command, kept: Path) -> None:
    """Also with --fresh: whoever has the ports may be a demo that is running on these very data."""
    before = kept.read_bytes()
    with socket.socket() as ours:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with suppress(OSError):  # or else somebody has it already
            ours.bind(("127.0.0.1", 9099))
            ours.listen()
        answer = tongban("demo", "--fresh")
    assert (answer.status, answer.out) == (2, "")
    said = r"simulator: .*cannot listen on 127\.0\.0\.1:90\d\d: .*\. Is a demo running already\?\n"
    assert re.fullmatch(said, answer.err)
    assert kept.read_bytes() == before


@pytest.mark.usefixtures("kept")
def test_data_of_another_version_are_said_to_be_in_the_way(tongban: Command) -> None:
    """With what to do about it."""
    answer = tongban("demo", "--any-ports")
    assert (answer.status, answer.out) == (2, "")
    assert answer.err.endswith("tongban demo --fresh\n")


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


@pytest.mark.parametrize(("platform", "persona"), [("33", "lin"), ("31", "he-org")])
def test_every_platform_can_be_moved(tongban: Command, facts: dict[str, Any], platform: str, persona: str) -> None:
    """With --platform the same commands show, move and spoil another platform than 44."""
    at = ("--platform", platform, "--at", facts["control"])
    lines = tongban("simulate", "cases", persona, *at).out.splitlines()
    number = lines[next(place for place, line in enumerate(lines) if "reception, received" in line) - 1]
    assert tongban("simulate", "advance", number, *at).out == f"{number} → accepted\n"
    assert tongban("simulate", "advance", number, "--at", facts["control"]).status == 2
    assert json.loads(tongban("simulate", "knob", "error=html", *at).out)["error"] == "html"
    assert json.loads(tongban("simulate", "knob", "error=null", *at).out)["error"] is None


def test_a_service_is_connected_to_the_platforms_it_is_told(facts: dict[str, Any]) -> None:
    """Each with its address and what it takes to ask it; a secret of events only where events are pushed."""
    world = Simulation(facts, None)  # type: ignore[arg-type]  # nothing is asked of it
    told = world.environment("sqlite://nowhere", {}, 0, ("44", "33", "31"))
    assert {name.removeprefix("TONGBAN_PLATFORMS__") for name in told if "PLATFORMS" in name} == {
        "44__ADDRESS", "44__SECRETS__APP_KEY", "44__EVENT_SECRETS",
        "33__ADDRESS", "33__SECRETS__USERNAME", "33__SECRETS__PASSWORD", "33__EVENT_SECRETS",
        "31__ADDRESS", "31__SECRETS__API_KEY",
    }  # fmt: skip
    assert told["TONGBAN_PLATFORMS__31__ADDRESS"] == facts["platforms"]["31"]["address"]
    assert [name for name in world.environment("sqlite://nowhere", {}, 0, ()) if "PLATFORMS" in name] == []


@pytest.mark.parametrize(
    "arguments",
    [("token", "nosuch"), ("simulate", "cases", "nosuch"), ("simulate", "advance", "nosuch"),
     ("simulate", "cases", "lin", "--platform", "32"), ("simulate", "knob", "push=true", "--platform", "31")],
)  # fmt: skip
def test_what_is_not_there_is_said_in_a_sentence(
    tongban: Command, facts: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """The simulator's own words, on standard error."""
    answer = tongban(*arguments, "--at", facts["control"])
    assert (answer.status, answer.out) == (2, "")
    assert len(answer.err.splitlines()) == 1


@pytest.mark.parametrize("at", ["http://127.0.0.1:9", "nonsense"])
@pytest.mark.parametrize(
    "arguments", [("token", "lin"), ("simulate", "cases", "lin"), ("simulate", "knob", "push=true")]
)
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
    assert tongban("client", "add", "tongban-phone", "--name", "x", "--contact", "x", **settings).status == 0
    return settings


WELL = [
    "settings",
    "database",
    "clients",
    "identity provider",
    "descriptions of platforms",
    f"working days: days off are known until {published().until}",
    "platform 44",
]


def test_the_doctor_finds_nothing_where_all_is_well(
    tongban: Command, settings: dict[str, str], facts: dict[str, str]
) -> None:
    """Everything that it looked at has its line, without colours where there is no terminal."""
    answer = tongban("doctor", **settings)
    assert (answer.status, answer.err) == (0, "")
    sender = f"FCM of client tongban-phone, at {facts['fcm']}"
    assert answer.out.splitlines() == [f"✓ {what}" for what in [*WELL, sender]]


def test_the_doctor_misses_a_client(tongban: Command, settings: dict[str, str], tmp_path: Path) -> None:
    """A new installation in which nobody can come in yet."""
    new = settings | {"TONGBAN_DATABASE_URL": f"sqlite://{tmp_path}/new.db"}
    assert tongban("migrate", **new).status == 0
    answer = tongban("doctor", **new)
    assert answer.status == 1
    assert "✗ database: no client is registered, so nobody can come in; see tongban client add" in answer.out


def test_the_doctor_warns_of_clients_that_are_not_answered(tongban: Command, settings: dict[str, str]) -> None:
    """The service is well all the same."""
    for client, *words in (("other",), ("free", "--free-text"), ("gateway", "--scope", "gateway")):
        added = tongban("client", "add", client, "--name", "x", "--contact", "x", *words, **settings)
        assert added.status == 0
    answer = tongban("doctor", **settings | {"TONGBAN_GRAPHIQL": "false"})
    assert answer.status == 0
    (warned,) = [line for line in answer.out.splitlines() if not line.startswith("✓")]
    assert warned == (
        "! clients: gateway is a gateway without a good key; see tongban client key new; other has no live release and may send "
        "nothing else; see tongban contract register, or client change --free-text"
    )


BROKEN = {  # what -> (settings, what is said of it)
    "database": ({"TONGBAN_DATABASE_URL": "sqlite://empty.db"}, "it is empty; run: tongban migrate"),
    "database of another": (
        {"TONGBAN_DATABASE_URL": "postgres://u:hunter2@127.0.0.1:9/x"},
        "correct TONGBAN_DATABASE_URL",
    ),
    "identity provider": ({"TONGBAN_ISSUER": "http://127.0.0.1:9"}, "is TONGBAN_ISSUER right?"),
    "descriptions of platforms": (
        {"TONGBAN_PLATFORMS__NOSUCH__ADDRESS": "{platform}"},
        "there is no description of it",
    ),
    "working days": (
        {"TONGBAN_WORKING_DAYS": "unreadable.json"},
        "TONGBAN_WORKING_DAYS names unreadable.json: ",
    ),
    "platform 44": ({"TONGBAN_PLATFORMS__44__ADDRESS": "http://127.0.0.1:9"}, "TONGBAN_PLATFORMS__44__ADDRESS right?"),
    "FCM of client tongban-phone, at Google": (
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


def test_the_doctor_looks_for_redis_and_a_worker(tongban: Command, settings: dict[str, str]) -> None:
    """Where several processes share the work: Redis that is away, and a database at which no worker can be seen."""
    answer = tongban("doctor", **settings | POSTGRES | REDIS)
    assert answer.status == 1
    assert "✗ Redis: it does not answer" in answer.out
    assert "correct TONGBAN_REDIS_URL" in answer.out
    assert "✗ worker: cannot be looked for without the database" in answer.out


def test_the_doctor_compares_the_issuer_to_the_letter(tongban: Command, settings: dict[str, str]) -> None:
    """A slash too many would have every token refused: better now than then."""
    answer = tongban("doctor", **settings | {"TONGBAN_ISSUER": settings["TONGBAN_ISSUER"] + "/"})
    assert answer.status == 1
    assert "✗ identity provider: it names itself otherwise" in answer.out


def test_the_doctor_misses_a_secret(tongban: Command, settings: dict[str, str]) -> None:
    """What would stop serve is found here first, by the name of its variable."""
    del settings["TONGBAN_PLATFORMS__44__SECRETS__APP_KEY"]
    answer = tongban("doctor", **settings)
    assert answer.status == 1
    assert "✗ descriptions of platforms: TONGBAN_PLATFORMS__44__SECRETS__APP_KEY: expected, for" in answer.out


def test_the_doctor_finds_nothing_set(tongban: Command) -> None:
    """All that is needed, at once; then there is nothing to look at yet."""
    answer = tongban("doctor")
    assert (answer.status, answer.err) == (1, "")
    assert [line.split()[2] for line in answer.out.splitlines()] == [
        "TONGBAN_ISSUER",
        "TONGBAN_SEALING_KEYS",
        "TONGBAN_HASH_KEY",
    ]


def turned(facts: dict[str, str], path: str, **body: Any) -> None:
    """Turns something at the simulator."""
    request = Request(facts["control"] + path, json.dumps(body).encode(), {"content-type": "application/json"})
    with urlopen(request) as answer:
        assert answer.status == 200


@pytest.fixture
def refusing_fcm(facts: dict[str, str]) -> Iterator[None]:
    """Google takes the service account no longer."""
    turned(facts, "/fcm", token_error="invalid_grant")
    yield
    turned(facts, "/fcm", token_error=None)


@pytest.mark.usefixtures("refusing_fcm")
def test_the_doctor_asks_fcm_for_a_token(tongban: Command, settings: dict[str, str]) -> None:
    """A key that was withdrawn looks like any other until it is used."""
    answer = tongban("doctor", **settings)
    assert answer.status == 1
    (wrong,) = [line for line in answer.out.splitlines() if line.startswith("✗")]
    assert re.fullmatch(
        r"✗ FCM of client tongban-phone, at http\S+: no access token \(.+\); is the service account still good\?", wrong
    )


@pytest.fixture
def cut_platform(facts: dict[str, str]) -> Iterator[None]:
    """The platform's port is closed."""
    turned(facts, "/knobs", outage=True)
    yield
    turned(facts, "/knobs", outage=False)


@pytest.mark.usefixtures("cut_platform")
def test_the_doctor_sees_a_platform_that_is_down(tongban: Command, settings: dict[str, str]) -> None:
    """It is named, and the rest is well."""
    answer = tongban("doctor", **settings)
    assert answer.status == 1
    assert [line for line in answer.out.splitlines() if line.startswith("✗ platform 44: nothing answers there")]
    assert len([line for line in answer.out.splitlines() if line.startswith("✓")]) == len(WELL)


# ---- help


def commands() -> dict[str, Any]:
    """Every command by the words that call it."""
    top = typer.main.get_command(cli.app)
    return {
        " ".join(filter(None, (group, name))): command
        for group, node in (("", top), *((name, one) for name, one in top.commands.items() if hasattr(one, "commands")))
        for name, command in node.commands.items()
    }


@pytest.mark.parametrize("words", commands())
def test_every_command_explains_itself(tongban: Command, words: str) -> None:
    """In 80 columns, beginning with a sentence that a list of commands shows whole."""
    command = commands()[words]
    first = (command.help or "").partition(". ")[0].partition(":")[0].rstrip(".")
    answer = tongban(*words.split(), "--help")
    assert (answer.status, answer.err) == (0, "")
    assert len(first) > 15 or hasattr(command, "commands")
    assert " ".join(answer.out.split()).startswith(f"Usage: tongban {words} ")
    assert max(map(cell_len, answer.out.splitlines())) <= 80
    assert all(getattr(parameter, "help", "-") for parameter in command.params if parameter.name != "help")


@pytest.mark.parametrize("group", [(), ("simulate",), ("contract",)])
def test_a_group_without_a_command_lists_its_commands(tongban: Command, group: tuple[str, ...]) -> None:
    """Each with a whole sentence, none cut off; and nothing that is only for us."""
    answer = tongban(*group)
    assert answer.status == 2
    listing = answer.out + answer.err
    assert "..." not in listing.replace("[ARGS]...", "")
    depth = len(group)
    for words, command in commands().items():
        here = words.split()[:depth] == list(group) and len(words.split()) == depth + 1
        if here:
            assert (f"  {words.split()[-1]} " in listing) is not command.hidden


def test_a_command_that_is_not_there_is_said(tongban: Command) -> None:
    """With where to look."""
    answer = tongban("nosuch")
    assert answer.status == 2
    assert "No such command 'nosuch'" in answer.err
    assert "--help" in answer.err


def test_the_readme_runs_only_commands_that_there_are() -> None:
    """Every `.venv/bin/tongban …` in a code block of the README."""
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    calls = [call.split() for block in blocks for call in re.findall(r"\.venv/bin/tongban ([a-z ]+)", block)]
    assert len(calls) > 3
    known = commands()
    assert [call for call in calls if " ".join(call[: 1 + (call[0] in ("simulate", "contract"))]) not in known] == []


# ---- the tour


def test_the_tour_observes_every_step(tmp_path: Path) -> None:
    """The acceptance test: one journey through platforms, service and phone, each step seen and reported in order; in one
    process, and in several where the servers for them are (with CI set they must be)."""
    answer = finished(start("tour", cwd=tmp_path, TMPDIR=str(tmp_path)), seconds=180)
    assert (answer.status, answer.err) == (0, ""), answer.out
    lines, steps = (
        answer.out.splitlines(),
        (*walk.STEPS, *(walk.SEVERAL if server_answers() and server_there() else ())),
    )
    titles = [line for line in lines if re.match(r"\d", line)]
    assert titles == [f"{number}. {step.__doc__}" for number, step in enumerate(steps, 1)]
    assert sum(line.startswith("   ✓ ") for line in lines) == len(steps)
    assert lines[-1].startswith("Every step was " if len(steps) > len(walk.STEPS) else "Every other step was ")
    assert "\x1b" not in answer.out, "no colours where there is no terminal"
    assert max(map(cell_len, lines)) <= 80
    assert list(tmp_path.iterdir()) == [], "it leaves nothing behind"


@pytest.mark.skipif(not server_there(), reason="redis-server is not installed")
@pytest.mark.parametrize(("server", "value"), [("PROGRAM", "no-redis-server"), ("POSTGRES", "127.0.0.1:9")])
def test_a_tour_without_servers_says_what_it_leaves_out(
    server: str, value: str, tongban: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Redis or PostgreSQL there are no steps of several processes; it says so, names what is missing, and exits 0."""
    monkeypatch.setattr(walk, "STEPS", (lists.sees_its_business,))
    monkeypatch.setattr(servers, server, value)
    answer = tongban("tour")
    assert (answer.status, answer.err) == (0, "")
    missing, _, last = answer.out.splitlines()[-3:]
    assert missing.startswith("Not walked: several processes, for want of ")
    assert missing.endswith(value)
    assert last.startswith("Every other step was observed, ")
    assert "2. " not in answer.out


async def has_a_broken_fcm(trip: journey.Journey) -> str:
    """FCM is out of order"""
    await trip.world.post("/fcm", answer="UNAVAILABLE")
    return "no push will arrive"


def test_a_tour_that_did_not_see_a_step_fails(tongban: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    """With FCM out of order the phone is not told: the tour says what it did not see, shows the log, and exits 1."""
    monkeypatch.setattr(
        walk, "STEPS", (lists.sees_its_business, news.registers, has_a_broken_fcm, news.is_told, news.finds_it)
    )
    monkeypatch.setattr(journey, "PATIENCE_S", 1.0)
    answer = tongban("tour")
    assert answer.status == 1
    assert "   ✗ not observed: a push at the phone" in answer.out
    assert "5. " not in answer.out, "nothing is walked after that"
    assert '"level": ' in answer.out
    assert answer.out.splitlines()[-1].startswith("The tour failed, ")


def test_ctrl_c_ends_a_tour_without_a_trace(tmp_path: Path) -> None:
    """Exit status 130, no traceback, no process and no file left."""
    process = start("tour", cwd=tmp_path, TMPDIR=str(tmp_path))
    assert process.stdout
    assert process.stdout.readline().startswith("Started: ")
    process.send_signal(signal.SIGINT)
    answer = finished(process)
    assert (answer.status, answer.err.strip()) == (130, "")
    assert list(tmp_path.iterdir()) == []
    assert not [place for place in Path("/proc").glob("[0-9]*/cmdline") if str(tmp_path) in command_of(place)]


def command_of(place: Path) -> str:
    """The command line of a process; none if it has ended meanwhile."""
    try:
        return place.read_bytes().decode(errors="replace")
    except OSError:
        return ""


def test_the_readme_shows_the_tour_as_it_is() -> None:
    """Its steps, to the letter: a captured tour grows old unseen."""
    _, _, captured = (ROOT / "README.md").read_text("utf-8").partition("Started: ")
    shown = re.findall(r"^(\d+)\. (.*)$", captured.split("```")[0], re.MULTILINE)
    assert shown == [(str(number), step.__doc__) for number, step in enumerate((*walk.STEPS, *walk.SEVERAL), 1)]


# ---- events


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["replay"], "Say which"),
        (["replay", "--all", "--platform", "44"], "Say which"),
        (["replay", "nonsense"], "expected an id"),
        (["drop", "00000000-0000-0000-0000-000000000000"], "--reason"),
        (["drop", "00000000-0000-0000-0000-000000000000", "--reason", "x"], "3 to 500 characters"),
        (["list", "--since", "yesterday"], "expected 2026-11-25"),
        (["list", "--kind", "lost"], "quarantined"),
        (["show", "12"], "expected an id"),
    ],
)
def test_what_is_asked_of_events_is_checked_first(tongban: Command, arguments: list[str], said: str) -> None:
    """Before the database is opened."""
    ended = tongban("events", *arguments, **SERVING)
    assert ended.status == 2
    assert said in ended.err


def test_events_want_a_database_of_this_version(tongban: Command, tmp_path: Path) -> None:
    """And say what to run."""
    ended = tongban("events", "list", **SERVING, TONGBAN_DATABASE_URL=f"sqlite://{tmp_path}/new.db")
    assert (ended.status, "tongban migrate" in ended.err) == (2, True)
