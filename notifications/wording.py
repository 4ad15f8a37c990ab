"""Words for notifications: the inbox's, filled with the notification's arguments, and the phone's, which take none.

Each language is one file in wording/. In an inbox text `{item}`, `{unit}` and `{detail}` are arguments; what stands in
`[ ]` is left out when an argument inside it is empty.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from domain.caller import Locale
from domain.notification import Notification
from domain.transition import CATEGORY_OF

ARGUMENTS = ("item", "unit", "detail")
"""Service item's title, handling unit, and what the platform adds; each may be empty."""

TEXTS = ("title", "body", "push_title", "push_body")

_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_ARGUMENT = re.compile(r"\{(" + "|".join(ARGUMENTS) + r")\}")


def inbox_text(notification: Notification, locale: Locale) -> tuple[str, str]:
    """Title and body in the inbox. Arguments are foreign text: put in as they are, never read as a template."""
    words, arguments = _words(locale)[notification.kind.value], _clean(notification.arguments)
    return fill(words["title"], arguments), fill(words["body"], arguments)


def push_key(wording: str, part: str) -> str:
    """The name of a push's `title` or `body` among an app's own strings. Android allows neither dots nor hyphens in names."""
    return re.sub(r"[.-]", "_", f"{wording}.{part}")


def push_texts(locale: Locale) -> dict[str, str]:
    """What an app ships as strings of its own: a title and a body by push_key, for every kind."""
    words = _words(locale)
    return {
        push_key(f"case.{kind.value}", part): words[kind.value][f"push_{part}"]
        for kind in CATEGORY_OF
        for part in ("title", "body")
    }


def fill(template: str, arguments: Mapping[str, str]) -> str:
    """A template of ours with its arguments put in."""

    def kept(match: re.Match[str]) -> str:
        return match[1] if all(arguments.get(name) for name in _ARGUMENT.findall(match[1])) else ""

    return _ARGUMENT.sub(lambda match: arguments.get(match[1], ""), _OPTIONAL.sub(kept, template)).strip()


def arguments_of(template: str) -> set[str]:
    """Names of the arguments that a template takes."""
    return set(_ARGUMENT.findall(template))


def _clean(arguments: Mapping[str, Any]) -> dict[str, str]:
    return {name: " ".join(text.split()) for name, text in arguments.items() if isinstance(text, str)}


@cache
def _words(locale: Locale) -> dict[str, dict[str, str]]:
    path = Path(__file__).with_name("wording") / f"{locale.value}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
