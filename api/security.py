"""What browsers are told about every answer: take nothing from it that it does not say, and show it in no frame."""

Headers = list[tuple[bytes, bytes]]

UNLESS_SAID = {
    b"content-security-policy": b"default-src 'none'; frame-ancestors 'none'",
    b"referrer-policy": b"no-referrer",
}
"""A page says for itself what it loads; whatever else is opened in a browser loads nothing."""


def secured(headers: Headers) -> Headers:
    """These headers, with what is missing."""
    said = {name for name, _ in headers}
    return [*headers, *((name, value) for name, value in UNLESS_SAID.items() if name not in said)]
