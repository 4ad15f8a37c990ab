"""Times as platforms write them: every form that GB/T 39046 declares or prints, and nothing that is no time."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.times import DAY, SECOND, BadTime, micros, moment, parse_stamp

CHINA = timedelta(hours=8)
ZONE = timezone(CHINA)

FORMS = {
    "%Y%m%d": (DAY, "day"),
    "%Y-%m-%d": (DAY, "day"),
    "%Y%m%d%H%M%S": (SECOND, "second"),
    "%Y%m%dT%H%M%S": (SECOND, "second"),
    "%Y%m%dT%H:%M:%S": (SECOND, "second"),
    "%Y-%m-%d %H:%M:%S": (SECOND, "second"),
    "%Y-%m-%dT%H:%M:%S": (SECOND, "second"),
}
"""Each form with how long it leaves open."""

YEARS = datetime(1900, 1, 1), datetime(9998, 12, 31)  # noqa: DTZ001 - hypothesis adds the zone


@given(st.datetimes(*YEARS, timezones=st.just(ZONE)), st.sampled_from(sorted(FORMS)))
@settings(max_examples=100, deadline=None)
def test_every_form_is_read_back(at: datetime, form: str):
    """The first instant that the text can mean, in the platform's offset; and the last one."""
    length, unit = FORMS[form]
    at = at.replace(microsecond=0) if unit == "second" else at.replace(hour=0, minute=0, second=0, microsecond=0)
    text = at.strftime(form.replace("%Y", f"{at.year:04}"))  # strftime does not pad years before 1000
    stamp = parse_stamp(f" {text}\n", CHINA)
    assert stamp.at == at
    assert stamp.at.utcoffset() == CHINA
    assert stamp.latest == micros(stamp.at) + length - 1


@pytest.mark.parametrize(
    ("zone", "offset"),
    [("Z", 0), ("+00:00", 0), ("+0800", 480), ("-03:30", -210), ("+14:00", 840), ("", 480)],
)
def test_a_named_zone_is_kept_and_a_missing_one_is_the_platforms(zone: str, offset: int):
    """A raw fact cannot be back-filled."""
    assert parse_stamp(f"20261122T093000{zone}", CHINA).at.utcoffset() == timedelta(minutes=offset)


@pytest.mark.parametrize(
    ("fraction", "at", "left_open"),
    [(".5", 500_000, 100_000), (".000001", 1, 1), (".120", 120_000, 1000), (".123456789", 123_456, 1)],
)
def test_a_fraction_of_a_second(fraction: str, at: int, left_open: int):
    """Down to a microsecond, each digit narrowing what is left open; nanoseconds are cut off."""
    stamp = parse_stamp(f"20261122T093000{fraction}", CHINA)
    assert stamp.at.microsecond == at
    assert stamp.latest - micros(stamp.at) + 1 == left_open


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "now", "2026", "202611", "2026112", "20261122T", "20261122 0930", "20261322", "20261100", "20260230",
        "20261122T240000", "20261122T096000", "20261122T093061", "20261122.5", "20261122T093000.", "20261122T093000.1234567890",
        "20261122T093000+24:00", "20261122T093000+99:99", "20261122T093000+8", "00000101", "2026/11/22", "20261122T093000ZZ",
        "1790000000", "20261122T09 3000", "20261122T093000\x00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_named_and_not_repeated(text: str):
    """One exception for texts of no form, days that are none and zones that are none; its message holds nothing foreign."""
    with pytest.raises(BadTime) as caught:
        parse_stamp(text, CHINA)
    assert len(text) < 3 or text not in str(caught.value)


@given(
    st.text() | st.from_regex(r"[0-9T:Z+. -]{6,25}", fullmatch=True) | st.from_regex(r"\d{8}T?\d{6}", fullmatch=True)
)
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_time_or_a_bad_time(text: str):
    """Nothing else comes out, digits of other scripts included."""
    try:
        stamp = parse_stamp(text, CHINA)
    except BadTime:
        return
    assert stamp.latest >= micros(stamp.at)


@pytest.mark.parametrize(
    "text", ["00010101", "18991231", "99991231", "99991231T235959", "00010101T000000-14:00", "99991231T235959-14:00"]
)
def test_the_ends_of_the_calendar_are_no_times(text: str):
    """Databases write "none" and "without end" as its first and last day: it would overflow later, at every read."""
    with pytest.raises(BadTime):
        parse_stamp(text, CHINA)


@pytest.mark.parametrize("text", ["19000101", "99981231T235959-14:00"])
def test_a_time_that_is_taken_can_be_shown(text: str):
    """In UTC, too."""
    stamp = parse_stamp(text, CHINA)
    assert moment(micros(stamp.at)) == stamp.at


@given(st.datetimes(timezones=st.sampled_from([UTC, ZONE, timezone(timedelta(hours=-12))])))
@settings(max_examples=100, deadline=None)
def test_micros_and_moment_are_inverse(at: datetime):
    """To the microsecond, before and after 1970, whatever the zone."""
    if datetime(1, 1, 2, tzinfo=UTC) < at < datetime(9999, 12, 30, tzinfo=UTC):
        assert moment(micros(at)) == at
        assert micros(moment(micros(at))) == micros(at)
