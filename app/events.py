"""`tongban events`: what is set aside, why, and having it taken in again. Beside running servers; nothing personal unasked."""

import asyncio
import getpass
import json
import logging
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Collection, Coroutine
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import typer
import uvloop

from app.beside import replaying
from app.clock import clock
from app.logs import configure_logs
from app.settings import Settings, load_settings
from domain.times import SECOND, Micros, micros, moment
from resolvers.replay import WELL, Fate, Looked, Replay, Replayed
from store.set_aside import Act, Aside, Kind, Which

log = logging.getLogger(__name__)

app = typer.Typer(help="What platforms sent and is set aside.", no_args_is_help=True, rich_markup_mode=None)

BY_HAND = (Kind.QUARANTINED, Kind.FAILED)
"""What waits for an operator; the others wait for a citizen, or for nobody."""

LATER = "Without Redis no other process is told: where one serves this database, phones that listen hear within 15 s."

Ids = Annotated[list[str], typer.Argument(help="Which, as the list shows them.")]
OnlyOf = Annotated[str | None, typer.Option("--platform", help="Only of this platform, by its code.")]
OfKind = Annotated[list[Kind] | None, typer.Option("--kind", help="Only of this kind; may be repeated.")]


@app.command("list")
def list_(
    platform: OnlyOf = None,
    kind: OfKind = None,
    since: Annotated[str | None, typer.Option(help="Came since: 2026-11-25, 2026-11-25T03:00, 90m, 12h or 3d.")] = None,
    limit: Annotated[int, typer.Option(help="At most so many.", min=1, max=100_000)] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="For a program.")] = False,
) -> None:
    """What is set aside, the oldest first: quarantined and failed, unless a kind is named."""
    which = Which(kind or BY_HAND, platform, _since(since))
    found, counts = _run(_listed(which, limit))
    if as_json:
        typer.echo(json.dumps([_shown(aside) for aside in found], ensure_ascii=False, indent=2))
        return
    for aside in found:
        typer.echo("  ".join(str(value) for value in _shown(aside).values()))
    besides = ", ".join(f"{many} {kind.value}" for kind, many in counts.items() if kind not in which.kinds)
    said = [f"{len(found)} shown.", *(["There may be more: --limit."] if len(found) == limit else [])]
    typer.echo(" ".join([*said, *([f"Besides: {besides}."] if besides else [])]), err=True)


@app.command()
def show(
    event: Annotated[str, typer.Argument(help="Which, as the list shows it.")],
    body: Annotated[bool, typer.Option("--body", help="Print what the platform sent. It is about a person.")] = False,
) -> None:
    """Why one event is set aside, and what a replay would come to now."""
    _run(_show(_id(event), body))


@app.command()
def replay(
    events: Annotated[list[str] | None, typer.Argument(help="Which, as the list shows them.")] = None,
    platform: OnlyOf = None,
    every: Annotated[bool, typer.Option("--all", help="Of all platforms.")] = False,
    kind: OfKind = None,
    dry: Annotated[bool, typer.Option("--dry-run", help="Only say what would become of each.")] = False,
) -> None:
    """Have it read by today's descriptions and taken in. Exits 0 only if nothing is left that needs somebody."""
    if (bool(events), platform is not None, every).count(True) != 1:
        raise typer.BadParameter("Say which: ids, or --platform CODE, or --all.")
    which = Which(kind or BY_HAND, platform)
    fates = _run(_replay([_id(text) for text in events or ()], which, dry))
    typer.echo(
        ", ".join(f"{many} {fate.value}" for fate, many in fates.items()) or "There is nothing to replay.", err=True
    )
    if set(fates) - WELL:
        raise typer.Exit(1)


@app.command()
def drop(
    events: Ids,
    reason: Annotated[str, typer.Option(help="Why; it is kept with your name. No names of citizens.")],
) -> None:
    """Give up events that are quarantined or failed. They can still be replayed until they are purged."""
    if not 3 <= len(reason.strip()) <= 500:
        raise typer.BadParameter("--reason: expected 3 to 500 characters that say why.")
    if not _run(_drop([_id(text) for text in events], reason.strip())):
        raise typer.Exit(1)


async def _listed(which: Which, limit: int) -> tuple[list[Aside], dict[Kind, int]]:
    async with replaying(_settings(), writes=False) as desk:
        set_aside = desk.reception.store.set_aside
        return await set_aside.listed(which, limit), await set_aside.counts()


