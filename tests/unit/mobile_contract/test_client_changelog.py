"""The changelog for client developers: made of the baselines, the newest first."""

from datetime import date

from graphql import build_schema

from mobile_contract.client_changelog import changelog
from mobile_contract.releases import Release

FIRST = "type Query { a: Int b: Int c(first: Int = 1): Int d: Int }"
SECOND = 'type Query { a: Int b: Int @deprecated(reason: "Old. Use Query.a instead. Sunset 2027-06-30.") c(first: Int = 2): Int }'
NOW = SECOND.replace("a: Int", 'a: Int\n"""\nIn all,\nand for everybody.\n"""\ne: Int')
RELEASES = [
    Release("app", version, day, baseline, False, ())
    for version, day, baseline in (
        ("1", date(2026, 11, 28), "0001"),
        ("3", date(2027, 2, 1), "0002"),
        ("2", date(2027, 1, 2), "0002"),
    )
]

EXPECTED = """
## Not released yet

### Added

- `Query.e`: added. In all, and for everybody.

## 0002, 2027-01-02 (app 2, app 3)

### Changed

- `Query.c(first)`: default 1 became 2.

### Deprecated

- `Query.b`: deprecated. Old. Use Query.a instead. Sunset 2027-06-30.

### Removed

- `Query.d`: removed.

## 0001, 2026-11-28 (app 1)

The first.
"""


def test_each_baseline_says_what_became_different_since_the_last() -> None:
    baselines = {"0001": build_schema(FIRST), "0002": build_schema(SECOND)}
    text = changelog(build_schema(NOW), baselines, RELEASES)
    assert text.partition("\n\n")[2].partition("\n")[2] == EXPECTED


def test_nothing_is_said_of_no_change_and_of_no_release() -> None:
    schema = build_schema(FIRST)
    assert "## Not released yet\n\nNothing.\n\n## 0001" in changelog(schema, {"0001": schema}, RELEASES)
    assert changelog(schema, {}, []).endswith("## Not released yet\n\nNo client is registered.\n")
