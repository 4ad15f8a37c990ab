"""Commands that start warm in tests are what they would be cold (tests/warm.py)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import warm
from tests.warm import Mould

TOLD: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
COMMANDS = [["--help"], ["client", "--help"], ["no-such-command"], ["platform", "lint", "no-such-file"], ["doctor"]]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="commands start warm on Linux only")


@pytest.fixture(scope="module")
def noted() -> Iterator[list[list[str]]]:
    """The arguments of the commands that started warm, which they can from now on."""
    started: list[list[str]] = []

    class Noted(Mould):
        def cast(self, told: Any, pipes: Any) -> int:
            started.append(told["arguments"])
            return super().cast(told, pipes)

    with pytest.MonkeyPatch.context() as patched, warm.warm_starts():
        patched.setattr(warm, "Mould", Noted)
        until = time.monotonic() + 30
        while not started and time.monotonic() < until:
            run("no-such-command")
        yield started


@pytest.fixture
def cast(noted: list[list[str]]) -> list[list[str]]:
    """The same, of one test."""
    noted.clear()
    return noted


def run(*arguments: str, **how: Any) -> tuple[int, str, str]:
    with subprocess.Popen([sys.executable, "-m", "app", *arguments], **TOLD | how) as process:
        out, err = process.communicate(timeout=60)
    return process.returncode, out, err


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_they_say_and_end_the_same(cast, tmp_path, arguments):
    """Whatever they are told, in which folder ever."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_")}
    warm_one = run(*arguments, cwd=tmp_path, env=environment)
    assert cast == [arguments]
    assert warm_one == run(*arguments, cwd=tmp_path, env=environment | {"ANOTHER": "makes it start cold"})
    assert cast == [arguments]


def test_it_is_a_process_of_its_own_and_a_child_of_ours(cast):
    """With a session of its own if it was to have one; it can be killed, and how it ended is known."""
    command = [sys.executable, "-m", "app", "client", "list"]
    process = subprocess.Popen(command, **TOLD, start_new_session=True)
    status = Path(f"/proc/{process.pid}/status").read_text()
    assert (f"PPid:\t{os.getpid()}" in status, os.getsid(process.pid)) == (True, process.pid)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert cast == [["client", "list"]]


def test_another_app_is_not_ours(cast, tmp_path):
    """A copy of the project runs its own code."""
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "__main__.py").write_text("print('another')")
    assert run(cwd=tmp_path) == (0, "another\n", "")
    assert cast == []
