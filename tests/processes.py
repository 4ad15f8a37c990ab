"""What a process holds and uses, as Linux says it."""

import os
from pathlib import Path

PAGE, TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")


def resident_bytes(pid: int | str = "self") -> int:
    """The memory that it holds now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE


def cpu_s(pid: int) -> float:
    """Seconds of CPU that it has used, all threads, in user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
