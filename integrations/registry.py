"""The platforms there are: described ones, registered ones, and those among them that are connected."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache, partial
from pathlib import Path

import aiohttp

from domain.assurance import Assurance, Subject
from domain.caller import Locale
from domain.identity import IdentityType
from domain.platform import Absence, PlatformCard
from domain.source import Scope, scope_of
from domain.times import Micros
from integrations.authentication.assertion import Asserter, PersonToken
from integrations.authentication.bearer import Line
from integrations.authentication.identify import Unfit, identify_of, tls_of
from integrations.described import DescribedPlatform
from integrations.description import BadDescription, Description, read_description
from integrations.dialects.dialect import Wire
from integrations.form.connection import Assertion
from integrations.guard.guard import Guard
from integrations.guard.pace import Pace, Quotas, pace_of
from integrations.http import Tls
from integrations.port import Platform
from integrations.register import read_register
from integrations.signature import problem_of_secrets

HOME = Path(__file__).parent / "platforms"
REGISTER = "register.toml"

MOST_SCOPES = 10_000
"""That are remembered: one for each noun, kind, level and set of linked accounts that is met."""


@dataclass(frozen=True)
class Access:
    """What the operator gives to connect one platform: its address, secrets by name, and the live secrets of its events."""

    address: str
    secrets: Mapping[str, str] = field(repr=False)
    event_secrets: Sequence[str] = field(repr=False)


class BadAccess(Exception):
    """Access that misses or names too much: by code and place in it, what is expected. Whoever gave it knows the place's name."""

    def __init__(self, errors: Mapping[tuple[str, ...], str]) -> None:
        super().__init__("\n".join(f"platform {'.'.join(place)}: {said}" for place, said in errors.items()))
        self.errors = errors


@dataclass(frozen=True)
class Catalogue:
    """All known platforms: those that are described, those whose description has errors, and those of the register."""

    descriptions: Mapping[str, Description]
    broken: Mapping[str, Sequence[str]] = field(default_factory=dict)
    registered: Mapping[str, PlatformCard] = field(default_factory=dict)


@dataclass(frozen=True)
class Registry:
    """All known platforms, and the connected ones among them.

    `broken`: those whose description has errors. `unusable`: those among them to which there is access, so that they would be
    connected if anybody could read it.
    """

    descriptions: Mapping[str, Description]
    connected: Mapping[str, Platform]
    registered: Mapping[str, PlatformCard] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    unusable: frozenset[str] = frozenset()

    @property
    def cards(self) -> dict[str, PlatformCard]:
        """What people are told of every known platform, by code."""
        left_out = {code: self._broken(code) for code in self.broken}
        described = {code: self._card(description) for code, description in self.descriptions.items()}
        return {**self.registered, **left_out, **described}

    @cached_property
    def unconnected(self) -> int:
        """How many known platforms are not connected."""
        return len(self.registered.keys() | self.descriptions.keys() | self.broken) - len(self.connected)

    def _broken(self, code: str) -> PlatformCard:
        """Nobody can read what its description calls it."""
        known = self.registered.get(code) or PlatformCard(code, dict.fromkeys(Locale, code), "", "", None)
        return replace(known, absence=Absence.BROKEN, since=None)

    def _card(self, description: Description) -> PlatformCard:
        names = {Locale.ZH_HANS: description.name.zh_hans, Locale.EN: description.name.en}
        said = (description.code, names, description.hotline, description.level, description.division)
        card = PlatformCard(*said, offset=description.reads.offset)
        if description.code in self.connected:
            return card
        known = self.registered.get(description.code)
        return replace(
            card, absence=known.absence if known else Absence.NO_ACCESS, since=known.since if known else None
        )

    def scope(self, subject: Subject, noun: str) -> Scope:
        """The connected platforms that know this kind of identity, hold this noun, and may be asked with that vouched for."""
        linked = self.by_account.intersection(subject.accounts) if subject.accounts else frozenset[str]()
        return self._scope(subject.identity.type, noun, subject.vouched.level or Assurance.NONE, linked)

    @cached_property
    def by_account(self) -> frozenset[str]:
        """The connected platforms that know people by accounts of their own."""
        return frozenset(code for code, item in self.connected.items() if item.by_account)

    @cached_property
    def described_by_account(self) -> frozenset[str]:
        """The same of all that are described: their accounts are kept, so that they need not be learned again once connected."""
        return frozenset(code for code, item in self.descriptions.items() if item.by_account)

    @cached_property
    def _scope(self) -> Callable[[IdentityType, str, Assurance, frozenset[str]], Scope]:
        """Once and not for each question, whose cost must not grow with the platforms connected."""
        return lru_cache(MOST_SCOPES)(self._new_scope)

    def _new_scope(self, kind: IdentityType, noun: str, level: Assurance, linked: frozenset[str]) -> Scope:
        known = {code: item for code, item in self.connected.items() if noun in item.nouns and item.knows(kind)}
        unlinked = self.by_account & known.keys() - linked
        barred = {code for code, item in known.items() if item.least > level} - unlinked
        terms = {code: item.terms for code, item in known.items() if code not in unlinked | barred}
        return scope_of(terms, frozenset(barred), unlinked)


