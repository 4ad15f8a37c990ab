"""Documents that are refused, each as large or as deep as somebody who means harm makes it."""

MANY, FAR = 10_000, 5_000
MEGABYTE = 1_000_000
"""Characters: with what is around them as large a request as is read to its end."""
FITTING = 990
"""Fields in about as many tokens as a document may have."""


def _viewer(selections: str) -> str:
    return "{ viewer { " + selections + " } }"


def _unknown(count: int, digits: int = 1) -> str:
    return _viewer(" ".join(f"u{number:0{digits}}" for number in range(count)))


def _doubling(count: int) -> str:
    parts = [f"fragment f{number} on Viewer {{ ...f{number + 1} ...f{number + 1} }}" for number in range(count)]
    return " ".join([_viewer("...f0"), *parts, f"fragment f{count} on Viewer {{ displayName }}"])


OUT_OF_BOUNDS = {
    "10,000 aliases": _viewer(" ".join(f"a{number}: displayName" for number in range(MANY))),
    "depth 30": _viewer("... on Viewer { " * 28 + "displayName" + " }" * 28),
    "1 MB of fields": _viewer("displayName " * (MEGABYTE // 12)),
    "1 MB of a comment": _viewer("displayName") + " #" + "x" * MEGABYTE,
    "nested 5,000 deep": "{a" * FAR + "}" * FAR,
    "a list nested 5,000 deep": "{ node(id: " + "[" * FAR + "]" * FAR + ") { id } }",
    "25 fragments that double": _doubling(25),
    "10,000 directives": "{ __typename" + " @a" * MANY + " }",
    "5,000 unknown fields": _unknown(FAR),
}
"""What rows 26 to 29 of the edge are made of: most have too many characters, the others are parsed first."""

JUST_WITHIN = {
    "51 directives": "{ __typename" + " @a" * 51 + " }",
    "16 aliases after 900 fields": _viewer("displayName " * 900 + " ".join(f"a{n}: displayName" for n in range(16))),
    "nested 190 deep": "{a" * 190 + "}" * 190,
    "one field 990 times": _viewer("displayName " * FITTING),
    "990 unknown fields": _unknown(FITTING),
    "990 unknown fields in 15,000 characters": _unknown(FITTING, 13),
}
"""What passes the limits of characters and tokens, so that it is parsed whole, and judged or held against the schema."""
