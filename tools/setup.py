"""Make .venv fit the lock: create it, install what the lock names, install the project itself editable.

Standard library only, since it runs before anything is installed. Does nothing, quickly, when nothing has changed.
"""

import hashlib
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements-dev.lock"
PLACE_STAMP = VENV / ".tongban-place"
STAMP = VENV / ".tongban-set-up"


def fingerprint() -> str:
    """Of all that decides what is installed."""
    digest = hashlib.sha256()
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def says(stamp: Path, text: str) -> bool:
    return stamp.exists() and stamp.read_text(encoding="utf-8") == text


def runs_inside() -> bool:
    return Path(sys.prefix).resolve() == VENV


def create() -> None:
    print(f"Making .venv with Python {sys.version.split()[0]}", flush=True)
    venv.EnvBuilder(clear=True, symlinks=True, with_pip=True).create(VENV)


def pip_install(*arguments: str) -> None:
    """With errors only (an index that lacks a package warns for each), and bytecode left to `compile_all`."""
    quietly = ("--quiet", "--quiet", "--disable-pip-version-check", "--no-compile")
    subprocess.run([str(PYTHON), "-m", "pip", "install", *quietly, *arguments], cwd=ROOT, check=True)


def compile_all() -> None:
    """On all cores, once: tests start hundreds of processes, and where Python may write no bytecode each would compile."""
    # Not checked: packages carry files for other versions of Python too.
    subprocess.run([str(PYTHON), "-m", "compileall", "-q", "-q", "-j", "0", str(VENV / "lib")], cwd=ROOT, check=False)


def install() -> None:
    print("Installing what requirements-dev.lock names (a minute or two; once, and after it changes)", flush=True)
    pip_install("--require-hashes", "--requirement", str(LOCK))
    pip_install("--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    compile_all()


def main() -> int:
    wanted = fingerprint()
    # The scripts of an environment hold its absolute path: a checkout that was moved needs a new one.
    moved = PLACE_STAMP.exists() and not says(PLACE_STAMP, str(ROOT))
    if runs_inside() and not moved and says(STAMP, wanted):
        return 0
    try:
        if moved or not runs_inside():
            create()
        PLACE_STAMP.write_text(str(ROOT), encoding="utf-8")
        STAMP.unlink(missing_ok=True)
        install()
    except subprocess.CalledProcessError as error:
        print(f"Set-up stopped: {' '.join(map(str, error.cmd))} ended with {error.returncode}.", file=sys.stderr)
        return 1
    STAMP.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
