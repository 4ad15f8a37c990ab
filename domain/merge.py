"""Taking observations into the index: which rows change, and how. Pure, so that order and repetition can be tested.

`full_at` is the date of the newest full answer of the platform so far; `whole` the date of the answer at hand if it is full,
else None; `mint` gives the id of a native number. A row that a later full answer left out is retired; one that is heard of
again holds again.

A row changes also when it only came to be known of later: were that date not kept, an old answer that arrives afterwards
would undo it. No row is written where `full_at` alone says the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain.case import KeptCase
from domain.knowledge import CaseObservation, confirm, learn, same
from domain.licence import KeptLicence, LicenceObservation
from domain.times import Micros, micros
from domain.transition import Transition, first_transitions, transitions_between


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case before and after. `before` is None for a case never heard of."""

    before: KeptCase | None
    after: KeptCase


@dataclass(frozen=True, slots=True)
class LicenceChange:
    """A licence before and after. `before` is None for a licence never heard of."""

    before: KeptLicence | None
    after: KeptLicence


def merge_cases(
    kept: Mapping[UUID, KeptCase],
    platform: str,
    observations: Iterable[CaseObservation],
    *,
    mint: Callable[[str], UUID],
    full_at: Micros,
    whole: Micros | None,
    received: Micros,
) -> list[CaseChange]:
    """The cases of one party and platform that change. `kept` must hold all of them if `whole` is given."""
    known = {case_id: _settled_case(case, full_at) for case_id, case in kept.items()}
    now, horizon = dict(known), max(full_at, whole or 0)
    seen: set[UUID] = set()
    for observation in observations:
        case_id = mint(observation.facts.number)
        now[case_id] = _taught(now.get(case_id), case_id, platform, observation, horizon, received)
        seen.add(case_id)
    if whole is not None:
        missing = (case for case_id, case in now.items() if case_id not in seen and case.known.dated < whole)
        now |= {case.id: replace(case, retired=True) for case in missing}
    stands = {case_id: _settled_case(case, horizon) for case_id, case in known.items()}
    return [CaseChange(known.get(case.id), case) for case in now.values() if stands.get(case.id) != case]


def merge_licences(
    kept: Mapping[UUID, KeptLicence],
    platform: str,
    observations: Iterable[LicenceObservation],
    *,
    mint: Callable[[str], UUID],
    full_at: Micros,
    whole: Micros | None,
    received: Micros,
) -> list[LicenceChange]:
    """The licences of one party and platform that change. `kept` must hold all of them if `whole` is given."""
    known = {key: _settled_licence(item, full_at) for key, item in kept.items()}
    now, horizon = dict(known), max(full_at, whole or 0)
    seen: set[UUID] = set()
    for observation in observations:
        key = mint(observation.licence.number)
        now[key] = _renewed(now.get(key), key, platform, observation, horizon, received)
        seen.add(key)
    if whole is not None:
        missing = (item for key, item in now.items() if key not in seen and item.dated < whole)
        now |= {item.id: replace(item, retired=True) for item in missing}
    stands = {key: _settled_licence(item, horizon) for key, item in known.items()}
    return [LicenceChange(known.get(item.id), item) for item in now.values() if stands.get(item.id) != item]


def news_of(change: CaseChange, happened: Micros | None, now: Micros) -> list[Transition]:
    """What is news in a change. `happened` is the date of the event that brought it; None if a question did.

    The first observation of a case is a baseline, unless a recent event brought it. The first full answer about a case that
    only events had spoken of brings what happened before them as well: only what is later is news (docs/adr/0022).
    """
    before, after = change.before, change.after
    if after.retired:
        return []
    if before is None:
        return [] if happened is None else first_transitions(after.id, after.known.live(), happened, now)
    held = before.known.live()
    news = transitions_between(after.id, held, after.known.live(), now)
    if happened is None and not before.known.full_at:
        newest = max((micros(event.at) for event in held), default=now)
        return [item for item in news if item.at > newest]
    return news


def _settled_case(case: KeptCase, full_at: Micros) -> KeptCase:
    """What a row stands for: a full answer that said the same wrote no row, and yet confirmed all that holds.

    Only an answer later than the row can have been one: an earlier one may have left the case out.
    """
    if case.retired or case.known.dated >= full_at:
        return case
    return replace(case, known=confirm(case.known, full_at))


def _settled_licence(item: KeptLicence, full_at: Micros) -> KeptLicence:
    return item if item.retired else replace(item, dated=max(item.dated, full_at))


def _taught(
    before: KeptCase | None,
    case_id: UUID,
    platform: str,
    observation: CaseObservation,
    horizon: Micros,
    received: Micros,
) -> KeptCase:
    known = learn(before.known if before else None, observation)
    # What only says the same again is not news, and does not move the case up its list.
    again = before is not None and not before.retired and same(before.known, known)
    updated = before.updated if before and again else known.updated(received)
    return KeptCase(case_id, platform, known, updated, known.dated < horizon)


def _renewed(
    before: KeptLicence | None,
    key: UUID,
    platform: str,
    observation: LicenceObservation,
    horizon: Micros,
    received: Micros,
) -> KeptLicence:
    licence, dated = observation.licence, observation.dated
    if before and (dated, repr(licence)) <= (before.dated, repr(before.licence)):
        return before
    again = before is not None and not before.retired and before.licence == licence
    updated = before.updated if before and again else max(0, min(licence.updated or received, received))
    return KeptLicence(key, platform, licence, updated, dated, dated < horizon)
