"""`python -m simulator` as others start it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.processes import cpu_s, resident_bytes


@contextmanager
def started(tmp_path: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", dict[str, Any]]]:
    """The process and what its first line says; it never outlives its test."""
    command = [sys.executable, "-m", "simulator", "--folder", str(tmp_path), *options]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout
        try:
            yield process, json.loads(process.stdout.readline())
        finally:
            process.kill()


def ended(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """Its exit code and everything it said besides the first line."""
    out, err = process.communicate(timeout=5)
    return process.returncode, out + err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_when_told(tmp_path: Path, number: signal.Signals) -> None:
    """One line of JSON once every port answers; a signal ends it with 0 and without a word."""
    options = ("--event-secret", "s", "--app-key", "k", "--now", "2026-01-02T03:04:05")
    with started(tmp_path, *options) as (process, told):
        assert told.keys() == {
            "platform",
            "code",
            "oidc",
            "fcm",
            "control",
            "service_account",
            "event_secret",
            "app_key",
            "platforms",
        }
        assert told["platforms"]["44"] == {
            "address": told["platform"],
            "secrets": {"app_key": "k"},
            "event_secret": "s",
        }
        assert told["platforms"]["33"]["secrets"].keys() == {"username", "password"}
        assert told["platforms"]["31"].keys() == {"address", "secrets"}
        assert (told["event_secret"], told["app_key"]) == ("s", "k")
        assert Path(told["service_account"]).parent == tmp_path
        with urlopen(told["control"] + "/cases?persona=lin") as answer:
            assert json.load(answer)[0]["case"][31:39] == "20260101"
        process.send_signal(number)
        assert ended(process) == (0, "")


def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    """With --end-with-parent the end of stdin ends it."""
    with started(tmp_path, "--end-with-parent") as (process, _):
        assert ended(process) == (0, "")


def test_a_taken_port_is_told_plainly(tmp_path: Path) -> None:
    """If a port is taken, it ends at once, with one line that says which."""
    with started(tmp_path, "--end-with-parent") as (_, told):
        port = told["control"].rsplit(":", 1)[1]
        command = [sys.executable, "-m", "simulator", "--control-port", port]
        second = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    assert second.returncode == 1
    assert port in second.stderr
    assert "Traceback" not in second.stderr


def test_all_divisions_fit_into_one_small_process(tmp_path: Path) -> None:
    """34 platforms within three seconds of CPU and 300 MB, each with an address; those that are generated are described."""
    with started(tmp_path, "--end-with-parent", "--platforms", "34") as (process, told):
        assert cpu_s(process.pid) < 3
        assert resident_bytes(process.pid) < 300_000_000
        assert len({one["address"] for one in told["platforms"].values()}) == 34
        described = {file.parent.name for file in Path(told["descriptions"]).glob("*/platform.toml")}
        assert described == told["platforms"].keys() - {"44", "33", "31"}
        assert ended(process) == (0, "")


def test_no_more_platforms_than_divisions() -> None:
    """Nor fewer than those made by hand."""
    for count in ("2", "35"):
        command = [sys.executable, "-m", "simulator", "--platforms", count]
        refused = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
        assert (refused.returncode, "--platforms" in refused.stderr) == (2, True)
