"""Every kind of news is worded in every language, for the inbox and for the phone."""

import re
import tomllib
from pathlib import Path

import pytest

import notifications
from domain.caller import Locale
from domain.event import EventKind
from domain.transition import CATEGORY_OF
from notifications.wording import ARGUMENTS, TEXTS, arguments_of, fill, inbox_text, push_texts
from tests.unit.notifications.samples import notification

FOLDER = Path(notifications.__file__).parent / "wording"
WORDS = {locale: tomllib.loads((FOLDER / f"{locale.value}.toml").read_text(encoding="utf-8")) for locale in Locale}
FULL = {"item": "食品经营许可", "unit": "市场监督管理局", "detail": "请补充平面图"}


@pytest.mark.parametrize("locale", Locale)
def test_every_kind_is_worded(locale: Locale) -> None:
    """Each language words exactly the kinds that are news, each with its four texts and none of them empty."""
    assert set(WORDS[locale]) == {kind.value for kind in CATEGORY_OF}
    assert all(set(words) == set(TEXTS) and all(words.values()) for words in WORDS[locale].values())


def test_there_is_no_other_language() -> None:
    """No file of words is out of use."""
    assert {path.stem for path in FOLDER.iterdir()} == {locale.value for locale in Locale}


@pytest.mark.parametrize("kind", CATEGORY_OF)
@pytest.mark.parametrize("text", TEXTS)
def test_languages_agree_on_arguments(kind: EventKind, text: str) -> None:
    """A text tells the same things in every language."""
    named = [arguments_of(WORDS[locale][kind.value][text]) for locale in Locale]
    assert all(names == named[0] for names in named)


@pytest.mark.parametrize("locale", Locale)
def test_push_texts_tell_nothing(locale: Locale) -> None:
    """What a locked phone shows takes no arguments."""
    texts = push_texts(locale)
    assert len(texts) == 2 * len(CATEGORY_OF)
    assert all(text and not re.search(r"[{}\[\]%$]", text) for text in texts.values())


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", CATEGORY_OF)
def test_a_notification_tells_its_arguments(locale: Locale, kind: EventKind) -> None:
    """The body names the item, the unit and what the platform added."""
    title, body = inbox_text(notification(kind, arguments=FULL), locale)
    assert title
    assert all(text in body for text in FULL.values())
    assert not re.search(r"[{}\[\]]", title + body)


@pytest.mark.parametrize("locale", Locale)
@pytest.mark.parametrize("kind", CATEGORY_OF)
@pytest.mark.parametrize("missing", [ARGUMENTS, *((name,) for name in ARGUMENTS)])
def test_empty_arguments_read_well(locale: Locale, kind: EventKind, missing: tuple[str, ...]) -> None:
    """Without an argument its phrase is gone too: no empty quotes, doubled blanks or dangling punctuation."""
    arguments = {name: "" if name in missing else text for name, text in FULL.items()}
    _, body = inbox_text(notification(kind, arguments=arguments), locale)
    assert body == body.strip()
    assert not re.search(r"“”|  | [,.;]|[,，：:;；]$|，，|。。|[,，][.。]|[{}\[\]]", body)
    assert re.search(r"[。.]", body)


def test_no_argument_at_all_is_like_empty_ones() -> None:
    """Arguments that are missing or not texts are left out."""
    bare = inbox_text(notification(), Locale.EN)
    assert bare == inbox_text(notification(arguments={"item": None, "unit": 44, "detail": []}), Locale.EN)
    assert bare[1] == "Your application has been granted."


def test_foreign_text_is_no_template() -> None:
    """What a platform writes is put in as it is: braces, brackets and format tricks stay what they are."""
    tricks = {"item": "{unit} {item.__class__}", "unit": "[{detail}]", "detail": "$detail %s {0}"}
    assert fill("[a {item} ][b {unit} ]c {detail}", tricks) == "a {unit} {item.__class__} b [{detail}] c $detail %s {0}"


def test_foreign_line_breaks_become_blanks() -> None:
    """An argument of several lines does not break a line of the inbox."""
    _, body = inbox_text(notification(arguments={"detail": " one\r\n two\t"}), Locale.EN)
    assert body.endswith(" Note: one two")
