"""`python -m tests.mould MODULE FD`: imports a module, and turns a copy of itself into each command that it is told of."""

import importlib
import json
import os
import runpy
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any

LARGEST = 1024 * 1024


def main(module: str, line: socket.socket) -> None:
    importlib.import_module(f"{module}.__main__")
    del sys.modules[f"{module}.__main__"]  # it is run in each copy, which warns of one that is there
    line.send(b"ready")
    if told := serve(line):
        become(module, told)


def serve(line: socket.socket) -> Mapping[str, Any] | None:
    """What to become, to each copy; None to the mould itself once nobody wants another."""
    while True:
        said, pipes, _, _ = socket.recv_fds(line, LARGEST, 3)
        if not said:
            return None
        if (pid := disowned()) == 0:
            line.close()
            for own, pipe in enumerate(pipes):
                os.dup2(pipe, own)
                os.close(pipe)
            told: Mapping[str, Any] = json.loads(said)
            return told
        for pipe in pipes:
            os.close(pipe)
        line.send(pid.to_bytes(8, "big"))


def disowned() -> int:
    """0 in the copy; its id in the mould, whose child it is no more."""
    reading, writing = os.pipe()
    if (between := os.fork()) == 0:
        if (pid := os.fork()) != 0:
            os.write(writing, pid.to_bytes(8, "big"))
            os._exit(0)
    else:
        os.waitpid(between, 0)
        pid = int.from_bytes(os.read(reading, 8), "big")
    os.close(reading)
    os.close(writing)
    return pid


def become(module: str, told: Mapping[str, Any]) -> None:
    """What `python -m MODULE` does, with what it would have been given."""
    if told["own_session"]:
        os.setsid()
    os.chdir(told["folder"])
    os.environ.clear()
    os.environ.update(told["environment"])
    time.tzset()
    sys.path[0] = told["folder"]
    sys.argv = [module, *told["arguments"]]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
