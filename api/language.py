"""Which language an answer is worded in."""

from domain.caller import Locale


def locale_of(accept_language: str) -> Locale:
    """The first of our languages in order of preference (RFC 9110, 12.5.4); simplified Chinese if none is wanted."""
    wanted = sorted((_choice(part) for part in accept_language[:256].split(",")), key=lambda choice: -choice[1])
    for language, weight in wanted:
        if weight > 0 and language in ("zh", "en"):
            return Locale.EN if language == "en" else Locale.ZH_HANS
    return Locale.ZH_HANS


def _choice(part: str) -> tuple[str, float]:
    tag, _, weight = part.partition(";q=")
    try:
        return tag.strip().lower().partition("-")[0], float(weight or 1)
    except ValueError:
        return "", 0.0
