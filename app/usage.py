"""`tongban contract usage`: which releases and which share of live calls use a field; and what a retirement goes by."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

import typer
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema

from app.counted import Counts, counted
from app.tables import aligned
from mobile_contract import baselines, contract
from mobile_contract import releases as shelf
from mobile_contract.deprecation import sunsets
from mobile_contract.live_use import FieldUse, field_uses, share
from mobile_contract.registering import LIVE_USE
from mobile_contract.releases import BadRelease, Release

DAYS = 30
COLUMNS = ("FIELD", "CALLS", "SHARE", "CLIENTS", "RELEASES", "SUNSET")
NOBODY = "without token"

Days = Annotated[int, typer.Option(help="Of how many days, today among them.", min=1, max=400)]


def usage(
    field: Annotated[str | None, typer.Argument(help="One field, by client and release.", metavar="TYPE.FIELD")] = None,
    days: Days = DAYS,
) -> None:
    """Tell how much each field is asked for: the rarest first. Out of what servers count; nothing in it tells who."""
    schema, counts = build_schema(contract.SCHEMA.read_text("utf-8")), counted(days)
    if field is not None and field not in _fields(schema):
        raise typer.BadParameter(f"{field} is no field of the schema.")
    found = field_uses(baselines.schemas(), shelf.every(), counts.by_what)
    typer.echo(f"{counts.total:,} calls in {days} days; counted since {counts.since or 'never'}")
    for line in _table(schema, found, counts) if field is None else _one(found.get(field, FieldUse()), counts):
        typer.echo(line)


def measured(release: Release, on: date, days: int = DAYS) -> float:
    """Which share of its client's calls of these days only this release makes, of those that will be live on that day.

    Of all calls, if anybody may send its operations. Raises BadRelease where that cannot be told.
    """
    counts = counted(days)
    if counts.days < days:
        raise BadRelease(f"Calls were counted on {counts.days} of the last {days} days. Say --unmeasured, and why.")
    total = counts.total if release.public else counts.by_client.get(release.client, 0)
    by_id = sum(
        calls for (client, what), calls in counts.by_what.items() if client == release.client and "." not in what
    )
    if not release.public and total - by_id >= LIVE_USE * total > 0:
        raise BadRelease(
            f"{total - by_id:,} of {total:,} calls of {release.client} were free text, of which nobody knows the release. "
            "Say --unmeasured, and why."
        )
    others = [one for one in shelf.every() if one.live(on) and one.name != release.name]
    return share(release, others, counts.by_what, total)


def _table(schema: GraphQLSchema, found: Mapping[str, FieldUse], counts: Counts) -> Iterator[str]:
    ends = sunsets(schema)
    rows = [(place, found.get(place, FieldUse())) for place in _fields(schema)]
    rows.sort(key=lambda row: (row[1].calls.total(), row[0]))
    yield from aligned(
        [
            COLUMNS,
            *(
                (
                    *(place, f"{use.calls.total():,}", _share(use.calls.total(), counts)),
                    *(str(len(use.calls)), str(len(use.releases)), ends[place].isoformat() if place in ends else ""),
                )
                for place, use in rows
            ),
        ]
    )


def _one(use: FieldUse, counts: Counts) -> Iterator[str]:
    yield from aligned(
        [
            ("CLIENT", "CALLS", "SHARE"),
            *((client or NOBODY, f"{calls:,}", _share(calls, counts)) for client, calls in use.calls.most_common()),
        ]
    )
    yield f"Releases that ask for it: {', '.join(use.releases) or 'none'}"


def _share(calls: int, counts: Counts) -> str:
    return f"{calls / counts.total:.2%}" if counts.total else "-"


def _fields(schema: GraphQLSchema) -> list[str]:
    """Those of phones, and those that only gateways have."""
    of_gateways = build_schema(contract.SUBGRAPH.read_text("utf-8"), assume_valid=True)
    kinds = [*schema.type_map.values(), *of_gateways.type_map.values()]
    shown = (one for one in kinds if isinstance(one, GraphQLObjectType | GraphQLInterfaceType))
    return list(dict.fromkeys(f"{one.name}.{name}" for one in shown if one.name[:2] != "__" for name in one.fields))
