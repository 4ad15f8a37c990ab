"""How much of what clients call uses a field or a release: by what is counted of calls, and what releases send.

Of an operation that a release holds its id is counted, of any other document its fields.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from graphql import GraphQLSchema

from mobile_contract.manifest import Operation
from mobile_contract.releases import Release
from mobile_contract.use import How, uses

Counts = Mapping[tuple[str, str], int]
"""Calls by client and by what was called: the id of an operation, or `Type.field`. The client is empty for who has no token."""


@dataclass(slots=True)
class FieldUse:
    """Of one field. `calls`: by client. `releases`: by live release, how often what it asks for the field with was called."""

    calls: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)

    @property
    def none(self) -> bool:
        """Nobody calls it, and no live release may."""
        return not self.calls.total() and not self.releases


def field_uses(
    baselines: Mapping[str, GraphQLSchema], releases: Sequence[Release], counts: Counts, today: date
) -> Mapping[str, FieldUse]:
    """By field, for every field that any release asks for or that was called. `baselines`: what releases were built for."""
    found: defaultdict[str, FieldUse] = defaultdict(FieldUse)
    of_id: dict[str, frozenset[str]] = {}
    for release in releases:
        calls = sent(release, counts)
        for one in release.operations:
            if one.id not in of_id:
                of_id[one.id] = _fields(baselines[release.baseline], one)
            # What is retired was called until then, and asks for nothing more.
            for place in of_id[one.id] if release.live(today) else ():
                found[place].releases[release.name] += calls[one.id]
    for (client, what), many in counts.items():
        # What is no field is the id of an operation that no release holds any more.
        for place in of_id.get(what, (what,) if "." in what else ()):
            found[place].calls[client] += many
    return found


def _fields(schema: GraphQLSchema, operation: Operation) -> frozenset[str]:
    return frozenset(place for how, place in uses(schema, operation.document) if how is How.SELECTS)


def sent(release: Release, counts: Counts) -> Counter[str]:
    """By id, how often its operations were called by who may send them. Which release that was, nobody sees."""
    ids, found = {one.id for one in release.operations}, Counter[str]()
    for (client, what), calls in counts.items():
        if what in ids and (release.public or client == release.client):
            found[what] += calls
    return found


def share(release: Release, others: Sequence[Release], counts: Counts, total: int) -> float:
    """Of `total` calls, those of operations that this release sends and none of the others of its client."""
    shared = {one.id for other in others if other.client == release.client for one in other.operations}
    own = sum(calls for what, calls in sent(release, counts).items() if what not in shared)
    return own / total if total else 0.0
