"""Which type a client gets, out of what it says that it takes."""

import pytest

from api.media import EVENTS, GRAPHQL, HTML, JSON, acceptable, is_json

ALL = frozenset({GRAPHQL, JSON, EVENTS, HTML})


@pytest.mark.parametrize(
    ("accept", "best"),
    [
        ("", [JSON, GRAPHQL]),
        ("*/*", [JSON, GRAPHQL]),
        ("application/*", [JSON, GRAPHQL]),
        ("garbage", [JSON, GRAPHQL]),
        (";q=1, /, a/b;q=x", [JSON, GRAPHQL]),
        ("application/json", [JSON]),
        ("Application/GraphQL-Response+JSON ; charset=UTF-8", [GRAPHQL]),
        ("application/graphql-response+json; charset=utf-8, application/json; charset=utf-8", [GRAPHQL, JSON]),
        ("application/json, application/graphql-response+json", [GRAPHQL, JSON]),
        ("application/graphql-response+json;q=0.5, application/json;q=0.9", [JSON, GRAPHQL]),
        ("application/json, text/plain, */*", [JSON, GRAPHQL]),
        ("application/graphql-response+json, */*", [GRAPHQL, JSON]),
        ("application/json;q=0, */*", [GRAPHQL]),
        ("application/json;charset=utf-16", [JSON, GRAPHQL]),
        ("application/json;charset=utf-16, text/plain", []),
        ("text/plain", []),
        ("application/json;q=0", []),
        ("text/event-stream", [EVENTS]),
        ("text/*", []),
        ("application/json, text/event-stream", [JSON, EVENTS]),
        ("application/json;q=0.9, text/event-stream", [EVENTS, JSON]),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", [HTML, JSON, GRAPHQL]),
        ("text/html;q=0, application/json", [JSON]),
    ],
)
def test_what_a_client_accepts(accept: str, best: list[str]):
    """By weight, then by how exactly it is named, then by what says most (RFC 9110, 12.5.1)."""
    assert acceptable(accept, ALL) == best


def test_what_is_not_offered_is_not_chosen():
    assert acceptable("text/html, application/json;q=0.1", frozenset({JSON})) == [JSON]


@pytest.mark.parametrize(
    "kind",
    ["application/json", "Application/JSON", "application/json ; foo=bar", "application/json;charset=utf-8",
     'application/json; Charset="UTF-8"', "application/json;", "application/json; ;foo=bar"],
)  # fmt: skip
def test_json_by_its_media_type(kind: str):
    """In any case, with any parameters (RFC 9110, 8.3.1)."""
    assert is_json(kind)


@pytest.mark.parametrize(
    "kind",
    ["", "json", "application/jsonx", "application/json+x", "text/json", "application/json, application/json",
     "application/json; charset=utf-16", "application/json; charset", "application/json foo", "application/json;;=x"],
)  # fmt: skip
def test_what_is_not_json(kind: str):
    assert not is_json(kind)


@pytest.mark.parametrize("odd", ["; ", ";\t;  ", ";a=b ", '; a="b" ', "a/b;", "/"])
def test_a_hostile_header_ends(odd: str):
    """It can be read in one way only: 64 kB that were tried in every combination would not end."""
    for end in ("", "@", "\x00"):
        assert not is_json("application/json+x" + odd * (64_000 // len(odd)) + end)
        acceptable("a/b" + odd * (64_000 // len(odd)) + end, ALL)
