"""Breaks that were decided on: `approvals.toml`. Each entry names changes exactly as the gate does, the releases that they may
break, and why they may. It counts for no other release, so not for one that is registered later."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mobile_contract.contract import HOME

APPROVALS = HOME / "approvals.toml"

Approved = tuple[str, str]
"""A change, and the name of a release that it may break; or no name, for what vanishes before its sunset."""


class BadApproval(Exception):
    """approvals.toml is not as it must be. Says where."""


def read(file: Path = APPROVALS) -> dict[Approved, str]:
    """By what is approved, the reason. Raises BadApproval."""
    if not file.exists():
        return {}
    try:
        given = tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise BadApproval(f"{file.name}: {error}") from None
    entries = given.pop("approval", [])
    if given or not isinstance(entries, list):
        raise BadApproval(f"{file.name} holds entries [[approval]] and nothing else")
    return {one: entry["reason"] for entry in map(_entry, entries) for one in _approved(entry)}


def _entry(entry: Any) -> Mapping[str, Any]:
    said = entry if isinstance(entry, dict) else {}
    changes, releases, reason = (said.get(name) for name in ("changes", "releases", "reason"))
    whole = _texts(changes) and changes and _texts(releases) and isinstance(reason, str) and reason.strip()
    if said.keys() != {"changes", "releases", "reason"} or not whole:
        raise BadApproval(
            "each [[approval]] has changes, a list of what the gate named, releases, those that they break ([] for what goes "
            "before its sunset), a reason, and nothing else"
        )
    return said


def _texts(listed: Any) -> bool:
    return isinstance(listed, list) and all(isinstance(one, str) and one for one in listed)


def _approved(entry: Mapping[str, Any]) -> Iterator[Approved]:
    for change in entry["changes"]:
        yield from ((change, release) for release in entry["releases"] or [""])
