"""The status page: what stands in it, for whom, and what it never does."""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import date
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from api import status as status_module
from api.status import StatusPage
from api.status_page import ORDER, STYLE, page
from api.status_words import ABSENCES, STATES, WORDS
from domain.caller import Locale
from domain.health import BreakerState, Figures, PlatformState, PlatformStatus, health_of, status_of
from domain.platform import Absence, PlatformCard
from resolvers.health import Report
from tests.unit.api.asgi import ask, client

EVIL = "<script src=//evil.example>\"'&</script>"
VOID = {"meta", "link", "br", "hr", "img", "input"}


class Page(HTMLParser):
    """Reads a page as it is; `faults` are ends without beginnings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.said: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def card(code: str, name: str = "x", hotline: str = "", absence: Absence | None = None) -> PlatformCard:
    since = date(2026, 3, 1) if absence else None
    return PlatformCard(code, dict.fromkeys(Locale, name), hotline, "provincial", None, absence, since)


def everything() -> list[PlatformStatus]:
    """A platform in each state, with all that can be told of it."""
    well = health_of([Figures({30: 99}, 1, 1, answered=5)])
    return [
        status_of(card("44", "Guangdong", "020-12345"), well),
        status_of(card("33", EVIL, "tel:" + EVIL), health_of([Figures({}, 12, breaker=BreakerState.OPEN, opened=9)])),
        status_of(card("31"), health_of([Figures({46: 9})])),
        status_of(card("11"), health_of([Figures({30: 9}, 9)])),
        status_of(card("12", "Tianjin", "12345"), health_of([])),
        *(status_of(card(f"6{number}", absence=absence), None) for number, absence in enumerate(Absence)),
    ]


def report(statuses: Sequence[PlatformStatus] | None = None, is_read: bool = True) -> Report:
    return Report(1_795_600_000_000_000, tuple(everything() if statuses is None else statuses), is_read)


def door(*reports: Report) -> Starlette:
    """The page over these reports, one after the other; the last one stays."""
    waiting = list(reports)

    async def at_hand() -> Report:
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return Starlette(routes=[Route("/status", StatusPage(SimpleNamespace(at_hand=at_hand)).answer)])  # type: ignore[arg-type]


@pytest.mark.parametrize("is_read", [True, False])
@pytest.mark.parametrize("locale", Locale)
def test_it_is_html_that_asks_for_nothing(locale: Locale, is_read: bool) -> None:
    """Every element is closed in order; no script, no handler, nothing from elsewhere; a language, a title, a phone's width."""
    read = Page(text := page(report(is_read=is_read), locale))
    assert (read.faults, read.open) == ([], [])
    assert text.startswith("<!doctype html>\n") and read.elements[0] == ("html", {"lang": locale.value})
    tags = {tag for tag, _ in read.elements}
    assert {"title", "main", "h1", "h2"} <= tags
    assert not tags & {"script", "link", "img", "iframe", "object", "form", "base", "table"}
    assert ("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}) in read.elements
    attributes = [(name, value or "") for _, given in read.elements for name, value in given.items()]
    assert not [name for name, _ in attributes if name.startswith("on") or name in ("style", "src", "srcset")]
    assert all(re.fullmatch(r"\?lang=[\w-]+|tel:\+?\d+", value) for name, value in attributes if name == "href")
    assert "url(" not in STYLE and "@import" not in STYLE and "//" not in STYLE


def test_what_is_not_ours_is_only_text() -> None:
    """Names and hotlines come out of descriptions: whatever stands in them is shown and does nothing."""
    text = page(report(), Locale.EN)
    assert EVIL not in text and EVIL in "".join(Page(text).said)
    dialled = [given["href"] for tag, given in Page(text).elements if tag == "a" and "hreflang" not in given]
    assert sorted(dialled) == ["tel:02012345", "tel:12345"]


@pytest.mark.parametrize("locale", Locale)
def test_groups_by_state(locale: Locale) -> None:
    """The worst first, each with its number, and no empty one; why each unconnected one is missing, and since when."""
    text = page(report(), locale)
    said = "".join(Page(text).said)
    titles = [STATES[state][locale][0] for state in ORDER]
    found = [heading.strip() for heading in re.findall(r'<h2 class="[a-z-]+">(.*?) <small>', text)]
    assert found == titles and "<small>6</small></h2>" in text
    assert all(ABSENCES[absence][locale] in said for absence in Absence) and "2026-03-01" in said
    assert WORDS[locale]["updated"] in said and "2026-11-25 17:46:40 (UTC+8)" in said
    assert 'class="down"' not in page(report([status_of(card("31"), health_of([Figures({30: 9})]))]), locale)


def test_every_word_is_there() -> None:
    """In both languages, for every state and absence."""
    assert WORDS[Locale.EN].keys() == WORDS[Locale.ZH_HANS].keys()
    assert set(ORDER) == STATES.keys() == set(PlatformState)
    assert ABSENCES.keys() == set(Absence)
    assert all(words.keys() == set(Locale) for words in (*STATES.values(), *ABSENCES.values()))


@pytest.mark.parametrize(
    ("path", "accepted", "lang"),
    [
        ("", "", "zh-Hans"),
        ("", "en-GB,zh;q=0.5", "en"),
        ("en", "zh-CN", "en"),
        ("zh-Hans", "en", "zh-Hans"),
        ("ZH", "en", "zh-Hans"),
        ("<x>", "en", "en"),
    ],
)
async def test_in_which_language(path: str, accepted: str, lang: str) -> None:
    """As ?lang= says, else as the browser does; caches are told that it matters."""

    async def app(scope, receive, send):  # type: ignore[no-untyped-def]
        await door(report())({**scope, "query_string": f"lang={path}".encode() if path else b""}, receive, send)

    status, headers, body = await ask(app, "GET", "/status", client(), accept_language=accepted)
    assert (status, headers["content-language"], headers["vary"]) == (200, lang, "accept-language")
    assert f'<html lang="{lang}">'.encode() in body


async def test_what_a_browser_may_do_with_it() -> None:
    """Nothing but show this very style; and caches keep it for as long as its figures are kept."""
    _, headers, body = await ask(door(report()), "GET", "/status", client())
    style = re.search("<style>(.*?)</style>", body.decode(), re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    policy = headers["content-security-policy"]
    assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}';") and "unsafe" not in policy
    assert headers["cache-control"] == "public, max-age=5"
    assert (await ask(door(report()), "HEAD", "/status", client()))[0] == 200


async def test_while_the_database_is_away() -> None:
    """It says so, with which platforms there are and whom to call; no cache keeps it, and no group claims that nobody asked."""
    unread = [status_of(one.card, None) for one in everything()]
    status, headers, body = await ask(
        door(report(unread, is_read=False)), "GET", "/status", client(), accept_language="en"
    )
    assert (status, headers["cache-control"], headers["retry-after"]) == (503, "no-store", "30")
    said = "".join(Page(body.decode()).said)
    assert WORDS[Locale.EN]["away"] in said and "Tianjin" in said and "12345" in said
    assert STATES[PlatformState.UNKNOWN][Locale.EN][1] not in said and WORDS[Locale.EN]["updated"] not in said


async def test_it_is_written_once_for_each_report(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask: once in a language until the figures are others."""
    written: list[tuple[Report, Locale]] = []
    monkeypatch.setattr(status_module, "page", lambda *given: written.append(given) or "x")
    first, second = report(), report()
    app = door(first, first, first, second)
    for language in ("en", "en", "zh", "zh"):
        await ask(app, "GET", "/status", client(), accept_language=language)
    assert written == [(first, Locale.EN), (first, Locale.ZH_HANS), (second, Locale.ZH_HANS)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_can_be_read_in_the_sun(scheme: str) -> None:
    """Every colour of text against the page, by day and by night: 4.5 to 1 at least (WCAG 2.2, 1.4.3)."""
    light, dark = (dict(re.findall(r"--([a-z-]+):(#[0-9a-f]+)", part)) for part in STYLE.split("@media")[:2])
    colours = light if scheme == "light" else dark
    assert {state.value for state in PlatformState} < colours.keys() == light.keys()
    for name in colours.keys() - {"page", "line"}:
        pair = sorted((_luminance(colours[name]), _luminance(colours["page"])))
        assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, name


def _luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
