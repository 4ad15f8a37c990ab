"""`tongban platforms`: how platforms are doing, out of the database, beside the processes that ask them."""

import asyncio
import json
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import uvloop

from app.build import require_current, require_there
from app.clock import clock
from app.connections import catalogue_of, new_session, registry_of
from app.logs import configure_logs
from app.settings import Settings, load_settings
from app.tables import aligned
from domain.caller import Locale
from domain.health import PlatformHealth, PlatformStatus
from domain.times import MINUTE, Micros, moment
from resolvers.health import Report, Statuses
from store.database import open_database
from store.health import Health
from store.shared.memory import MemoryQuotas

COLUMNS = ("PLATFORM", "STATE", "CALLS", "P50", "P95", "ERRORS", "BREAKER", "LAST EVENT", "DRIFT", "NAME")


def platforms(as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False) -> None:
    """How every known platform is doing.

    As all processes together saw it in the last five minutes.

    Out of the database, beside running servers. What is described and connected, out of files and settings: tongban platform list
    """
    settings = load_settings(os.environ)
    configure_logs(settings.log_level)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        report = runner.run(_report(settings))
    if as_json:
        typer.echo(json.dumps([_told(status) for status in report.statuses], ensure_ascii=False, indent=2))
        return
    for line in aligned([COLUMNS, *(_row(status, report.at) for status in report.statuses)]):
        typer.echo(line)


async def _report(settings: Settings) -> Report:
    """Raises SettingsError, BadDescription, SchemaNotReady and StoreUnavailable."""
    url = settings.database_url.get_secret_value()
    require_there(url)
    async with open_database(url) as db, new_session() as session:
        await require_current(db)
        registry = registry_of(settings, catalogue_of(settings), session, MemoryQuotas())
        return await Statuses(Health(db), registry, clock).report()


def _row(status: PlatformStatus, now: Micros) -> Sequence[str]:
    card, health = status.card, status.health
    name = f"{card.names[Locale.ZH_HANS]} / {card.names[Locale.EN]}"
    if health is None:
        since = f" since {card.since}" if card.since else ""
        # What is known of it is why it is missing: that needs no columns.
        return card.code, f"{status.state.value}: {card.absence}{since}", *("",) * 7, name
    return (
        *(card.code, status.state.value, str(health.calls), _seconds(health.p50_s), _seconds(health.p95_s)),
        "-" if health.error_rate is None else f"{health.error_rate:.1%}",
        _breaker(health),
        *(_ago(health.pushed.last, now), str(health.drift_count), name),
    )


def _breaker(health: PlatformHealth) -> str:
    """Each process has its own: in how many of those that called it is it not closed?"""
    return f"{health.breaker.value}{f' {health.left_alone_by}/{health.asked_by}' if health.left_alone_by else ''}"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f} s"


def _ago(at: Micros | None, now: Micros) -> str:
    if at is None:
        return "-"
    minutes = max(0, now - at) // MINUTE
    return f"{minutes} min ago" if minutes < 120 else f"{moment(at):%Y-%m-%d %H:%MZ}"


def _told(status: PlatformStatus) -> dict[str, Any]:
    card, health = status.card, status.health
    return {
        "code": card.code,
        "name": card.names[Locale.ZH_HANS],
        "name_en": card.names[Locale.EN],
        "state": status.state.value,
        "not_connected": card.absence.value if card.absence else None,
        "since": card.since.isoformat() if card.since else None,
        "health": _figures(health) if health else None,
    }


def _figures(health: PlatformHealth) -> dict[str, Any]:
    last = health.pushed.last
    return {
        "calls": health.calls,
        "failed": health.failed,
        "error_rate": health.error_rate,
        "p50_s": health.p50_s,
        "p95_s": health.p95_s,
        "breaker": health.breaker.value,
        "asked_by": health.asked_by,
        "left_alone_by": health.left_alone_by,
        "last_event": None if last is None else f"{moment(last):%Y-%m-%dT%H:%M:%SZ}",
        "drifted": health.drifted,
        "declined": health.declined,
        "quarantined": health.pushed.quarantined,
    }
