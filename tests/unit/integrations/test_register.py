"""The register of known systems, and the catalogue that leaves out what has errors without leaving out the rest."""

from datetime import date
from pathlib import Path

import pytest
from stdnum import numdb

from domain.caller import Locale
from domain.platform import Absence
from integrations.description import BadDescription
from integrations.register import read_register
from integrations.registry import HOME, REGISTER, Registry, read_catalogue
from tests.unit.integrations.descriptions import written

ENTRY = """
[[systems]]
code = "61"
level = "provincial"
division = "610000"
name = { zh-Hans = "陕西省政务服务平台", en = "Shaanxi government services" }
since = 2026-01-02
why = "no-interface"
"""


def registered(folder: Path, *entries: str) -> Path:
    file = folder / REGISTER
    file.write_text("form = 0\n" + "".join(entries), "utf-8")
    return file


def test_an_entry_says_since_when_and_why(tmp_path: Path):
    """So that whoever misses something is told that nobody could know."""
    (card,) = read_register(registered(tmp_path, ENTRY)).values()
    assert (card.code, card.division, card.absence, card.since) == (
        *("61", "610000", Absence.NO_INTERFACE),
        date(2026, 1, 2),
    )
    assert card.names[Locale.ZH_HANS] == "陕西省政务服务平台"


@pytest.mark.parametrize(
    ("old", "new", "at"),
    [
        ('why = "no-interface"', 'why = "broken"', "systems.0.why: "),
        ("since = 2026-01-02", 'since = "lately"', "systems.0.since: "),
        ('level = "provincial"', 'level = "galactic"', "systems.0.level: "),
        ('code = "61"', 'code = "A 1"', "systems.0.code: "),
    ],
)
def test_mistakes_are_named_by_line_and_place(tmp_path: Path, old: str, new: str, at: str):
    """As those of descriptions are."""
    file = registered(tmp_path, ENTRY.replace(old, new))
    line = file.read_text("utf-8").partition(new)[0].count("\n") + 1
    with pytest.raises(BadDescription) as caught:
        read_register(file)
    (error,) = caught.value.errors
    assert error.startswith(f"{file}:{line}: {at}")


def test_nothing_is_registered_twice(tmp_path: Path):
    """Else two reasons would stand for one system."""
    with pytest.raises(BadDescription, match=r"systems\.1\.code: 61 is there twice"):
        read_register(registered(tmp_path, ENTRY, ENTRY))


def test_what_has_errors_is_left_out_alone(tmp_path: Path):
    """Its errors are kept, and the others are there."""
    written(tmp_path)
    file = written(tmp_path, 'code = "44"', 'code = "x"', code="45")
    catalogue = read_catalogue(tmp_path)
    assert set(catalogue.descriptions) == {"44"}
    assert catalogue.broken == {"45": [f"{file}:3: code: expected 45, the name of its folder"]}


def test_what_cannot_be_read_is_left_out_alone(tmp_path: Path):
    """As what can be and has errors."""
    written(tmp_path)
    (tmp_path / "45" / "platform.toml").mkdir(parents=True)
    catalogue = read_catalogue(tmp_path)
    assert set(catalogue.descriptions) == {"44"}
    assert catalogue.broken == {"45": [f"{tmp_path}/45/platform.toml: cannot be read: Is a directory"]}


def test_what_is_described_twice_is_left_out_alone(tmp_path: Path):
    """The two files could say two things; nobody else is stopped by that."""
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir(), theirs.mkdir()
    first, second = written(ours), written(theirs)
    written(theirs, code="31", like="31")
    catalogue = read_catalogue(ours, theirs)
    assert set(catalogue.descriptions) == {"31"}
    assert catalogue.broken == {"44": [f"{second}: described in {first} too"]}


def test_every_known_system_is_counted_once(tmp_path: Path):
    """Registered, described without access, or broken: none of them is passed over."""
    written(tmp_path)
    written(tmp_path, 'code = "44"', 'code = "x"', code="45")
    registered(tmp_path, ENTRY, ENTRY.replace('"61"', '"44"').replace("no-interface", "ended"))
    catalogue = read_catalogue(tmp_path)
    registry = Registry(catalogue.descriptions, {}, catalogue.registered, frozenset({"45"}))
    assert registry.unconnected == 3
    assert {code: card.absence for code, card in registry.cards.items()} == {
        "61": Absence.NO_INTERFACE,
        "44": Absence.ENDED,
        "45": Absence.BROKEN,
    }


def test_every_province_is_known():
    """Described or registered, each under the division that GB/T 2260 gives it."""
    catalogue = read_catalogue(HOME)
    cards = Registry(catalogue.descriptions, {}, catalogue.registered).cards.values()
    known = {card.division for card in cards if card.level == "provincial"}
    provinces = {f"{code}0000" for _, code, *_ in numdb.get("cn/loc").prefixes}
    assert len(provinces) == 34 and known == provinces
