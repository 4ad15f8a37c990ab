"""Signatures of events: HMAC-SHA256 over time, a dot and the body, by any live secret."""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.times import SECOND
from integrations.form.events import HmacSignature
from integrations.port import Envelope, SignatureExpired, SignatureWrong
from integrations.signature import verify

FORM = HmacSignature(scheme="hmac-sha256", time_header="X-Time", signature_header="X-Sign", window_s=300)
NOW_S = 1_790_000_000
BODY = '{"名": "何"}'.encode()


def sign(secret: str, at: str, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, "sha256").hexdigest()


def envelope(at: str, signature: str, body: bytes = BODY) -> Envelope:
    return Envelope({"x-time": at, "x-sign": signature}, body, NOW_S * SECOND)


@pytest.mark.parametrize("secret", ["old", "new", "密"])
def test_any_live_secret_will_do(secret: str):
    """Two are live while one replaces the other."""
    verify(FORM, envelope(str(NOW_S), sign(secret, str(NOW_S))), ["old", "new", "密"])


def test_capitals_of_the_digest_do_not_matter():
    """Hexadecimal digits are that."""
    verify(FORM, envelope(str(NOW_S), sign("s", str(NOW_S)).upper()), ["s"])


@pytest.mark.parametrize("off", [-300, 0, 300])
def test_inside_the_window(off: int):
    """Both ends belong to it; the clock of either side may be ahead."""
    at = str(NOW_S + off)
    verify(FORM, envelope(at, sign("s", at)), ["s"])


@pytest.mark.parametrize("off", [-301, 301, -NOW_S])
def test_outside_the_window_is_expired_and_not_wrong(off: int):
    """So that the platform signs again and resends."""
    at = str(NOW_S + off)
    with pytest.raises(SignatureExpired):
        verify(FORM, envelope(at, sign("s", at)), ["s"])


@pytest.mark.parametrize(
    ("at", "signature"),
    [
        (str(NOW_S), sign("ended", str(NOW_S))),
        (str(NOW_S), sign("s", str(NOW_S), BODY + b" ")),
        (str(NOW_S), sign("s", str(NOW_S - 1))),
        (str(NOW_S), ""),
        (str(NOW_S), "何" * 64),
        (str(NOW_S - 9999), sign("ended", str(NOW_S - 9999))),
    ],
)
def test_another_secret_body_or_time_is_wrong(at: str, signature: str):
    """Also when it is too old besides: an unsigned event learns nothing about the window."""
    with pytest.raises(SignatureWrong):
        verify(FORM, envelope(at, signature), ["s"])


@pytest.mark.parametrize("at", ["", "now", "1e9", "-1", "٤٤", "1" * 13, f"{NOW_S}.0", f" {NOW_S}"])
def test_a_time_that_is_none_is_wrong_though_signed(at: str):
    """Digits of other scripts and numbers past any calendar included."""
    signature = hmac.new(b"s", at.encode("latin-1", "replace") + b"." + BODY, "sha256").hexdigest()
    with pytest.raises(SignatureWrong):
        verify(FORM, envelope(at, signature), ["s"])


def test_no_headers_at_all():
    """As wrong as any."""
    with pytest.raises(SignatureWrong):
        verify(FORM, Envelope({}, b"", 0), ["s"])


@given(st.dictionaries(st.sampled_from(["x-time", "x-sign"]), st.text()), st.binary())
@settings(max_examples=150, deadline=None)
def test_garbage_is_wrong(headers: dict[str, str], body: bytes):
    """Nothing else comes out."""
    with pytest.raises(SignatureWrong):
        verify(FORM, Envelope(headers, body, NOW_S * SECOND), ["s"])


def test_no_live_secret_believes_nothing():
    """An empty ring is not an open door."""
    with pytest.raises(SignatureWrong):
        verify(FORM, envelope(str(NOW_S), sign("", str(NOW_S))), [])
