"""The command `tongban` as a person or a supervisor runs it: arguments and environment in, words and exit status out."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Said:
    """What a command said, and how it ended."""

    status: int
    out: str
    err: str


def start(*arguments: str, cwd: Path, **settings: str) -> "subprocess.Popen[str]":
    """Starts the command in a process of its own; `settings` without TONGBAN_ if they are ours."""
    pipe: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    command = [sys.executable, "-m", "app", *arguments]
    return subprocess.Popen(command, cwd=cwd, env=environment(settings), text=True, start_new_session=True, **pipe)


def finished(process: "subprocess.Popen[str]", seconds: float = 30) -> Said:
    """Waits for the end; what was read before is not in it."""
    try:
        out, err = process.communicate(timeout=seconds)
    finally:
        process.kill()
    return Said(process.returncode, out, err)


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Ours without anybody's settings, and with these; nothing in it says how wide a terminal is."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TONGBAN_") and name != "COLUMNS"}
    return {**kept, "PYTHONPATH": str(ROOT), **settings}
