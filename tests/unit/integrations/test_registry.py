"""The registry: every description there is, and connections that miss nothing and name nothing unknown."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest

from domain.assurance import Assurance, Subject, Vouched
from domain.caller import Locale
from domain.identity import Identity, IdentityType
from integrations.description import BadDescription
from integrations.port import Envelope, NoEvents, NotParsable
from integrations.registry import Access, BadAccess, Registry, connect, read_descriptions
from store.shared.memory import MemoryQuotas
from tests.doubles.platform import MemoryPlatform
from tests.unit.integrations.descriptions import written

GOOD = Access("http://platform/", {"app_key": "key"}, ["secret"])


def refused(tmp_path: Path, **access: Access) -> list[str]:
    written(tmp_path)
    descriptions = read_descriptions(tmp_path)
    named = {code.removeprefix("p"): given for code, given in access.items()}
    with pytest.raises(BadAccess) as caught:
        connect(descriptions, named, session=None, clock=lambda: 0, entropy=bytes, quotas=MemoryQuotas())  # type: ignore[arg-type]
    return str(caught.value).splitlines()


async def test_a_platform_is_connected_by_its_access(tmp_path: Path):
    """Those without access stay known, and are counted."""
    written(tmp_path)
    written(tmp_path, 'code = "44"', 'code = "45"', code="45")
    descriptions = read_descriptions(tmp_path)
    async with aiohttp.ClientSession() as session:
        registry = connect(descriptions, {"44": GOOD}, session, lambda: 0, bytes, MemoryQuotas())
    assert (set(registry.descriptions), set(registry.connected), registry.unconnected) == ({"44", "45"}, {"44"}, 1)
    assert registry.cards["45"].names[Locale.EN] == "Guangdong government services"


def test_a_card_says_when_the_days_of_its_platform_begin(tmp_path: Path):
    """Of the offset in its description, for by it the days of a deadline are counted."""
    written(tmp_path, 'offset = "+08:00"', 'offset = "-05:30"')
    registry = Registry(read_descriptions(tmp_path), {})
    assert registry.cards["44"].offset == -timedelta(hours=5, minutes=30)


def test_a_missing_secret_is_named(tmp_path: Path):
    """By the name that the description gives it."""
    (error,) = refused(tmp_path, p44=Access("http://platform", {}, ["secret"]))
    assert "platform 44" in error and "app_key" in error


def test_a_secret_with_the_end_of_its_line_is_named(tmp_path: Path):
    """As files bring it. No header can hold one: each question would fail."""
    (error,) = refused(tmp_path, p44=Access("http://platform", {"app_key": "geheim\n"}, ["secret"]))
    assert error.startswith("platform 44.secrets.app_key: expected no control characters") and "geheim" not in error


@pytest.mark.parametrize("secrets", [[], ["a", "b", "c"]])
def test_one_or_two_event_secrets(tmp_path: Path, secrets: list[str]):
    """None would believe nothing; more than two never end."""
    (error,) = refused(tmp_path, p44=Access("http://platform", {"app_key": "key"}, secrets))
    assert "event_secrets" in error


def test_an_unknown_code_is_named(tmp_path: Path):
    """And everything else that is wrong, at once."""
    errors = refused(tmp_path, p99=GOOD, p44=Access("http://platform", {}, []))
    assert len(errors) == 3
    assert any("platform 99" in error for error in errors)


def test_a_folder_has_the_name_of_its_code(tmp_path: Path):
    """Else two folders could describe one platform."""
    file = written(tmp_path, code="other")
    with pytest.raises(BadDescription) as caught:
        read_descriptions(tmp_path)
    assert caught.value.errors == [f"{file}:3: code: expected other, the name of its folder"]


def test_the_errors_of_all_files_come_together(tmp_path: Path):
    """Not only those of the first."""
    written(tmp_path, "form = 0", "form = 1")
    written(tmp_path, "pages = 5", "pages = 0", code="other")
    with pytest.raises(BadDescription) as caught:
        read_descriptions(tmp_path)
    assert len(caught.value.errors) == 2


def test_no_secret_shows_in_a_repr():
    """It would stand in logs."""
    assert "key" not in repr(GOOD) and "secret" not in repr(GOOD).replace("event_secrets", "")


async def test_a_polled_platform_takes_no_events(tmp_path: Path):
    """It needs no secrets for them, and what is posted under its name is for nobody."""
    written(tmp_path, code="31", like="31")
    descriptions = read_descriptions(tmp_path)
    async with aiohttp.ClientSession() as session:
        access = Access("http://platform", {"api_key": "key"}, [])
        platform = connect(descriptions, {"31": access}, session, lambda: 0, bytes, MemoryQuotas()).connected["31"]
        assert platform.poll_every == 60_000_000
        with pytest.raises(NoEvents):
            platform.open_event(Envelope({}, b"{}", 0))
        with pytest.raises(NotParsable):
            platform.read_event(b"{}", 0)
        with pytest.raises(BadAccess, match=r"platform 31\.event_secrets: expected none"):
            connect(
                descriptions, {"31": replace(access, event_secrets=["s"])}, session, lambda: 0, bytes, MemoryQuotas()
            )


def test_every_secret_of_a_username_token_is_asked_for(tmp_path: Path):
    """Both by their names."""
    written(tmp_path, code="33", like="33")
    with pytest.raises(BadAccess) as caught:
        connect(read_descriptions(tmp_path), {"33": GOOD}, None, lambda: 0, bytes, MemoryQuotas())  # type: ignore[arg-type]
    assert list(caught.value.errors) == [("33", "secrets", "username"), ("33", "secrets", "password")]


def somebody(kind: IdentityType = IdentityType.RESIDENT, level: Assurance | None = None, **accounts: str) -> Subject:
    return Subject(Identity(kind, ""), Vouched(level), accounts)


def test_a_scope_is_who_knows_the_person_and_holds_the_noun():
    """And is worked out once, however many are connected."""
    both, cases, firms = MemoryPlatform("both"), MemoryPlatform("cases"), MemoryPlatform("firms")
    cases.nouns = frozenset({"cases"})
    firms.knows = lambda kind: kind is IdentityType.ORGANISATION  # type: ignore[method-assign]
    registry = Registry({}, {one.code: one for one in (both, cases, firms)})
    scopes = {
        (kind, noun): set(registry.scope(somebody(kind), noun).terms)
        for kind in IdentityType
        for noun in ("cases", "licences")
    }
    assert scopes == {
        (IdentityType.RESIDENT, "cases"): {"both", "cases"},
        (IdentityType.RESIDENT, "licences"): {"both"},
        (IdentityType.ORGANISATION, "cases"): {"both", "cases", "firms"},
        (IdentityType.ORGANISATION, "licences"): {"both", "firms"},
    }
    assert registry.scope(somebody(), "cases") is registry.scope(somebody(), "cases")


def test_a_scope_is_who_wants_to_be_asked_at_that_level():
    """The others are named; and it is another scope, so that whoever signs in at a higher level has them asked."""
    any_level, high = MemoryPlatform("any"), MemoryPlatform("high")
    high.least = Assurance.HIGH
    registry = Registry({}, {one.code: one for one in (any_level, high)})
    below, at = (registry.scope(somebody(level=level), "cases") for level in (None, Assurance.HIGH))
    assert (set(below.terms), below.barred) == ({"any"}, {"high"})
    assert (set(at.terms), at.barred) == ({"any", "high"}, set())
    assert below.key != at.key


def test_a_scope_leaves_out_who_knows_people_by_accounts_that_are_not_linked():
    """And has each once it is; accounts at platforms that know people otherwise change nothing."""
    number, one, other = MemoryPlatform("number"), MemoryPlatform("one"), MemoryPlatform("other")
    one.by_account = other.by_account = True
    registry = Registry({}, {each.code: each for each in (number, one, other)})
    none, linked = registry.scope(somebody(number="7"), "cases"), registry.scope(somebody(one="7"), "cases")
    assert (set(none.terms), none.unlinked, none.barred) == ({"number"}, {"one", "other"}, set())
    assert (set(linked.terms), linked.unlinked) == ({"number", "one"}, {"other"})
    assert linked.key != none.key
    assert registry.scope(somebody(one="8"), "cases") is linked
