"""The report as one HTML file: no script, nothing from elsewhere, in Chinese and English, readable on a phone."""

from html import escape

from app.kit.check import Outcome, Result
from app.kit.report import MARKS, Report

GROUPS = {
    "answers": ("答复内容", "What it answers"),
    "manners": ("答复方式", "How it answers"),
    "reading": ("异常答复", "How its answers are read on a bad day"),
    "events": ("事件说明", "How its events are read"),
    "pushed": ("推送事件", "What it pushes"),
    "switched": ("故障开关", "What its switches do"),
    "drift": ("变化", "What changed"),
}
OUTCOMES = {
    Outcome.PASSED: ("通过", "passed"),
    Outcome.WARNED: ("提示", "warned"),
    Outcome.SKIPPED: ("跳过", "skipped"),
    Outcome.FAILED: ("失败", "failed"),
}

STYLE = """
:root { color-scheme: light dark; --passed: #1a7f37; --warned: #9a6700; --skipped: #6e7781; --failed: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --passed: #4ac26b; --warned: #d4a72c; --skipped: #8c959f; --failed: #ff7b72; } }
body { font: 16px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", sans-serif; max-width: 50rem; margin: 0 auto; padding: 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .25rem; }
p { margin: .25rem 0; } .quiet { opacity: .75; font-size: .9rem; }
ul { list-style: none; padding: 0; margin: 0; }
li { border-top: 1px solid #8884; padding: .5rem 0 .5rem 1.75rem; position: relative; }
.mark { position: absolute; left: .25rem; font-weight: bold; }
.name { font-weight: 600; } .detail { overflow-wrap: anywhere; }
.passed .mark, b.passed { color: var(--passed); } .warned .mark, b.warned { color: var(--warned); }
.skipped .mark, b.skipped { color: var(--skipped); } .failed .mark, b.failed { color: var(--failed); }
"""


def as_html(report: Report) -> str:
    """The whole page."""
    zh, en = map(escape, report.names)
    counts = " · ".join(
        f'<b class="{outcome}">{report.counts[outcome]}</b> {OUTCOMES[outcome][0]} {OUTCOMES[outcome][1]}'
        for outcome in Outcome
    )
    groups = list(dict.fromkeys(result.group for result in report.results))
    return (
        '<!DOCTYPE html>\n<html lang="zh-Hans"><head><meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(report.code)} {zh}</title>\n<style>{STYLE}</style></head>\n<body>\n"
        f'<h1>{zh}</h1>\n<p lang="en">{en}, {escape(report.code)}</p>\n<p>{counts}</p>\n'
        f'<p class="quiet">{escape(report.against)} · {report.at:%Y-%m-%d %H:%M %Z}</p>\n'
        + "".join(_group(group, [one for one in report.results if one.group == group]) for group in groups)
        + "</body></html>\n"
    )


def _group(group: str, results: list[Result]) -> str:
    zh, en = GROUPS[group]
    return f'<h2>{zh} <span lang="en">{en}</span></h2>\n<ul>\n' + "".join(map(_item, results)) + "</ul>\n"


def _item(result: Result) -> str:
    outcome = result.finding.outcome
    return (
        f'<li class="{outcome}"><span class="mark" title="{OUTCOMES[outcome][0]}">{MARKS[outcome]}</span>'
        f'<span class="name">{escape(result.name)}</span> {OUTCOMES[outcome][0]} {outcome}'
        f'<p>{escape(result.zh)} <span lang="en">{escape(result.does)}</span></p>'
        f'<p class="detail quiet" lang="en">{escape(result.finding.detail)}</p></li>\n'
    )
