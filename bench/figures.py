"""Figures: how they are taken, set in tables and kept beside the script that took them."""

import argparse
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.metadata import version
from inspect import isawaitable
from pathlib import Path

HOME = Path(__file__).parent
FOLLOWS = "## What follows"
TICKS = os.sysconf("SC_CLK_TCK")

Work = Callable[[], object]
"""Something to measure: a plain function, or one that gives an awaitable."""


async def cpu_ms(works: Mapping[str, Work], rounds: int = 9, block_s: float = 0.04) -> dict[str, float]:
    """Milliseconds of this process's CPU, all threads, for one call of each: the median of `rounds` blocks.

    A round takes one block of each work in turn; the first is for warming up. A block is as many calls as take `block_s`
    of CPU, at least one, and is set against the machine's pace just before it: a second of CPU does half as much while
    somebody else keeps the other half of the core busy.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(1 + rounds):
        for name, work in works.items():
            pace = _pace_s()
            taken[name].append(await _block(work, block_s) * _best_pace_s() / pace)
    return {name: statistics.median(blocks[1:]) * 1000 for name, blocks in taken.items()}


async def _block(work: Work, block_s: float) -> float:
    began, calls, used = time.process_time(), 0, 0.0
    while used < block_s:
        result = work()
        if isawaitable(result):
            await result
        calls, used = calls + 1, time.process_time() - began
    return used / calls


def _pace_s() -> float:
    """Seconds of CPU that a fixed piece of work takes now."""
    began = time.process_time()
    found: dict[int, str] = {}
    for number in range(15_000):
        found[number & 255] = str(number)
    return time.process_time() - began


@cache
def _best_pace_s() -> float:
    """The same at its best, within half a second at the start of the run."""
    return min(_pace_s() for _ in range(150))


def cpu_s_of(pid: int) -> float:
    """Seconds of CPU that a process has used, all threads, in user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed."""
    return sorted(values)[max(0, -(-int(share * 1000) * len(values) // 1000) - 1)]


def shown(value: object) -> str:
    """A number in three digits or so; anything else as it is."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; the first column is text, the others are numbers."""
    lines = [list(head), *([shown(cell) for cell in row] for row in rows)]
    wide = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = ["-" * wide[0], *("-" * (width - 1) + ":" for width in wide[1:])]
    padded = [
        [line[0].ljust(wide[0]), *(c.rjust(w) for c, w in zip(line[1:], wide[1:], strict=True))] for line in lines
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in (padded[0], rule, *padded[1:]))


def publish(script: str, question: str, *parts: str) -> None:
    """Prints the figures; with --keep writes them to <script>.md too, whose conclusions stay as a person wrote them."""
    parser = argparse.ArgumentParser(description=question)
    parser.add_argument("--keep", action="store_true", help=f"write bench/{script}.md")
    kept = parser.parse_args().keep
    print("\n\n".join(parts))
    if kept:
        file = HOME / f"{script}.md"
        _, _, follows = (file.read_text("utf-8") if file.exists() else "").partition(FOLLOWS)
        repeat = f"Repeat: `.venv/bin/python -m bench.{script} --keep` (keeps what stands under “{FOLLOWS[3:]}”)."
        page = [f"# {question}", circumstances(), repeat, *parts, FOLLOWS + (follows or "\n\nNothing yet.\n")]
        file.write_text("\n\n".join(page), "utf-8")


def circumstances() -> str:
    """When, on what and with which versions."""
    versions = [
        f"{name} {version(name)}" for name in ("strawberry-graphql", "tortoise-orm", "aiohttp", "firebase-admin")
    ]
    return (
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}, commit {_commit()}, {os.cpu_count()} × {_processor()}, "
        f"load {os.getloadavg()[0]:.1f} at the end, Linux {platform.release()}, Python {platform.python_version()}, "
        f"{', '.join(versions)}."
    )


def _processor() -> str:
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return names[0].partition(": ")[2] if names else platform.machine()


def _commit() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=HOME, capture_output=True, text=True)
    return said.stdout.strip() or "unknown"
