"""approvals.toml: what is read, and what is not taken for an approval."""

from pathlib import Path

import pytest

from mobile_contract.approvals import BadApproval, read

GOOD = '[[approval]]\nchanges = ["A.b: removed", "A.c: removed"]\nreleases = ["app 1", "app 2"]\nreason = "A court says so."\n'


def test_each_named_change_has_its_reason_for_each_named_release(tmp_path: Path) -> None:
    file = tmp_path / "approvals.toml"
    assert read(file) == {}
    file.write_text(GOOD + GOOD.replace("A.", "B.").replace("court", "law"), "utf-8")
    assert read(file) == {
        (f"{place}: removed", release): f"A {who} says so."
        for who, places in (("court", ("A.b", "A.c")), ("law", ("B.b", "B.c")))
        for place in places
        for release in ("app 1", "app 2")
    }


def test_what_goes_before_its_sunset_is_approved_for_no_release(tmp_path: Path) -> None:
    file = tmp_path / "approvals.toml"
    file.write_text(GOOD.replace('["app 1", "app 2"]', "[]"), "utf-8")
    assert read(file).keys() == {("A.b: removed", ""), ("A.c: removed", "")}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('reason = "A court says so."', ""),
        ("A court says so.", " "),
        ('"A court says so."', "1"),
        ('["A.b: removed", "A.c: removed"]', "[]"),
        ('["A.b: removed", "A.c: removed"]', '"A.b: removed"'),
        ('["A.b: removed", "A.c: removed"]', "[1]"),
        ('releases = ["app 1", "app 2"]\n', ""),
        ('["app 1", "app 2"]', '"app 1"'),
        ('["app 1", "app 2"]', '[""]'),
        ('["app 1", "app 2"]', "[1]"),
        ("reason", "because"),
        ("reason", 'by = "me"\nreason'),
        ("[[approval]]", "[approval]"),
        ("[[approval]]", "[[approvals]]"),
        ("[[approval]]", "approval = [1]\n[other]"),
        ("[[approval]]", "[["),
    ],
)
def test_an_approval_without_a_change_a_release_or_a_reason_is_none(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "approvals.toml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(BadApproval):
        read(file)
