"""`tongban contract usage`: which releases and which share of live calls use a field; and what a retirement goes by."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated

import typer
from graphql import GraphQLInterfaceType, GraphQLObjectType, GraphQLSchema, build_schema

from app.clock import today
from app.counted import Counts, counted
from app.tables import aligned
from mobile_contract import baselines, contract
from mobile_contract import releases as shelf
from mobile_contract.deprecation import places, sunsets
from mobile_contract.live_use import FieldUse, field_uses, sent, share
from mobile_contract.registering import LIVE_USE
from mobile_contract.releases import BadRelease, Release

DAYS = 30
COLUMNS = ("FIELD", "CALLS", "SHARE", "CLIENTS", "RELEASES", "SUNSET", "MAY GO")
NOBODY = "without token"

Days = Annotated[int, typer.Option(help="Of how many days, today among them.", min=1, max=400)]


def usage(
    field: Annotated[str | None, typer.Argument(help="One field, by client and release.", metavar="TYPE.FIELD")] = None,
    days: Days = DAYS,
) -> None:
    """Tell how much each release and field is used. By what servers count, the rarest fields first; nothing tells who."""
    schema, counts, releases = build_schema(contract.SCHEMA.read_text("utf-8")), counted(days), shelf.every()
    if field is not None and field not in _fields(schema):
        raise typer.BadParameter(f"{field} is no field of the schema.")
    found = field_uses(baselines.schemas(), releases, counts.by_what, today())
    since = f"counted since {counts.since}" if counts.since else "nothing is counted yet"
    typer.echo(f"{counts.total:,} calls in {days} days; {since}")
    if field is not None:
        lines = _one(found.get(field, FieldUse()), counts)
    else:
        lines = [*_of_releases(releases, counts), "", *_of_fields(schema, found, counts, whole=counts.days >= days)]
    for line in lines:
        typer.echo(line)


def measured(release: Release, on: date, days: int = DAYS) -> float:
    """Which share of its client's calls of these days only this release makes, of those that will be live on that day.

    Of all calls, if anybody may send its operations. Raises BadRelease where that cannot be told.
    """
    counts = counted(days)
    if counts.days < days:
        raise BadRelease(f"Calls were counted on {counts.days} of the last {days} days. Say --unmeasured, and why.")
    total = _total(release, counts)
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


def _total(release: Release, counts: Counts) -> int:
    """All calls of those who may send its operations."""
    return counts.total if release.public else counts.by_client.get(release.client, 0)


def _of_releases(releases: Sequence[Release], counts: Counts) -> list[str]:
    live = [one for one in releases if one.live(today())]
    rows = [
        (
            *(one.name, f"{sent(one, counts.by_what).total():,}"),
            f"{share(one, [other for other in live if other != one], counts.by_what, _total(one, counts)):.2%}",
        )
        for one in live
    ]
    return aligned([("RELEASE", "CALLS", "ITS OWN"), *rows])


def _of_fields(schema: GraphQLSchema, found: Mapping[str, FieldUse], counts: Counts, *, whole: bool) -> list[str]:
    """`whole`: something was counted on every one of the days; otherwise nobody can tell what may go."""
    ends, promised = sunsets(schema), places(schema)
    rows = [(place, found.get(place, FieldUse())) for place in _fields(schema)]
    rows.sort(key=lambda row: (row[1].calls.total(), row[0]))
    free = {place for place, use in rows if whole and use.none and ends.get(place, date.min) <= today()} & promised
    return aligned(
        [
            COLUMNS,
            *(
                (
                    *(place, f"{use.calls.total():,}", _share(use.calls.total(), counts), str(len(use.calls))),
                    *(str(len(use.releases)), ends[place].isoformat() if place in ends else "-"),
                    "yes" if place in free else "-",
                )
                for place, use in rows
            ),
        ]
    )


def _one(use: FieldUse, counts: Counts) -> list[str]:
    clients = Counter({client or NOBODY: calls for client, calls in use.calls.items()})
    return [*_by("CLIENT", clients, counts), "", *_by("RELEASE", use.releases, counts)]


def _by(what: str, calls: Counter[str], counts: Counts) -> list[str]:
    rows = [(name, f"{many:,}", _share(many, counts)) for name, many in calls.most_common()]
    return aligned([(what, "CALLS", "SHARE"), *rows])


def _share(calls: int, counts: Counts) -> str:
    return f"{calls / counts.total:.2%}" if counts.total else "-"


def _fields(schema: GraphQLSchema) -> list[str]:
    """Those of phones, and those that only gateways have."""
    of_gateways = build_schema(contract.SUBGRAPH.read_text("utf-8"), assume_valid=True)
    kinds = [*schema.type_map.values(), *of_gateways.type_map.values()]
    shown = (one for one in kinds if isinstance(one, GraphQLObjectType | GraphQLInterfaceType))
    return list(dict.fromkeys(f"{one.name}.{name}" for one in shown if one.name[:2] != "__" for name in one.fields))
