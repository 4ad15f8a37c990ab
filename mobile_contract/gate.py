"""Whether a changed schema may go out: by what the operations of live releases use, each held to the schema it was built for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from graphql import GraphQLSchema, validate

from mobile_contract.approvals import Approved
from mobile_contract.change import Change, Section, Weight
from mobile_contract.compare import changes
from mobile_contract.deprecation import places, sunsets
from mobile_contract.limits import TooMuch, parsed
from mobile_contract.manifest import Operation
from mobile_contract.pricing import Pricing
from mobile_contract.releases import BadRelease, Release
from mobile_contract.terms import Terms
from mobile_contract.use import How, uses

Users = Mapping[str, Sequence[str]]
"""Names of operations by name of their release."""

_NOBODY: Users = {"": ()}
"""Of what goes before its sunset: that was promised to whoever builds a client now."""

ADVICE = (
    'What breaks a live release is taken back, or approved with a reason: approvals.toml, by the words before ", noticed" and '
    "the releases after it"
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`faults`: what forbids it, one sentence each. `notes`: what would break somebody, if there were anybody left."""

    faults: Sequence[str]
    notes: Sequence[str]


class Gate:
    """For one schema. `baselines`: by number, the oldest first."""

    def __init__(self, schema: GraphQLSchema, baselines: Mapping[str, GraphQLSchema], terms: Terms) -> None:
        self._schema, self._baselines, self._terms = schema, baselines, terms
        self._pricing = Pricing(schema)
        self._changes = {number: changes(old, schema) for number, old in baselines.items()}
        self._newest = self._changes[max(baselines)] if baselines else []

    def verdict(self, releases: Sequence[Release], approvals: Set[Approved], today: date) -> Verdict:
        """Raises BadRelease where a baseline is missing."""
        live = {release.name for release in releases if release.live(today)}
        noticed, early = self._noticed(releases), self._early()
        all_ = {**noticed, **dict.fromkeys(early, _NOBODY)}
        found: Mapping[str, Users] = {
            **{what: users for what, everybody in noticed.items() if (users := _only(live, everybody))},
            **{what: _NOBODY for what, day in early.items() if day > today},
        }
        left = {what: _unapproved(what, users, approvals) for what, users in found.items()}
        refused = [_sentence(what, users) for what, users in left.items() if users]
        unused = [one for one in self._newest if one.weight is Weight.BREAKING and str(one) not in found]
        # Not by the day, or a tree that nobody touched would fail on the day of a retirement or sunset.
        stale = [_needless("does not break", one) for one in sorted(approvals - _pairs(all_))]
        over = [_needless("breaks no more", one) for one in sorted((approvals & _pairs(all_)) - _pairs(found))]
        return Verdict(
            [*refused, *([ADVICE] if refused else []), *stale],
            [*(f"{one}, not used any more" for one in unused), *over],
        )

    def _noticed(self, releases: Sequence[Release]) -> Mapping[str, Users]:
        """What releases would notice, also those that are retired."""
        found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for release in releases:
            if release.baseline not in self._baselines:
                raise BadRelease(f"{release.name} was built for the baseline {release.baseline}, which is not there.")
            for operation in release.operations:
                for what in self._breaks(operation, release):
                    found[what][release.name].append(operation.name)
        return found

    def _breaks(self, operation: Operation, release: Release) -> Iterator[str]:
        """The changes that it notices. And what else keeps it from being answered, with its name before it."""
        document = operation.document
        used = uses(self._baselines[release.baseline], document)
        changed = [one for one in self._changes[release.baseline] if one.weight is not Weight.SAFE]
        noticed = [(one, one.breaks & used.keys()) for one in changed]
        yield from (str(one) for one, touched in noticed if touched)
        explained = {id(node) for one, touched in noticed if _is_seen(one) for use in touched for node in used[use]}
        errors = validate(self._schema, document)
        others = [
            *_immodest(operation),
            *(one.message for one in errors if explained.isdisjoint(map(id, one.nodes or ()))),
            *(() if errors else self._terms.faults(self._pricing.most(document), public=release.public)),
        ]
        yield from (f"{operation.name}: {one.rstrip('.')}" for one in others)

    def _early(self) -> Mapping[str, date]:
        """What vanished that was promised to stay until a day, used or not: with the latest that any baseline named."""
        promised: dict[str, date] = {}
        for schema in self._baselines.values():
            for place, day in sunsets(schema).items():
                promised[place] = max(day, promised.get(place, day))
        there = places(self._schema)
        return {
            f"{place}: removed before its sunset, {day}": day for place, day in promised.items() if place not in there
        }


def _immodest(operation: Operation) -> Iterator[str]:
    """The limit that a document passes by now, in a sentence."""
    try:
        parsed(operation.body)
    except TooMuch as error:
        yield error.message.rstrip(".")


def _only(live: Set[str], users: Users) -> Users:
    return {name: operations for name, operations in users.items() if name in live}


def _pairs(found: Mapping[str, Users]) -> Set[Approved]:
    """What approvals of all of it name."""
    return {(what, release) for what, users in found.items() for release in users}


def _unapproved(what: str, users: Users, approvals: Set[Approved]) -> Users:
    return {release: operations for release, operations in users.items() if (what, release) not in approvals}


def _needless(why: str, approved: Approved) -> str:
    what, release = approved
    return f"approvals.toml approves what {why} {release or 'anybody'}: {what}"


def _is_seen(change: Change) -> bool:
    """Whether validation says the same in its own words. Where only an answer or a bound changed it speaks of another break."""
    unseen = change.section is Section.CHANGED and any(how in (How.SELECTS, How.COUNTS) for how, _ in change.breaks)
    return change.weight is Weight.BREAKING and not unseen


def _sentence(what: str, users: Users) -> str:
    who = "; ".join(f"{release} ({', '.join(names)})" for release, names in users.items() if release)
    return f"{what}, noticed by {who}" if who else what
