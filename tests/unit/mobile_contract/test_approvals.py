"""approvals.toml: what is read, and what is not taken for an approval."""

from pathlib import Path

import pytest

from mobile_contract.approvals import BadApproval, read

GOOD = '[[approval]]\nchanges = ["A.b: removed", "A.c: removed"]\nreason = "A court says so."\n'


def test_each_named_change_has_its_reason(tmp_path: Path) -> None:
    file = tmp_path / "approvals.toml"
    assert read(file) == {}
    file.write_text(GOOD + GOOD.replace("A.", "B.").replace("court", "law"), "utf-8")
    assert read(file) == {
        "A.b: removed": "A court says so.",
        "A.c: removed": "A court says so.",
        "B.b: removed": "A law says so.",
        "B.c: removed": "A law says so.",
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('reason = "A court says so."', ""),
        ("A court says so.", " "),
        ('"A court says so."', "1"),
        ('["A.b: removed", "A.c: removed"]', "[]"),
        ('["A.b: removed", "A.c: removed"]', '"A.b: removed"'),
        ('["A.b: removed", "A.c: removed"]', "[1]"),
        ("reason", "because"),
        ("reason", 'by = "me"\nreason'),
        ("[[approval]]", "[approval]"),
        ("[[approval]]", "[[approvals]]"),
        ("[[approval]]", "approval = [1]\n[other]"),
        ("[[approval]]", "[["),
    ],
)
def test_an_approval_without_a_change_or_a_reason_is_none(old: str, new: str, tmp_path: Path) -> None:
    file = tmp_path / "approvals.toml"
    file.write_text(GOOD.replace(old, new), "utf-8")
    with pytest.raises(BadApproval):
        read(file)
