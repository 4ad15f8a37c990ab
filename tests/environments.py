"""Python programs of other hands, in an environment for each lock of theirs, in ours (`make clean` removes them)."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.node import missing

PIP = ("pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "--only-binary=:all:")


def environment(
    folder: Path, others: Iterable[Path] = (), prepare: Callable[[Path], None] = lambda place: None
) -> Path:
    """An environment with what the folder's requirements.lock names, made once for its content and that of `others`.

    It is moved once it is whole, so its tools are run as modules: scripts name where they were made. `prepare` is told the place
    before. Where something fails (subprocess.CalledProcessError) the test is skipped; with CI set it fails.
    """
    lock = folder / "requirements.lock"
    state = hashlib.sha256(b"".join(file.read_bytes() for file in (lock, *others))).hexdigest()[:16]
    place = Path(sys.prefix) / folder.name / state
    if not place.exists():
        _install(place, lock, prepare)
    return place


def _install(place: Path, lock: Path, prepare: Callable[[Path], None]) -> None:
    fresh = place.with_name(f"{place.name}-{os.getpid()}")
    try:
        run(sys.executable, "-m", "venv", str(fresh))
        run(str(fresh / "bin" / "python"), "-m", *PIP, "--requirement", str(lock))
        prepare(fresh)
        fresh.rename(place)
    except subprocess.CalledProcessError as failed:
        missing(f"what {lock.parent.name} needs cannot be installed: {failed.stderr}")
    except OSError:  # another run of the tests was first
        assert place.exists()
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def run(*command: str, **told: str) -> str:
    """What a command wrote, told this beside the environment. Raises subprocess.CalledProcessError."""
    done = subprocess.run(command, env=os.environ | told, capture_output=True, text=True, check=True)
    return done.stdout
