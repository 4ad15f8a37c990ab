"""Commands of ours start warm in tests: forked from a process that has done their imports, which are most of a start.

Whoever starts `python -m app` or `python -m simulator` as ever, by subprocess or asyncio, gets a process of his own as ever: a
child of this one, with the arguments, environment, folder and pipes that it was given. Only what it would have imported is there
already. Where that could make a difference it starts cold: elsewhere than on Linux, in an environment that differs by more than
our settings, in a folder with an `app` of its own, and as long as the process to fork from is not ready (docs/adr/0065).
"""

import ctypes
import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from select import select
from typing import Any
from unittest.mock import patch

ROOT = Path(__file__).resolve().parents[1]
MODULES = ("app", "simulator")
READY = b"ready"
ENDS = ("p2cread", "p2cwrite", "c2pread", "c2pwrite", "errread", "errwrite")
PR_SET_CHILD_SUBREAPER = 36

_start_cold = subprocess.Popen._execute_child  # type: ignore[attr-defined]
_named = signature(_start_cold)


class Mould:
    """A process that has imported a module, and turns copies of itself into commands."""

    def __init__(self, module: str, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self._line, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.mould", module, str(theirs.fileno())],
                cwd=ROOT,
                env=self.environment,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._is_ready = False

    def fits(self, environment: Mapping[str, str]) -> bool:
        """Whether it is ready, and has imported under the same conditions."""
        if not self._is_ready and select([self._line], [], [], 0)[0]:
            self._is_ready = self._line.recv(len(READY)) == READY
        return self._is_ready and self.environment == environment

    def cast(self, told: Mapping[str, Any], pipes: Sequence[int]) -> int:
        """The id of a new process, which is a child of ours: the mould disowns it, and orphans come to us just then."""
        _take_orphans(True)
        try:
            socket.send_fds(self._line, [json.dumps(told).encode()], pipes)
            said = self._line.recv(8)
        finally:
            _take_orphans(False)
        if len(said) != 8:
            raise RuntimeError("what commands are forked from has died")
        return int.from_bytes(said, "big")

    def end(self) -> None:
        self._line.close()
        self._process.kill()
        self._process.wait()


@contextmanager
def warm_starts() -> Iterator[None]:
    """Until the block ends. A mould is made when a command is first started, which has to start cold itself."""
    moulds: dict[tuple[str, str | None], Mould] = {}

    def start(process: Any, *given: Any) -> None:
        told = _named.bind(process, *given).arguments
        if mould := _fitting(moulds, told):
            process.pid, process._child_created = mould.cast(_command(told), _pipes(told)), True
            process._close_pipe_fds(*(told[name] for name in ENDS))
        else:
            _start_cold(process, *given)

    try:
        with patch.object(subprocess.Popen, "_execute_child", start):
            yield
    finally:
        for mould in moulds.values():
            mould.end()


def _fitting(moulds: dict[tuple[str, str | None], Mould], told: Mapping[str, Any]) -> Mould | None:
    """One for each width of the terminal: pytest-xdist sets one, and some commands are started without."""
    module = _module_of(told)
    if module is None:
        return None
    environment = _settled(_environment(told))
    key = module, environment.get("COLUMNS")
    if key not in moulds:
        moulds[key] = Mould(module, _usual(key[1]))
    return moulds[key] if moulds[key].fits(environment) else None


def _usual(columns: str | None) -> dict[str, str]:
    environment = _settled(os.environ)
    environment.pop("COLUMNS", None)
    return environment if columns is None else environment | {"COLUMNS": columns}


def _module_of(told: Mapping[str, Any]) -> str | None:
    """What is to be run, if it is of ours and from here."""
    args, here = told["args"], Path(told["cwd"] or ".").resolve()
    if not isinstance(args, list | tuple) or len(args) < 3 or [*args[:2]] != [sys.executable, "-m"]:
        return None
    is_ours = args[2] in MODULES and (here == ROOT or not (here / args[2]).exists())
    is_plain = sys.platform == "linux" and not told["pass_fds"] and told["preexec_fn"] is None
    return str(args[2]) if is_ours and is_plain else None


def _environment(told: Mapping[str, Any]) -> dict[str, str]:
    return dict(os.environ if told["env"] is None else told["env"])


def _command(told: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "arguments": told["args"][3:],
        "environment": _environment(told),
        "folder": os.fspath(told["cwd"] or Path.cwd()),
        "own_session": told["start_new_session"],
    }


def _pipes(told: Mapping[str, Any]) -> list[int]:
    """What it reads, what it writes and what it complains to; ours where it was given nothing else."""
    given = (told["p2cread"], told["c2pwrite"], told["errwrite"])
    return [own if pipe == -1 else pipe for own, pipe in enumerate(given)]


def _settled(environment: Mapping[str, str]) -> dict[str, str]:
    """What may be looked at while modules are imported: neither our settings nor what pytest and Tortoise note there."""
    passing = ("TONGBAN_", "PYTEST_", "TIMEZONE", "USE_TZ")
    ours = {"PYTHONPATH"} if environment.get("PYTHONPATH") == str(ROOT) else set()
    return {name: value for name, value in environment.items() if not name.startswith(passing) and name not in ours}


def _take_orphans(whether: bool) -> None:
    """Linux gives the children of a process that ended to the nearest ancestor that takes them."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, int(whether), 0, 0, 0)
