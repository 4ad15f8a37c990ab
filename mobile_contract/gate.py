"""Whether a changed schema may go out: by what the operations of live releases use, each held to the schema it was built for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date

from graphql import DocumentNode, GraphQLSchema, validate

from mobile_contract.change import Change, Section, Weight
from mobile_contract.compare import changes
from mobile_contract.deprecation import places, sunsets
from mobile_contract.limits import TooMuch, parsed
from mobile_contract.manifest import Operation
from mobile_contract.pricing import Pricing
from mobile_contract.releases import BadRelease, Release
from mobile_contract.use import How, uses

Users = Mapping[str, Sequence[str]]
"""Names of operations by name of their release."""

ADVICE = 'What breaks a live release is taken back, or approved with a reason: approvals.toml, by the words before ", noticed"'


_APPROVES = "approvals.toml approves"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`faults`: what forbids it, one sentence each. `notes`: what would break somebody, if there were anybody left."""

    faults: Sequence[str]
    notes: Sequence[str]


class Gate:
    """For one schema. `baselines`: by number, the oldest first. `most`: what one operation may cost."""

    def __init__(self, schema: GraphQLSchema, baselines: Mapping[str, GraphQLSchema], most: int) -> None:
        self._schema, self._baselines, self._most = schema, baselines, most
        self._pricing = Pricing(schema)
        self._changes = {number: changes(old, schema) for number, old in baselines.items()}
        self._newest = self._changes[max(baselines)] if baselines else []

    def verdict(self, releases: Sequence[Release], approvals: Mapping[str, str], today: date) -> Verdict:
        """`approvals`: by what is approved, the reason. Raises BadRelease where a baseline is missing."""
        live = {release.name for release in releases if release.live(today)}
        noticed, early = self._noticed(releases), self._early()
        found: Mapping[str, Users] = {
            **{what: users for what, all_users in noticed.items() if (users := _only(live, all_users))},
            **{what: {} for what, day in early.items() if day > today},
        }
        refused = [_sentence(what, users) for what, users in found.items() if what not in approvals]
        # Not by the day, or a tree that nobody touched would fail on the day of a retirement or sunset.
        stale = [what for what in approvals if what not in noticed and what not in early]
        over = [what for what in approvals if what not in found and what not in stale]
        unused = [one for one in self._newest if one.weight is Weight.BREAKING and str(one) not in found]
        return Verdict(
            [*refused, *([ADVICE] if refused else []), *(f"{_APPROVES} what breaks nobody: {what}" for what in stale)],
            [*(f"{one}, not used any more" for one in unused), *(f"{_APPROVES} what is over: {what}" for what in over)],
        )

    def _noticed(self, releases: Sequence[Release]) -> Mapping[str, Users]:
        """What releases would notice, also those that are retired."""
        found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for release in releases:
            if release.baseline not in self._baselines:
                raise BadRelease(f"{release.name} was built for the baseline {release.baseline}, which is not there.")
            for operation in release.operations:
                for what in [*_immodest(operation), *self._breaks(operation.document, release.baseline)]:
                    found[what][release.name].append(operation.name)
        return found

    def _breaks(self, document: DocumentNode, baseline: str) -> Iterator[str]:
        used = uses(self._baselines[baseline], document)
        noticed = [(one, one.breaks & used.keys()) for one in self._changes[baseline] if one.weight is not Weight.SAFE]
        yield from (str(one) for one, touched in noticed if touched)
        explained = {id(node) for one, touched in noticed if _is_seen(one) for use in touched for node in used[use]}
        errors = validate(self._schema, document)
        yield from (one.message for one in errors if explained.isdisjoint(map(id, one.nodes or ())))
        price = 0 if errors else self._pricing.most(document)
        if price > self._most:
            yield f"an operation costs up to {price:,}, and at most {self._most:,} is answered"

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


def _is_seen(change: Change) -> bool:
    """Whether validation says the same in its own words. What it says where only an answer changed is another break."""
    only_of_answers = change.section is Section.CHANGED and any(how is How.SELECTS for how, _ in change.breaks)
    return change.weight is Weight.BREAKING and not only_of_answers


def _sentence(what: str, users: Users) -> str:
    who = "; ".join(f"{release} ({', '.join(names)})" for release, names in users.items())
    return f"{what}, noticed by {who}" if who else what
