"""How one platform contributed to one answer, whom a list may come from, and whether the whole answer is complete."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from domain.times import Micros


class FederatedList(StrEnum):
    """The lists that come out of many platforms."""

    CASES = "cases"
    LICENCES = "licences"


class Rows(StrEnum):
    """What a platform's rows in an answer are worth."""

    CURRENT = "current"
    STALE = "stale"
    NONE = "none"


class Reason(StrEnum):
    """Why a platform did not contribute what it should have."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    BREAKER_OPEN = "breaker-open"
    RATE_LIMITED = "rate-limited"
    DRIFTED = "drifted"
    REFUSED = "refused"
    NOT_ASKED = "not-asked"


@dataclass(frozen=True, slots=True)
class Contact:
    """What is remembered of the questions put to one platform about one party and noun.

    `answered`: when the last answered question was sent. `asked`: when the last question was sent. `trouble`: why the last
    one failed, if it did. `rows`: how many rows of this platform hold now. `fingerprint` of the last full answer, empty when
    something else changed since. `full_at`: date of the newest full answer. `missed`: when it was last seen that something
    it said did not come; an answer to a later question makes up for that. `absent`: until when it is believed to hold nothing;
    0 where it is in the footprint: it holds rows, was heard of or is in trouble.
    """

    platform: str
    asked: Micros = 0
    answered: Micros = 0
    trouble: Reason | None = None
    rows: int = 0
    fingerprint: str = ""
    full_at: Micros = 0
    truncated: bool = False
    missed: Micros = 0
    absent: Micros = 0

    @property
    def is_behind(self) -> bool:
        """Whether something that the platform said is known to be missing."""
        return self.missed > self.answered


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a platform's word is good for: an answer for `max_age`, a full answer without rows for `absence`."""

    max_age: Micros
    absence: Micros

    @property
    def proof(self) -> Micros:
        """How long a full answer without rows is good in any case."""
        return max(self.max_age, self.absence)


@dataclass(frozen=True, slots=True)
class Scope:
    """The connected platforms that know one kind of identity, by code. `key` changes with any of them, and with its terms.

    `barred`: those that know it too, and want to be asked only about whom more is vouched for. `unlinked`: those that
    know people by accounts of their own, where none is linked.
    """

    terms: Mapping[str, Terms]
    key: str
    barred: frozenset[str] = frozenset()
    unlinked: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Footprint:
    """Where a list of a party comes from, as remembered at one moment (docs/adr/0043).

    `contacts`: the platforms that hold rows, were heard of or are in trouble. `quiet`: how many others are still believed to
    hold nothing. `surveyed`: the key of the scope of which everyone was asked once; empty before that.
    """

    contacts: tuple[Contact, ...]
    quiet: int
    surveyed: str


@dataclass(frozen=True, slots=True)
class Source:
    """One platform's part in one answer. `as_of` is when the answer behind its rows was asked for; None if never."""

    platform: str
    rows: Rows
    reason: Reason | None
    as_of: Micros | None
    count: int
    truncated: bool


@dataclass(frozen=True, slots=True)
class Sources:
    """All platforms' parts: those that hold rows or are in trouble, and how many others there are of each kind.

    `quiet`: believed to hold nothing. `unasked`: never asked, or so long ago that they may hold something by now. `unlinked`: not
    asked, since they know the party by an account that is not linked.
    """

    shown: tuple[Source, ...]
    quiet: int
    unasked: int
    unconnected: int
    is_complete: bool
    unlinked: int = 0


def scope_of(
    terms: Mapping[str, Terms], barred: frozenset[str] = frozenset(), unlinked: frozenset[str] = frozenset()
) -> Scope:
    """The scope of these platforms."""
    said = repr([(code, terms[code].max_age, terms[code].absence) for code in sorted(terms)])
    return Scope(terms, hashlib.sha256(said.encode()).hexdigest()[:16], barred, unlinked)