def read_catalogue(*homes: Path) -> Catalogue:
    """Reads what is described and registered below `homes`, by code. What has errors is left out, and named with them: also
    a platform that is described twice.

    Raises BadDescription for a register with errors.
    """
    found: dict[str, Description] = {}
    broken: dict[str, Sequence[str]] = {}
    for code, files in _files(homes).items():
        try:
            found[code] = read_description(_only(files))
        except BadDescription as error:
            broken[code] = error.errors
    registered = {code: card for home in homes for code, card in read_register(home / REGISTER).items()}
    return Catalogue(found, broken, registered)


def _files(homes: Iterable[Path]) -> Mapping[str, Sequence[Path]]:
    """The descriptions below `homes`, by the names of their folders."""
    files: defaultdict[str, list[Path]] = defaultdict(list)
    for home in homes:
        for file in sorted(home.glob("*/platform.toml")):
            files[file.parent.name].append(file)
    return files


def _only(files: Sequence[Path]) -> Path:
    """The one description of a platform. Raises BadDescription for several, which could say several things."""
    first, *others = files
    if others:
        raise BadDescription([f"{file}: described in {first} too" for file in others])
    return first


def read_descriptions(home: Path = HOME) -> Mapping[str, Description]:
    """Reads every description below `home`, by code. Raises BadDescription with the errors of all of them."""
    catalogue = read_catalogue(home)
    if catalogue.broken:
        raise BadDescription([error for errors in catalogue.broken.values() for error in errors])
    return catalogue.descriptions


def connect(
    descriptions: Mapping[str, Description],
    access: Mapping[str, Access],
    session: aiohttp.ClientSession,
    clock: Callable[[], Micros],
    entropy: Callable[[int], bytes],
    quotas: Quotas,
    breaker_acts: bool = True,
    through: Callable[[Wire], Wire] = lambda wire: wire,
    asserter: Asserter | None = None,
) -> Registry:
    """Connects the platforms to which there is access. Raises BadAccess for access that misses or names too much.

    `entropy` gives so many random bytes. `breaker_acts`: breakers turn calls away; else they only say what they would do.
    `through` gives the way to a platform that is taken in place of its own, such as one that is watched. `asserter` speaks about
    people to the platforms that take assertions.
    """
    _check(descriptions, access, asserter)
    tls = _tls(descriptions, access)

    def connected(code: str, given: Access) -> Platform:
        description = descriptions[code]
        pace = pace_of(code, description.limits.calls_per_minute, quotas)
        return DescribedPlatform(
            description,
            through(_wire(description, given, Line(session, clock, tls[code]), entropy, asserter, pace)),
            _guard(description, pace, partial(_chance, entropy), breaker_acts),
            given.event_secrets,
        )

    return Registry(descriptions, {code: connected(code, given) for code, given in access.items()})


