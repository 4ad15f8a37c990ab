"""Accept-Language, as RFC 9110 has it (12.5.4), over two languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.language import locale_of
from domain.caller import Locale

ZH, EN = Locale.ZH_HANS, Locale.EN


@pytest.mark.parametrize(
    ("wanted", "locale"),
    [
        ("", ZH),
        ("zh-CN", ZH),
        ("zh-Hans-CN,zh;q=0.9,en;q=0.8", ZH),
        ("en", EN),
        ("EN-us", EN),
        ("en-GB, en;q=0.9, zh;q=0.8", EN),
        ("da, en-gb;q=0.8, en;q=0.7", EN),
        ("zh;q=0.5, en;q=0.9", EN),
        ("zh; q=0.5, en ; q=0.9", EN),
        ("zh;q=0.5,en;Q=0.9", EN),
        ("en;q=1.000, zh", EN),
        ("fr, de;q=0.5", ZH),
        ("en;q=0", ZH),
        ("en;q=0.0, zh;q=0.1", ZH),
        ("*", ZH),
        ("*;q=0", ZH),
        ("fr, *;q=0.5", ZH),
        ("zh;q=0, *", EN),
        ("zh;q=0.3, *;q=0.5", EN),
        ("en;q=0.3, *;q=0.5", ZH),
        ("zh;q=0.5, en;q=0.5, *", ZH),
    ],
)
def test_the_most_wanted_language_is_taken(wanted, locale):
    """By weight and then in order; white space and letters' case do not matter; `*` is any language that is not named."""
    assert locale_of(wanted) is locale


@pytest.mark.parametrize(
    "odd", ["en;q=2", "en;q=nan", "en;q=inf", "en;q=-1", "en;q=0,5", "en;q=", "english", "en;level=1", "en_US"]
)
def test_what_is_not_a_language_range_is_passed_over(odd):
    """And the rest of the header still counts."""
    assert locale_of(f"{odd}, zh;q=0.001, en;q=0.0") is ZH
    assert locale_of(f"{odd}, zh;q=0.0, en;q=0.001") is EN


def test_a_header_without_end_is_not_read_to_its_end():
    """The first 256 characters are enough for everybody who is honest."""
    assert locale_of("x," * 128 + "en") is ZH


PARTS = st.sampled_from(["zh", "en", "*", "-", ";", "q=", "0", "1", ".", ",", " ", "\t", "CN", "nan", "é", "\ud800"])


@given(st.text() | st.lists(PARTS, max_size=40).map("".join))
def test_any_header_has_a_language(text):
    """Nothing that a client sends raises."""
    assert locale_of(text) in Locale


@given(st.text(max_size=40), st.sampled_from(["en", "zh"]))
def test_the_first_of_the_weightiest_wins_whatever_follows(rest, language):
    """A plain preference at the front is never overridden by what comes behind it with a lesser weight or none."""
    assert locale_of(f"{language},{rest}") is {"en": EN, "zh": ZH}[language]