def answered(contact: Contact, sent: Micros, fingerprint: str, truncated: bool, terms: Terms) -> Contact:
    """What is remembered of a platform that answered a question sent at `sent`.

    Without its rows: whoever counts them says whether `absent`, which is set as if there were none, holds.
    """
    newest = max(contact.answered, sent)
    trouble = contact.trouble if contact.asked > sent else None
    cut = contact.truncated if contact.answered > sent else truncated
    return replace(
        contact,
        asked=max(contact.asked, sent),
        answered=newest,
        trouble=trouble,
        fingerprint=fingerprint,
        full_at=contact.full_at if truncated else max(contact.full_at, sent),
        truncated=cut,
        absent=0 if trouble or cut or contact.missed > newest else newest + terms.proof,
    )


def is_fresh(contact: Contact, terms: Terms, now: Micros) -> bool:
    """Whether there is nothing to ask: answered within max-age, or proved within the absence time to hold nothing."""
    good_for = terms.max_age if contact.rows else terms.proof
    return contact.answered > 0 and now - contact.answered <= good_for


def is_good(contact: Contact, terms: Terms, now: Micros) -> bool:
    """Whether there is nothing to ask: the last question did not fail either, and nothing is known to be missing."""
    return contact.trouble is None and not contact.is_behind and is_fresh(contact, terms, now)


def is_wanted(contact: Contact, terms: Terms, now: Micros, *, waits: bool) -> bool:
    """Whether a reader has a platform of the footprint asked: its word is not good. `waits`: for its answer.

    One that failed within max-age is not asked again unless rows of it are known and the reader waits: who does not wait would
    be told of the same failure, read again for that, and so have it asked without end.
    """
    failed = contact.trouble is not None and now - contact.asked <= terms.max_age
    return not is_good(contact, terms, now) and not (failed and not (waits and contact.rows))


def source_of(contact: Contact, terms: Terms, now: Micros, waited: Reason | None) -> Source:
    """Judges one contact. `waited` is why this very answer went without it, where that was so."""
    current = is_good(contact, terms, now)
    reason = waited or contact.trouble or (None if current else Reason.NOT_ASKED)
    if not contact.rows:
        rows = Rows.NONE
    else:
        rows = Rows.CURRENT if current else Rows.STALE
    return Source(contact.platform, rows, reason, contact.answered or None, contact.rows, contact.truncated)


def sources_of(
    footprint: Footprint, scope: Scope, unconnected: int, now: Micros, waited: Mapping[str, Reason]
) -> Sources:
    """Judges the footprint, and counts the other platforms in scope and the known systems that are not connected.

    Complete only if everyone in scope was asked, the word of each is still good, nothing was cut short and the last question
    to none of them failed (docs/adr/0020). Never asked is not complete, and nor is not to be asked. A platform that is no longer
    connected is shown while rows of it are, and is not in scope.
    """
    known = {contact.platform: contact for contact in footprint.contacts}
    known |= {code: Contact(code) for code in waited if code not in known}
    here = [(known[code], scope.terms[code]) for code in sorted(known) if code in scope.terms]
    judged = [source_of(contact, terms, now, waited.get(contact.platform)) for contact, terms in here]
    shown = [source for source in judged if source.rows is not Rows.NONE or source.reason]
    quiet = footprint.quiet + len(judged) - len(shown)
    unasked = max(len(scope.terms) - len(shown) - quiet, int(footprint.surveyed != scope.key and bool(scope.terms)))
    complete = not (unasked or scope.barred or scope.unlinked) and all(
        is_good(one, terms, now) and not one.truncated for one, terms in here
    )
    left = {code for code in known if code not in scope.terms and known[code].rows} | scope.barred
    shown += [_left(known.get(code) or Contact(code)) for code in sorted(left)]
    return Sources(tuple(shown), quiet, max(unasked, 0), unconnected, complete, len(scope.unlinked - left))


def _left(contact: Contact) -> Source:
    """Of a platform that is not asked: not any more, or not about this party."""
    since, rows = contact.answered or None, Rows.STALE if contact.rows else Rows.NONE
    return Source(contact.platform, rows, Reason.NOT_ASKED, since, contact.rows, contact.truncated)
