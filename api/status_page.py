"""The status page as HTML. Whatever stands in it that is not ours is escaped; it asks for nothing else, from nowhere."""

import base64
import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timezone
from html import escape

from api.status_words import ABSENCES, STATES, WORDS
from domain.caller import Locale
from domain.health import PlatformState, PlatformStatus
from domain.times import CHINA, Micros, moment
from resolvers.health import Report

ORDER = (
    PlatformState.DOWN,
    PlatformState.FAILING,
    PlatformState.SLOW,
    PlatformState.OPERATIONAL,
    PlatformState.UNKNOWN,
    PlatformState.NOT_CONNECTED,
)
"""What somebody comes here for stands first."""

STYLE = """
:root{color-scheme:light dark;--ink:#1b1b1f;--dim:#55555f;--page:#fff;--line:#d9d9e0;--link:#0b57a4;
--down:#b3261e;--failing:#8f3e00;--slow:#6b5300;--operational:#1e6b34;--unknown:#55555f;--not-connected:#55555f}
@media(prefers-color-scheme:dark){:root{--ink:#ececf1;--dim:#b4b4c0;--page:#16161a;--line:#3a3a44;--link:#8ab8f0;
--down:#ff8a80;--failing:#ffb27a;--slow:#f0d060;--operational:#7fd89a;--unknown:#b4b4c0;--not-connected:#b4b4c0}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:40rem;padding:1rem;background:var(--page);color:var(--ink);overflow-wrap:anywhere;
font:1rem/1.5 system-ui,"PingFang SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif}
header{display:flex;justify-content:space-between;gap:1rem;align-items:baseline}
h1{font-size:1.4rem;line-height:1.3;margin:0}
h2{font-size:1.1rem;margin:1.5rem 0 0;padding-inline-start:.5rem;border-inline-start:.35rem solid currentColor}
p{margin:.25rem 0}
p,small,.figures{color:var(--dim)}
a{color:var(--link);display:inline-block;min-height:1.5rem;white-space:nowrap}
ul{list-style:none;margin:.25rem 0 0;padding:0}
li{padding:.6rem 0;border-block-end:1px solid var(--line)}
.name{font-weight:600}
.figures{font-size:.9rem}
.away{margin:1rem 0;padding:.75rem;border:2px solid var(--down);color:var(--ink)}
""" + "".join(f".{state.value}{{color:var(--{state.value})}}\n" for state in ORDER)
"""Its colours have a contrast of at least 4.5 to 1 (WCAG 2.2, 1.4.3), by day and by night; none of them says anything alone."""

STYLE_HASH = f"sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}"

_DIALLED = re.compile(r"\+?[0-9][0-9 ()-]{1,30}")
_IN_CHINA = timezone(CHINA)


def page(report: Report, locale: Locale) -> str:
    """The whole document, in one language."""
    words = WORDS[locale]
    body = "\n".join([_head(words), "<main>", *_notes(report, words), *_groups(report, locale)])
    return (
        f'<!doctype html>\n<html lang="{locale.value}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(words['title'])}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _head(words: Mapping[str, str]) -> str:
    other = (
        f'<a href="?lang={words["other"]}" hreflang="{words["other"]}" lang="{words["other"]}">{words["switch"]}</a>'
    )
    return f"<header>\n<h1>{escape(words['title'])}</h1>\n{other}\n</header>"


def _notes(report: Report, words: Mapping[str, str]) -> Iterator[str]:
    if not report.is_read:
        yield f'<p class="away" role="status">{escape(words["away"])}</p>'
        return
    yield f"<p>{escape(words['updated'])} {_time(report.at)}</p>"
    yield f"<p>{escape(words['window'])}</p>"


def _groups(report: Report, locale: Locale) -> Iterator[str]:
    for state in ORDER:
        if not (members := [status for status in report.statuses if status.state is state]):
            continue
        title, meaning = STATES[state][locale]
        if state is PlatformState.UNKNOWN and not report.is_read:
            title, meaning = WORDS[locale]["unread"], ""
        rows = "\n".join(_row(status, locale) for status in members)
        said = f"\n<p>{escape(meaning)}</p>" if meaning else ""
        heading = f'<h2 class="{state.value}">{escape(title)} <small>{len(members)}</small></h2>'
        yield f"<section>\n{heading}{said}\n<ul>\n{rows}\n</ul>\n</section>"


def _row(status: PlatformStatus, locale: Locale) -> str:
    card, said = (
        status.card,
        [_figures(status, locale), _absence(status, locale), _hotline(status.card.hotline, locale)],
    )
    lines = "".join(f'\n<div class="figures">{one}</div>' for one in said if one)
    return f'<li><div class="name">{escape(card.names[locale])}</div>{lines}</li>'


def _figures(status: PlatformStatus, locale: Locale) -> str:
    health, words = status.health, WORDS[locale]
    if health is None or health.error_rate is None:
        return ""
    told = []
    if health.p50_s is not None and health.p95_s is not None:
        told.append(words["answers"].format(_tenths(health.p50_s), _tenths(health.p95_s)))
    if health.failed:
        told.append(words["failed"].format(f"{max(health.error_rate, 0.01):.0%}"))
    if health.declined:
        told.append(words["declined"].format(health.declined))
    if health.drifted:
        told.append(words["drifted"].format(health.drifted))
    return escape(words["comma"].join(told))


def _tenths(seconds: float) -> str:
    """Rounded up: "within 0.0 s" would be untrue."""
    return f"{math.ceil(seconds * 10) / 10:.1f}"


def _absence(status: PlatformStatus, locale: Locale) -> str:
    card = status.card
    if card.absence is None:
        return ""
    since = WORDS[locale]["since"].format(card.since.isoformat()) if card.since else ""
    return escape(ABSENCES[card.absence][locale] + since)


def _hotline(number: str, locale: Locale) -> str:
    """A number that a phone can dial is a link that dials it."""
    if not number:
        return ""
    digits = re.sub(r"[^0-9+]", "", number)
    dialled = f'<a href="tel:{digits}">{escape(number)}</a>' if _DIALLED.fullmatch(number) else escape(number)
    return f"{escape(WORDS[locale]['hotline'])} {dialled}"


def _time(at: Micros) -> str:
    """To the second, as clocks in China show it."""
    local: datetime = moment(at).astimezone(_IN_CHINA)
    return f'<time datetime="{moment(at).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}">{local:%Y-%m-%d %H:%M:%S} (UTC+8)</time>'
