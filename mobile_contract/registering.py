"""Registering and retiring a release of a client. The clock is whoever calls."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from graphql import DocumentNode, GraphQLError, GraphQLSchema, build_schema, validate

from mobile_contract import baselines, lock, releases
from mobile_contract.access import level_at, levels
from mobile_contract.contract import HOME
from mobile_contract.describing import describes
from mobile_contract.limits import parsed
from mobile_contract.manifest import Operation
from mobile_contract.pricing import Pricing
from mobile_contract.releases import BadRelease, Release, Retirement
from mobile_contract.terms import Terms
from mobile_contract.use import How, uses

LIVE_USE = 0.001
"""A release may be retired below this share of its client's calls: of a thousand, none is left to break."""


class Registry:
    """The releases and baselines of one contract, in a folder. What was registered must be as it was, or nothing is done."""

    def __init__(self, terms: Terms, home: Path = HOME) -> None:
        self._terms, self._home = terms, home
        self._shelf, self._schemas = home / releases.RELEASES.name, home / baselines.BASELINES.name

    def register(
        self, client: str, version: str, given: Sequence[Operation], schema: str, today: date, *, public: bool = False
    ) -> bool:
        """Whether it is new. Raises BadRelease for what is not fit to be promised, and for another content of a known version."""
        self._require_kept()
        before = releases.find(client, version, self._shelf)
        if before:
            if (before.operations, before.public) != (tuple(given), public):
                raise BadRelease(f"{before.name} is registered with other operations, and stays as it was shipped.")
            return False
        if faults := list(_faults(build_schema(schema), given, self._terms, public=public)):
            raise BadRelease("\n".join(faults))
        baseline = baselines.keep(schema, self._schemas)
        releases.keep(Release(client, version, today, baseline, public, tuple(given)), self._shelf)
        lock.note(self._home)
        return True

    def retire(self, client: str, version: str, retirement: Retirement, today: date) -> None:
        """Raises BadRelease where it is used too much, where nobody knows or says why not, and where its day is over."""
        self._require_kept()
        release = releases.find(client, version, self._shelf)
        if release is None:
            raise BadRelease(f"{client} {version} is not registered.")
        if fault := _too_early(retirement, today):
            raise BadRelease(f"{release.name}: {fault}")
        releases.keep(replace(release, retirement=retirement), self._shelf)
        lock.note(self._home)

    def _require_kept(self) -> None:
        if faults := lock.faults(self._home):
            raise BadRelease("\n".join(faults))


def _faults(schema: GraphQLSchema, given: Sequence[Operation], terms: Terms, *, public: bool) -> Iterator[str]:
    for one in given:
        try:
            faults = _faults_of(schema, parsed(one.body), terms, public=public)
            yield from (f"{one.name}: {fault}" for fault in faults)
        except GraphQLError as error:
            yield f"{one.name}: {error.message}"


def _faults_of(schema: GraphQLSchema, document: DocumentNode, terms: Terms, *, public: bool) -> list[str]:
    if errors := validate(schema, document):
        return [error.message for error in errors]
    curious = (
        ["It asks for the schema, which is closed in production; ship schema.graphql."] if describes(document) else []
    )
    dear = terms.faults(Pricing(schema).most(document), public=public)
    return [*curious, *dear, *(_closed(schema, document) if public else [])]


def _closed(schema: GraphQLSchema, document: DocumentNode) -> list[str]:
    """What of a document is not answered without a token, in a sentence."""
    open_to_all = levels(schema)[:1]
    selected = sorted(place for how, place in uses(schema, document) if how is How.SELECTS)
    closed = [place for place in selected if level_at(schema, place) not in open_to_all]
    return [f"It cannot be public: {len(closed)} of its fields need a token, such as {closed[0]}."] if closed else []


def _too_early(retirement: Retirement, today: date) -> str:
    if retirement.on < today:
        return f"{retirement.on} is over."
    if retirement.live_use is None:
        return "" if (retirement.unmeasured or "").strip() else "how much it is used is not known: say it, or why not."
    if not 0 <= retirement.live_use <= 1:
        return "a share is from 0 to 1."
    if retirement.live_use >= LIVE_USE:
        return (
            f"{retirement.live_use:.2%} of its client's calls are its own; it stays until that is under {LIVE_USE:.1%}."
        )
    return ""
