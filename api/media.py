"""Media types, as HTTP writes and chooses them (RFC 9110, 8.3.1 and 12.5.1)."""

import re
from collections.abc import Iterator
from typing import NamedTuple

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"
PARTS = "multipart/mixed"
OLD_PARTS = "multipart/mixed;deferspec=20220824"
"""Answers in parts: as the working draft of incremental delivery has them now, and as it had them in August 2022."""

_LONGEST = 2048
_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# A space has one place where it may belong: with two, a hostile header would be tried in every combination.
_PARAMETER = rf';(?:[ \t]*({_WORD})=({_WORD}|"[^"\\]*"))?[ \t]*'
_MEDIA_TYPE = re.compile(rf"[ \t]*({_WORD})/({_WORD})[ \t]*((?:{_PARAMETER})*)")
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_BY_NAME, _BY_RANGE = (GRAPHQL, JSON, EVENTS, HTML, PARTS, OLD_PARTS), (JSON, GRAPHQL)
"""What is preferred among equals: of those that a client names, and of those that it covers by `*/*` alone. Such a client knows
nothing of GraphQL and gets the type that everybody reads; streams and pages are for those who name them."""


class _Range(NamedTuple):
    name: str
    weight: float


def is_json(content_type: str) -> bool:
    """Whether a body of this type is JSON in UTF-8."""
    read = _read(content_type)
    return read is not None and read[0] == JSON and _in_utf8(read[1])


def acceptable(accept: str, offered: frozenset[str]) -> list[str]:
    """Those of our types that a client takes, best first. Who says nothing, or nothing that can be read, takes any."""
    ranges = list(_ranges(accept)) or [_Range("*/*", 1)]
    weights = {one.name: one.weight for one in ranges}
    found: list[tuple[float, int, int, str]] = []
    for name in offered:
        if name in weights:
            found.append((-weights[name], 0, _BY_NAME.index(name), name))
        elif name in _BY_RANGE and (covers := _covering(name, weights)):
            found.append((-weights[covers], 1, _BY_RANGE.index(name), name))
    return [name for weight, *_, name in sorted(found) if weight]


def _covering(name: str, weights: dict[str, float]) -> str | None:
    ranges = (f"{name.partition('/')[0]}/*", "*/*")
    return next((one for one in ranges if one in weights), None)


def _ranges(accept: str) -> Iterator[_Range]:
    for part in accept[:_LONGEST].split(","):
        read = _read(part)
        if read is None or not _in_utf8(read[1]):
            continue
        weight = read[1].get("q", "1")
        if _WEIGHT.fullmatch(weight):
            draft = read[1].get("deferspec")
            yield _Range(f"{read[0]};deferspec={draft}" if draft else read[0], float(weight))


def _read(text: str) -> tuple[str, dict[str, str]] | None:
    """Type and parameters, in lower case but for quoted values."""
    found = _MEDIA_TYPE.fullmatch(text)
    if found is None:
        return None
    parameters = {name.lower(): value.strip('"').lower() for name, value in re.findall(_PARAMETER, found[3]) if name}
    return f"{found[1]}/{found[2]}".lower(), parameters


def _in_utf8(parameters: dict[str, str]) -> bool:
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")
