"""Releases of clients: which operations a shipped version sends, kept in `releases/<client>/<version>.json`.

A file is a persisted-documents manifest with a header of ours, `release`. What was registered is never changed; only its
retirement is written later.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from mobile_contract.contract import HOME
from mobile_contract.manifest import FORMAT, VERSION, BadManifest, Operation, listed_in, operations

RELEASES = HOME / "releases"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?")


class BadRelease(Exception):
    """A release cannot be read, registered or retired. Says why, a sentence a line."""


@dataclass(frozen=True, slots=True)
class Retirement:
    """From when on a release is not kept working, and why that may be: its share of its client's calls, or why none is known."""

    on: date
    live_use: float | None = None
    unmeasured: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """`baseline`: which schema it was built against. `public`: its operations may be sent without a token."""

    client: str
    version: str
    registered: date
    baseline: str
    public: bool
    operations: tuple[Operation, ...]
    retirement: Retirement | None = None

    @property
    def name(self) -> str:
        return f"{self.client} {self.version}"

    def live(self, today: date) -> bool:
        """Whether it has to work: until the day of its retirement."""
        return self.retirement is None or today < self.retirement.on


def every(folder: Path = RELEASES) -> list[Release]:
    """All releases, the oldest first. Raises BadRelease."""
    found = [_read(file) for file in folder.glob("*/*.json")]
    return sorted(found, key=lambda one: (one.registered, one.client, one.version))


def find(client: str, version: str, folder: Path = RELEASES) -> Release | None:
    """Raises BadRelease, also for what can be no name of a client or version."""
    file = _file(client, version, folder)
    return _read(file) if file.exists() else None


def keep(release: Release, folder: Path = RELEASES) -> None:
    """Raises BadRelease for what can be no name of a client or version."""
    file = _file(release.client, release.version, folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(_written(release), ensure_ascii=False, indent=2) + "\n", "utf-8")


def _file(client: str, version: str, folder: Path) -> Path:
    for name in (client, version):
        if not _NAME.fullmatch(name):
            raise BadRelease(
                f"{name!r} can be no name of a client or version here: at most 64 letters, digits, dots, hyphens and underscores."
            )
    return folder / client / f"{version}.json"


def _read(file: Path) -> Release:
    try:
        given = json.loads(file.read_text("utf-8"))
        release = _release(given["release"], tuple(operations(listed_in(given))))
    except (ValueError, KeyError, TypeError, BadManifest) as error:
        raise BadRelease(f"{file.parent.name}/{file.name} is not a release: {error}") from None
    if (release.client, release.version) != (file.parent.name, file.stem):
        raise BadRelease(f"{file.parent.name}/{file.name} says that it is {release.name}.")
    return release


def _release(header: Mapping[str, Any], found: tuple[Operation, ...]) -> Release:
    ended = header["retired"]
    return Release(
        header["client"],
        header["version"],
        date.fromisoformat(header["registered"]),
        header["baseline"],
        header["public"],
        found,
        ended and Retirement(date.fromisoformat(ended["on"]), ended.get("live_use"), ended.get("unmeasured")),
    )


def _written(release: Release) -> Mapping[str, Any]:
    ended = release.retirement
    why = ended and ({"unmeasured": ended.unmeasured} if ended.live_use is None else {"live_use": ended.live_use})
    header = {
        "client": release.client,
        "version": release.version,
        "registered": release.registered.isoformat(),
        "baseline": release.baseline,
        "public": release.public,
        "retired": ended and {"on": ended.on.isoformat(), **(why or {})},
    }
    listed = [{"id": one.id, "name": one.name, "type": one.type, "body": one.body} for one in release.operations]
    return {"format": FORMAT, "version": VERSION, "release": header, "operations": listed}
