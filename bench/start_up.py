"""How long until the service answers, and what is all that time spent on importing?"""

import asyncio
import os
import re
import resource
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from bench.figures import cpu_s_of, publish, table
from bench.world import run, simulated

QUESTION = "How long until the service answers, and which imports is that?"
TONGBAN = str(Path(sys.executable).with_name("tongban"))
TIMES = 3
MOST = 14

COMMANDS: Mapping[str, Sequence[str]] = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "import typer, rich, uvloop": (sys.executable, "-c", "import typer, rich.console, uvloop"),
    "import app.simulate": (sys.executable, "-c", "import app.simulate"),
    "import firebase_admin.messaging": (sys.executable, "-c", "import firebase_admin.messaging"),
    "import schema.schema": (sys.executable, "-c", "import schema.schema"),
    "import app.cli": (sys.executable, "-c", "import app.cli"),
    "tongban --help": (TONGBAN, "--help"),
    "tongban tour": (TONGBAN, "tour"),
}

Row = tuple[object, ...]


def timed(command: Sequence[str]) -> tuple[float, float]:
    """Seconds of wall clock, and of CPU with all that it started and waited for."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.perf_counter() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


async def measure() -> list[Row]:
    """Wall clock and CPU of each command and of a start of the service, medians. In turns: the machine's pace changes."""
    taken: dict[str, list[tuple[float, float]]] = defaultdict(list)
    async with simulated("sqlite") as (_, environment, folder):
        for _ in range(TIMES):
            for name, command in COMMANDS.items():
                taken[name].append(timed(command))
            taken["tongban serve, to ready"].append(await one_start(environment, folder))
    return [
        (name, *(statistics.median(column) for column in zip(*pairs, strict=True))) for name, pairs in taken.items()
    ]


async def one_start(environment: Mapping[str, str], folder: Path) -> tuple[float, float]:
    """Seconds of wall clock and of CPU until /health/ready answers 200."""
    port = free_port()
    with (folder / "serve.log").open("a") as log:
        began = time.perf_counter()
        service = await asyncio.create_subprocess_exec(
            *(TONGBAN, "serve"), env={**os.environ, **environment, "TONGBAN_PORT": str(port)}, stdout=log, stderr=log
        )
    try:
        await ready(f"http://127.0.0.1:{port}/health/ready")
        return time.perf_counter() - began, cpu_s_of(service.pid)
    finally:
        service.terminate()
        await service.wait()


async def ready(url: str) -> None:
    """Waits until it answers 200, for 30 s at most."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(30):
        while True:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.01)


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def imports() -> str:
    """Which packages the time of `import app.cli` goes to, each without what it imports in turn."""
    runs = [importing() for _ in range(3)]
    share = {name: statistics.median(one[name] / sum(one.values()) for one in runs) for name in runs[0]}
    ours = {name: share[name] for name in share if Path(name).is_dir()}
    others = sorted(((part, name) for name, part in share.items() if name not in ours), reverse=True)
    rows = [(name, f"{part:.0%}") for part, name in others[:MOST]]
    head = ("package, of 100 % of import app.cli", "share")
    return table(
        head, [*rows, ("our rooms together", f"{sum(ours.values()):.0%}"), ("the rest", f"{_rest(others):.0%}")]
    )


def _rest(others: Sequence[tuple[float, str]]) -> float:
    return sum(part for part, _ in others[MOST:])


def importing() -> Counter[str]:
    """Microseconds by package, out of -X importtime."""
    said = subprocess.run([sys.executable, "-X", "importtime", "-c", "import app.cli"], capture_output=True, text=True)
    found: Counter[str] = Counter()
    for own, name in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+([\w.]+)$", said.stderr, re.MULTILINE):
        found[name.partition(".")[0]] += int(own)
    return found


async def main() -> None:
    publish(
        "start_up",
        QUESTION,
        f"Fresh processes with compiled bytecode, medians of {TIMES}, seconds. CPU counts what a command started.",
        table(("", "wall, s", "CPU, s"), await measure()),
        imports(),
    )


if __name__ == "__main__":
    run(main())