async def _show(row_id: UUID, body: bool) -> None:
    async with replaying(_settings(), writes=body) as desk:
        looked = await desk.look(row_id)
        if looked is None:
            typer.echo(f"There is no event {row_id}.", err=True)
            raise typer.Exit(1)
        for name, value in _told(looked).items():
            typer.echo(f"{name}: {value}")
        if body and looked.kept:
            await _open(desk, row_id, looked)


async def _open(desk: Replay, row_id: UUID, looked: Looked) -> None:
    """First it is kept who looks, and only then there is something to see."""
    assert looked.kept, "somebody made sure that it opens"
    await desk.note(row_id, _act("looked-at", ""))
    log.warning("an event's body was looked at", extra={"event": str(row_id), "platform": looked.kept.platform})
    typer.echo(
        "What follows is about a person. That you looked is kept. Do not copy it into tickets or chats.", err=True
    )
    typer.echo(looked.kept.body.decode("utf-8", "replace"))


async def _replay(ids: list[UUID], which: Which, dry: bool) -> Counter[Fate]:
    settings, fates = _settings(), Counter[Fate]()
    if not dry and settings.redis_url is None:
        typer.echo(LATER, err=True)
    async with replaying(settings, writes=not dry) as desk:
        async for replayed in _each(desk, ids, dry) if ids else desk.all(which, dry):
            typer.echo(_line(replayed, dry))
            fates[replayed.fate] += 1
    return fates


async def _each(desk: Replay, ids: Collection[UUID], dry: bool) -> AsyncIterator[Replayed]:
    for row_id in ids:
        yield await desk.one(row_id, dry)


async def _drop(ids: list[UUID], reason: str) -> bool:
    async with replaying(_settings(), writes=True) as desk:
        done = [await desk.drop(row_id, _act("dropped", reason)) for row_id in ids]
    for row_id, dropped in zip(ids, done, strict=True):
        typer.echo(f"{row_id}  {'dropped' if dropped else 'is neither quarantined nor failed'}")
    return all(done)


def _line(replayed: Replayed, dry: bool) -> str:
    problem = f": {replayed.problem}" if replayed.problem else ""
    would = "would be " if dry and replayed.fate in (Fate.TAKEN_IN, Fate.WAITING) else ""
    return f"{replayed.id}  {replayed.platform or '-'}  {would}{replayed.fate.value}{problem}"


def _shown(aside: Aside) -> dict[str, str]:
    came = _time(aside.at) if aside.at else "never"
    return {
        "id": str(aside.id),
        "kind": aside.kind.value,
        "platform": aside.platform,
        "at": came,
        "problem": aside.problem or "-",
    }


def _told(looked: Looked) -> dict[str, str]:
    kept, today = looked.kept, looked.today
    if kept is None:
        return {"id": str(today.id), "problem": "a sealing key is missing: it does not open until that is back"}
    told = {
        "id": str(today.id),
        "platform": kept.platform,
        "the platform's own id": kept.event_id,
        "state": kept.state.value,
        "came": _time(kept.received),
        "bytes": str(len(kept.body)),
        "problem when it was set aside": kept.problem or "-",
        "a replay now": _line(today, True).partition("  ")[2].partition("  ")[2],
    }
    return told | {f"{act.act} {_time(act.at)}": f"by {act.who}: {act.reason or '-'}" for act in looked.acts}


def _act(act: str, reason: str) -> Act:
    return Act(act, clock(), os.environ.get("SUDO_USER") or getpass.getuser(), reason)


def _settings() -> Settings:
    settings = load_settings(os.environ)
    configure_logs(settings.log_level)
    return settings


def _time(at: Micros) -> str:
    return moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"{text}: expected an id of tongban events list.") from None


def _since(text: str | None) -> Micros:
    """A moment, or a span back from now."""
    if text is None:
        return 0
    if span := re.fullmatch(r"(\d{1,6})([mhd])", text, re.ASCII):
        seconds = timedelta(**{{"m": "minutes", "h": "hours", "d": "days"}[span[2]]: int(span[1])}).total_seconds()
        return max(0, clock() - int(seconds) * SECOND)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"--since {text}: expected 2026-11-25, 2026-11-25T03:00, 90m, 12h or 3d.") from None
    return micros(at if at.tzinfo else at.replace(tzinfo=UTC))


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)
