"""How much of what clients call uses a field or a release: by what is counted of calls, and what releases send.

Of an operation that a release holds its id is counted, of any other document its fields.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from graphql import GraphQLSchema

from mobile_contract.manifest import Operation
from mobile_contract.releases import Release
from mobile_contract.use import How, uses

Counts = Mapping[tuple[str, str], int]
"""Calls by client and by what was called: the id of an operation, or `Type.field`. The client is empty for who has no token."""


@dataclass(slots=True)
class FieldUse:
    """Of one field. `calls`: by client. `releases`: those whose operations ask for it."""

    calls: Counter[str] = field(default_factory=Counter)
    releases: list[str] = field(default_factory=list)


def field_uses(
    baselines: Mapping[str, GraphQLSchema], releases: Sequence[Release], counts: Counts
) -> Mapping[str, FieldUse]:
    """By field, for every field that any release asks for or that was called. `baselines`: what releases were built for."""
    found: defaultdict[str, FieldUse] = defaultdict(FieldUse)
    of_id: dict[str, frozenset[str]] = {}
    for release in releases:
        for one in release.operations:
            if one.id not in of_id:
                of_id[one.id] = _fields(baselines[release.baseline], one)
        for place in frozenset().union(*(of_id[one.id] for one in release.operations)):
            found[place].releases.append(release.name)
    for (client, what), calls in counts.items():
        # What is no field is the id of an operation that no release holds any more.
        for place in of_id.get(what, (what,) if "." in what else ()):
            found[place].calls[client] += calls
    return found


def _fields(schema: GraphQLSchema, operation: Operation) -> frozenset[str]:
    return frozenset(place for how, place in uses(schema, operation.document) if how is How.SELECTS)


def share(release: Release, others: Sequence[Release], counts: Counts, total: int) -> float:
    """Of `total` calls, those of operations that this release sends and none of the others of its client."""
    shared = {one.id for other in others if other.client == release.client for one in other.operations}
    own = {one.id for one in release.operations} - shared
    mine = (
        calls
        for (client, what), calls in counts.items()
        if what in own and (release.public or client == release.client)
    )
    return sum(mine) / total if total else 0.0
