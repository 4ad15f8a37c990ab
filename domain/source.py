"""How one platform contributed to one answer, and whether the whole answer is complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from domain.times import Micros


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
    it said did not come; an answer to a later question makes up for that.
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

    @property
    def is_behind(self) -> bool:
        """Whether something that the platform said is known to be missing."""
        return self.missed > self.answered


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
    """All platforms' parts: those that hold rows or are in trouble, and how many others there are of each kind."""

    shown: tuple[Source, ...]
    quiet: int
    unconnected: int
    is_complete: bool


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a platform's word is good for: an answer for `max_age`, a full answer without rows for `absence`."""

    max_age: Micros
    absence: Micros


def is_fresh(contact: Contact, terms: Terms, now: Micros) -> bool:
    """Whether there is nothing to ask: answered within max-age, or proved within the absence time to hold nothing."""
    good_for = terms.max_age if contact.rows else max(terms.max_age, terms.absence)
    return contact.answered > 0 and now - contact.answered <= good_for


def is_good(contact: Contact, terms: Terms, now: Micros) -> bool:
    """Whether there is nothing to ask: the last question did not fail either, and nothing is known to be missing."""
    return contact.trouble is None and not contact.is_behind and is_fresh(contact, terms, now)


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
    contacts: Sequence[tuple[Contact, Terms]], unconnected: int, now: Micros, waited: Mapping[str, Reason]
) -> Sources:
    """Judges all connected platforms in scope, and counts the known systems that are not connected.

    Complete only if every connected platform's word is still good, nothing was cut short and the last question to none of
    them failed (docs/adr/0020). Never asked is not complete.
    """
    judged = [source_of(contact, terms, now, waited.get(contact.platform)) for contact, terms in contacts]
    complete = all(is_good(contact, terms, now) and not contact.truncated for contact, terms in contacts)
    shown = tuple(source for source in judged if source.rows is not Rows.NONE or source.reason)
    return Sources(shown, len(judged) - len(shown), unconnected, complete)
