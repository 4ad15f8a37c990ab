"""Whether a changed schema may go out: by what the operations of live releases use, each held to the schema it was built for."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from graphql import DocumentNode, GraphQLSchema, validate

from mobile_contract.change import Change, Section, Weight
from mobile_contract.compare import changes
from mobile_contract.deprecation import sunsets
from mobile_contract.pricing import Pricing
from mobile_contract.releases import BadRelease, Release
from mobile_contract.use import How, uses

Users = Mapping[str, Sequence[str]]
"""Names of operations by name of their release."""

ADVICE = 'What breaks a live release is taken back, or approved with a reason: approvals.toml, by the words before ", noticed"'


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
        found: Mapping[str, Users] = {**self._noticed(releases, today), **{what: {} for what in self._early(today)}}
        refused = [_sentence(what, users) for what, users in found.items() if what not in approvals]
        stale = [f"approvals.toml approves what breaks nobody: {what}" for what in approvals if what not in found]
        unused = [one for one in self._newest if one.weight is Weight.BREAKING and str(one) not in found]
        return Verdict(
            [*refused, *([ADVICE] if refused else []), *stale], [f"{one}, not used any more" for one in unused]
        )

    def _noticed(self, releases: Sequence[Release], today: date) -> Mapping[str, Users]:
        """What live releases would notice."""
        found: defaultdict[str, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        for release in (one for one in releases if one.live(today)):
            if release.baseline not in self._baselines:
                raise BadRelease(f"{release.name} was built for the baseline {release.baseline}, which is not there.")
            for operation in release.operations:
                for what in self._breaks(operation.document, release.baseline):
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

    def _early(self, today: date) -> Iterator[str]:
        """What vanished before the day that was promised, used or not."""
        promised: dict[str, date] = {}
        for schema in self._baselines.values():
            for place, day in sunsets(schema).items():
                promised[place] = max(day, promised.get(place, day))
        for one in self._newest:
            if _vanished(one) and promised.get(one.place, today) > today:
                yield f"{one} before its sunset, {promised[one.place]}"


def _is_seen(change: Change) -> bool:
    """Whether validation says the same in its own words. What it says where only an answer changed is another break."""
    only_of_answers = change.section is Section.CHANGED and any(how is How.SELECTS for how, _ in change.breaks)
    return change.weight is Weight.BREAKING and not only_of_answers


def _vanished(change: Change) -> bool:
    return change.section is Section.REMOVED and change.weight is Weight.BREAKING


def _sentence(what: str, users: Users) -> str:
    who = "; ".join(f"{release} ({', '.join(names)})" for release, names in users.items())
    return f"{what}, noticed by {who}" if who else what
