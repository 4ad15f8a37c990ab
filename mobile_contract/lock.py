"""What was promised, by hash: `releases.lock`. `tongban contract register` and `retire` add lines to it, and nothing else does.

So a release or baseline that is gone, or that somebody edited, is named. Whoever takes its line out together with the file is
seen only by who reads the difference: no list can tell what it never held.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from mobile_contract.baselines import BASELINES
from mobile_contract.contract import HOME
from mobile_contract.releases import RELEASES, Release, Retirement, every

NAME = "releases.lock"

_HEAD = "# Written by tongban contract register and retire. Lines are added, never changed and never taken out.\n"
_RETIREMENT = "retirement of "
"""Of these alone a later line takes the place of an earlier one."""


def faults(home: Path = HOME) -> list[str]:
    """What is not as it was registered or retired, a sentence each. Raises BadRelease for what cannot be read."""
    lines, there = _lines(home), _there(home)
    return [*_twice(lines), *_differences(dict(lines), there)]


def note(home: Path = HOME) -> None:
    """What is there counts from now on. Look for faults before anything is changed: after this they are not found."""
    listed = dict(_lines(home))
    new = [f"{name} {digest}\n" for name, digest in _there(home).items() if listed.get(name) != digest]
    before = _text(home) or _HEAD
    (home / NAME).write_text("".join([before, *new]), "utf-8")


def _text(home: Path) -> str:
    return (home / NAME).read_text("utf-8") if (home / NAME).exists() else ""


def _lines(home: Path) -> list[tuple[str, str]]:
    """What it is, and its hash."""
    parted = (line.rpartition(" ") for line in _text(home).splitlines() if line and not line.startswith("#"))
    return [(name, digest) for name, _, digest in parted]


def _there(home: Path) -> dict[str, str]:
    files = sorted((home / BASELINES.name).glob("*.graphql"))
    found = {f"baseline {file.stem}": hashlib.sha256(file.read_bytes()).hexdigest() for file in files}
    for release in every(home / RELEASES.name):
        found[f"release {release.name}"] = _digest(_promise(release))
        if release.retirement:
            found[f"{_RETIREMENT}{release.name}"] = _digest(_ended(release.retirement))
    return found


def _promise(release: Release) -> object:
    """All but the retirement. An id stands for its text."""
    listed = [[one.id, one.name, one.type] for one in release.operations]
    return [
        *(release.client, release.version, release.registered.isoformat(), release.baseline, release.public, listed)
    ]


def _ended(retirement: Retirement) -> object:
    return {name: str(value) for name, value in asdict(retirement).items() if value is not None}


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _twice(lines: Sequence[tuple[str, str]]) -> Iterator[str]:
    names = [name for name, _ in lines if not name.startswith(_RETIREMENT)]
    yield from (f"{name} is twice in {NAME}." for name in dict.fromkeys(names) if names.count(name) > 1)


def _differences(listed: dict[str, str], there: dict[str, str]) -> Iterator[str]:
    for name in {**listed, **there}:
        if name not in there:
            yield f"{name} is in {NAME}, and gone. What was promised stays: give it back."
        elif name not in listed:
            yield f"{name} is not in {NAME}: no command wrote it. Let tongban contract do so."
        elif listed[name] != there[name]:
            yield f"{name} is not what {NAME} says: somebody edited it. Give back what was written."
