"""`tongban contract`: what shipped phones rely on, held against what the code makes."""

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from graphql import build_schema
from rich.console import Console

from app.clock import today
from app.tables import aligned
from app.usage import measured, usage
from domain.caller import Locale
from domain.client import ADDRESS_BUDGET, CALLER_BUDGET
from mobile_contract import approvals, baselines, contract, lock, manifest
from mobile_contract import releases as shelf
from mobile_contract.client_changelog import CHANGELOG, changelog
from mobile_contract.gate import Gate, Verdict
from mobile_contract.pricing import Pricing
from mobile_contract.registering import Registry
from mobile_contract.releases import BadRelease, Release, Retirement
from mobile_contract.terms import Terms
from notifications.wording import push_texts
from schema.documents import MOST_COST
from schema.schema import schema_of
from schema.subgraph import subgraph_sdl

app = typer.Typer(help="What shipped phones rely on.", no_args_is_help=True, rich_markup_mode=None)
app.command()(usage)
out, trouble = Console(), Console(stderr=True)

COLUMNS = ("CLIENT", "VERSION", "REGISTERED", "SCHEMA", "OPERATIONS", "DEAREST", "WITHOUT TOKEN", "RETIRED", "LIVE USE")

TERMS = Terms(MOST_COST, CALLER_BUDGET, ADDRESS_BUDGET)

Client = Annotated[str, typer.Argument(help="As tokens name it: azp.")]
Version = Annotated[str, typer.Argument(help="Of the app, as its stores show it.")]


@app.command()
def check() -> None:
    """Look whether every live release can live with this schema. And whether all that is committed is what the code makes."""
    verdict = _gate()
    found = [*contract.check(_schema()), *_stale_files(), *lock.faults(), *verdict.faults]
    for sentence in found:
        trouble.print(sentence, highlight=False, soft_wrap=True, markup=False)
    for sentence in verdict.notes:
        out.print(f"Note: {sentence}", highlight=False, soft_wrap=True, markup=False)
    if found:
        raise typer.Exit(1)
    out.print("The contract holds.")


@app.command()
def write() -> None:
    """Write the schema and all else that the code makes. That is schema.graphql and subgraph.graphql, strings, CHANGELOG.md."""
    contract.SCHEMA.write_text(_schema(), "utf-8")
    for file, text in _files().items():
        file.write_text(text, "utf-8")


@app.command()
def register(
    client: Client,
    version: Version,
    given: Annotated[
        Path, typer.Argument(help="A persisted-documents manifest, or a folder of .graphql files.", metavar="FILE|DIR")
    ],
    public: Annotated[bool, typer.Option("--public", help="They may be sent without a token.")] = False,
) -> None:
    """Promise that a shipped version goes on working. Until it is retired."""
    if contract.SCHEMA.read_text("utf-8") != _schema():
        raise BadRelease(
            "schema.graphql is not the schema of the code, so nothing is promised. First: tongban contract write"
        )
    listed = manifest.read(given)
    new = Registry(TERMS).register(client, version, listed, _schema(), today(), public=public)
    write()
    said = "is registered" if new else "was registered before, with just these"
    many = f"{len(listed)} operation{'s' * (len(listed) > 1)}"
    out.print(f"{client} {version} {said}: {many}", highlight=False, markup=False)


@app.command()
def releases() -> None:
    """List every release, the oldest first. With what its dearest operation costs at most by the schema of today."""
    pricing = Pricing(build_schema(contract.SCHEMA.read_text("utf-8")))
    for line in aligned([COLUMNS, *(_row(one, pricing) for one in shelf.every())]):
        typer.echo(line)


@app.command()
def retire(
    client: Client,
    version: Version,
    on: Annotated[datetime, typer.Option(help="From which day on it need not work.", formats=["%Y-%m-%d"])],
    live_use: Annotated[
        float | None, typer.Option(help="Its share of its client's calls, 0 to 1, if not as counted.")
    ] = None,
    unmeasured: Annotated[str | None, typer.Option(help="Why that share is not known. It is kept.")] = None,
) -> None:
    """End the promise of a release. It counts until its day. Servers must have counted its calls for 30 days."""
    if live_use is None and unmeasured is None and (release := shelf.find(client, version)):
        live_use = measured(release, on.date())
    Registry(TERMS).retire(client, version, Retirement(on.date(), live_use, unmeasured), today())
    out.print(f"{client} {version} need not work from {on:%Y-%m-%d} on.", highlight=False, markup=False)


def _gate() -> Verdict:
    gate = Gate(build_schema(_schema()), baselines.schemas(), TERMS)
    return gate.verdict(shelf.every(), approvals.read().keys(), today())


def _row(release: Release, pricing: Pricing) -> Sequence[str]:
    dearest, name = max((pricing.most(one.document), one.name) for one in release.operations)
    return (
        *(release.client, release.version, release.registered.isoformat(), release.baseline),
        *(str(len(release.operations)), f"{dearest:,} ({name})", "yes" if release.public else "-"),
        *_ended(release.retirement),
    )


def _ended(retirement: Retirement | None) -> tuple[str, str]:
    """From which day on, and how much it was used when that was said."""
    if retirement is None:
        return "-", "-"
    return retirement.on.isoformat(), "unmeasured" if retirement.live_use is None else f"{retirement.live_use:.2%}"


def _stale_files() -> list[str]:
    return [
        f"{file.name} is not what the code makes. Look at it, then: tongban contract write"
        for file, text in _files().items()
        if not file.exists() or file.read_text("utf-8") != text
    ]


def _files() -> dict[Path, str]:
    """What is generated besides the schema, by file."""
    changes = changelog(build_schema(_schema()), baselines.schemas(), shelf.every())
    return {**_strings(), CHANGELOG: changes, contract.SUBGRAPH: subgraph_sdl()}


def _strings() -> dict[Path, str]:
    """What an app ships so that it can word a push, by file."""
    return {
        contract.STRINGS / f"{locale.value}.json": json.dumps(push_texts(locale), ensure_ascii=False, indent=2) + "\n"
        for locale in Locale
    }


def _schema() -> str:
    return schema_of().as_str() + "\n"