def _check(descriptions: Mapping[str, Description], access: Mapping[str, Access], asserter: Asserter | None) -> None:
    """Raises BadAccess for access that misses or names too much."""
    errors: dict[tuple[str, ...], str] = {
        (code,): "there is no description of it" for code in access if code not in descriptions
    }
    for code, given in access.items():
        if code in descriptions:
            errors |= {(code, *place): said for place, said in _wrong(descriptions[code], given).items()}
    errors |= _badly_asserted({code: descriptions[code] for code in access if code in descriptions}, asserter)
    if errors:
        raise BadAccess(errors)


def _tls(descriptions: Mapping[str, Description], access: Mapping[str, Access]) -> dict[str, Tls]:
    """How connections to each platform are made. Raises BadAccess for files that cannot be used."""
    made: dict[str, Tls] = {}
    errors: dict[tuple[str, ...], str] = {}
    for code, given in access.items():
        try:
            made[code] = tls_of(descriptions[code].connection, given.secrets)
        except Unfit as error:
            errors[code, "secrets"] = str(error)
    if errors:
        raise BadAccess(errors)
    return made


def _wire(
    description: Description,
    given: Access,
    line: Line,
    entropy: Callable[[int], bytes],
    asserter: Asserter | None,
    pace: Pace,
) -> Wire:
    person, headers = description.person, description.connection.headers
    identify = identify_of(description.connection, given.secrets, line, entropy)
    if isinstance(person, Assertion) and asserter:
        identify = PersonToken(person, asserter, given.secrets, line, identify)
    most, address = description.limits.answer_bytes, given.address.rstrip("/")
    return Wire(line.session, address, given.secrets, line.clock, entropy, most, identify, line.tls, headers, pace)


def _guard(description: Description, pace: Pace, chance: Callable[[], float], acts: bool) -> Guard:
    limits = description.limits
    return Guard(description.code, limits.timeout_s, limits.concurrency, chance, pace, acts)


def _chance(entropy: Callable[[int], bytes]) -> float:
    """A number of [0, 1)."""
    return int.from_bytes(entropy(4)) / 2**32


def _badly_asserted(descriptions: Mapping[str, Description], asserter: Asserter | None) -> dict[tuple[str, ...], str]:
    """Platforms to which nobody can assert anything, or of which one could show to the other what was meant for itself."""
    persons = {code: item.person for code, item in descriptions.items()}
    audiences = {code: person.audience for code, person in persons.items() if isinstance(person, Assertion)}
    if asserter is None:
        return {
            (code,): "expected assertion_keys and assertion_issuer, for its description takes assertions"
            for code in audiences
        }
    many = Counter(audiences.values())
    return {
        (code,): "expected an audience of its own in its description, no other platform's"
        for code, audience in audiences.items()
        if many[audience] > 1
    }


def _wrong(description: Description, given: Access) -> dict[tuple[str, ...], str]:
    """What is expected where, in the access to a platform."""
    wanted = description.secrets
    errors: dict[tuple[str, ...], str] = {
        ("secrets", name): "expected, for the description names it" for name in wanted if name not in given.secrets
    }
    # Such as a file's last line brings. No header can hold them: each question would fail.
    errors |= {
        ("secrets", name): "expected no control characters, and no end of a line"
        for name in wanted
        if not given.secrets.get(name, "").isprintable()
    }
    if description.events and (wrong := problem_of_secrets(description.events.signature, given.event_secrets)):
        errors["event_secrets",] = wrong
    if description.events and not 1 <= len(given.event_secrets) <= 2:
        errors["event_secrets",] = "expected one, or two while it changes"
    if not description.events and given.event_secrets:
        errors["event_secrets",] = "expected none, since the platform pushes nothing"
    return errors
