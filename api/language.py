"""Which language an answer is worded in."""

import re

from domain.caller import Locale

_LOCALES = {"zh": Locale.ZH_HANS, "en": Locale.EN}
_RANGE = re.compile(r"\s*([a-z]{1,8}|\*)(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?", re.IGNORECASE)


def locale_of(accept_language: str) -> Locale:
    """The first of our languages in order of preference (RFC 9110, 12.5.4); simplified Chinese if none is wanted."""
    ranges = [found for part in accept_language[:256].split(",") if (found := _RANGE.fullmatch(part))]
    wanted = [(found[1].lower(), float(found[2] or 1)) for found in ranges]
    named = {language for language, _ in wanted}
    for language, weight in sorted(wanted, key=lambda choice: -choice[1]):
        # An asterisk stands for every language that is not named.
        fitting = [name for name in _LOCALES if name == language or (language == "*" and name not in named)]
        if weight > 0 and fitting:
            return _LOCALES[fitting[0]]
    return Locale.ZH_HANS
