"""Taking observations into the index: which rows change, and how. Pure, so that order and repetition can be tested.

`full_at` is the date of the newest full answer of the platform so far; `whole` the date of the answer at hand if it is full,
else None. A row that a later full answer left out is retired; one that is heard of again holds again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from domain.case import KeptCase
from domain.ids import Noun, native_id
from domain.knowledge import CaseObservation, confirm, learn, same
from domain.licence import KeptLicence, LicenceObservation
from domain.times import Micros
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
    full_at: Micros,
    whole: Micros | None,
    received: Micros,
) -> list[CaseChange]:
    """The cases of one party and platform that change. `kept` must hold all of them if `whole` is given."""
    now = {case_id: _settled(case, full_at) for case_id, case in kept.items()}
    horizon = max(full_at, whole or 0)
    seen: set[UUID] = set()
    for observation in observations:
        case_id = native_id(Noun.CASE, platform, observation.facts.number)
        before = now.get(case_id)
        known = learn(before.known if before else None, observation)
        now[case_id] = KeptCase(case_id, platform, known, known.updated(received), known.dated < horizon)
        seen.add(case_id)
    if whole is not None:
        missing = (case for case_id, case in now.items() if case_id not in seen and case.known.dated < whole)
        now |= {case.id: replace(case, retired=True) for case in missing}
    return [CaseChange(kept.get(case.id), case) for case in now.values() if _differs(kept.get(case.id), case)]


def merge_licences(
    kept: Mapping[UUID, KeptLicence],
    platform: str,
    observations: Iterable[LicenceObservation],
    *,
    full_at: Micros,
    whole: Micros | None,
    received: Micros,
) -> list[LicenceChange]:
    """The licences of one party and platform that change. `kept` must hold all of them if `whole` is given."""
    now = {key: item if item.retired else replace(item, dated=max(item.dated, full_at)) for key, item in kept.items()}
    horizon = max(full_at, whole or 0)
    seen: set[UUID] = set()
    for observation in observations:
        licence, key = observation.licence, native_id(Noun.LICENCE, platform, observation.licence.number)
        seen.add(key)
        before = now.get(key)
        if before is None or (observation.dated, repr(licence)) > (before.dated, repr(before.licence)):
            updated = min(licence.updated or received, received)
            now[key] = KeptLicence(key, platform, licence, updated, observation.dated, observation.dated < horizon)
    if whole is not None:
        missing = (item for key, item in now.items() if key not in seen and item.dated < whole)
        now |= {item.id: replace(item, retired=True) for item in missing}
    return [
        LicenceChange(before, item)
        for key, item in now.items()
        if (before := kept.get(key)) is None or (before.licence, before.retired) != (item.licence, item.retired)
    ]


def news_of(change: CaseChange, happened: Micros | None, now: Micros) -> list[Transition]:
    """What is news in a change. `happened` is the date of the event that brought it; None if a question did.

    The first observation of a case is a baseline, unless a recent event brought it; so is the first full answer about a case
    that only events had spoken of, since it brings what happened before them (decision 5).
    """
    before, after = change.before, change.after
    if after.retired:
        return []
    if before is None:
        return [] if happened is None else first_transitions(after.id, after.known.live(), happened, now)
    if happened is None and not before.known.full_at:
        return []
    return transitions_between(after.id, before.known.live(), after.known.live(), now)


def _settled(case: KeptCase, full_at: Micros) -> KeptCase:
    """A full answer that was the same as the one before wrote no row, and yet confirmed all that holds."""
    if case.retired or not case.known.full_at:
        return case
    return replace(case, known=confirm(case.known, full_at))


def _differs(before: KeptCase | None, after: KeptCase) -> bool:
    return before is None or before.retired != after.retired or not same(before.known, after.known)
