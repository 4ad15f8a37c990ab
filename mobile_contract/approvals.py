"""Breaks that were decided on: `approvals.toml`. Each entry names changes exactly as the gate does, and says why they may be."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mobile_contract.contract import HOME

APPROVALS = HOME / "approvals.toml"


class BadApproval(Exception):
    """approvals.toml is not as it must be. Says where."""


def read(file: Path = APPROVALS) -> dict[str, str]:
    """By approved change, the reason. Raises BadApproval."""
    if not file.exists():
        return {}
    try:
        given = tomllib.loads(file.read_text("utf-8"))
    except ValueError as error:
        raise BadApproval(f"{file.name}: {error}") from None
    entries = given.pop("approval", [])
    if given or not isinstance(entries, list):
        raise BadApproval(f"{file.name} holds entries [[approval]] and nothing else")
    return {change: entry["reason"] for entry in map(_entry, entries) for change in entry["changes"]}


def _entry(entry: Any) -> Mapping[str, Any]:
    said = entry if isinstance(entry, dict) else {}
    changes, reason = said.get("changes"), said.get("reason")
    listed = isinstance(changes, list) and changes and all(isinstance(one, str) for one in changes)
    if said.keys() != {"changes", "reason"} or not listed or not isinstance(reason, str) or not reason.strip():
        raise BadApproval(
            "each [[approval]] has changes, a list of what the gate named, and a reason, and nothing else"
        )
    return said
