"""Signatures of events. One function for each declared scheme."""

import hmac
from collections.abc import Sequence

from domain.times import SECOND, Micros
from integrations.form.events import HmacSignature, MessageSignature, Signature
from integrations.message_signature import problem_of_keys, verify_message
from integrations.port import Envelope, SignatureExpired, SignatureWrong


def verify(form: Signature, envelope: Envelope, secrets: Sequence[str]) -> Micros:
    """Accepts any of the live secrets, and gives when it was signed by the platform's clock, to the second.

    Raises SignatureWrong, or SignatureExpired if it was right and is too old.
    """
    if isinstance(form, MessageSignature):
        signed_at = verify_message(envelope, secrets)
    else:
        signed_at = _verify_hmac(form, envelope, secrets)
    if abs(envelope.received - signed_at) > form.window_s * SECOND:
        raise SignatureExpired(f"signed more than {form.window_s} s away from now")
    return signed_at


def problem_of_secrets(form: Signature, secrets: Sequence[str]) -> str:
    """What is wrong with what the operator gave; empty if nothing is."""
    return problem_of_keys(secrets) if isinstance(form, MessageSignature) else ""


def _verify_hmac(form: HmacSignature, envelope: Envelope, secrets: Sequence[str]) -> Micros:
    stated = envelope.headers.get(form.time_header.lower(), "")
    given = envelope.headers.get(form.signature_header.lower(), "").lower()
    signed = stated.encode("latin-1", "replace") + b"." + envelope.body
    expected = [hmac.new(secret.encode(), signed, "sha256").hexdigest() for secret in secrets]
    if not any(hmac.compare_digest(given.encode("latin-1", "replace"), right.encode()) for right in expected):
        raise SignatureWrong("no live secret of this platform made this signature")
    if not stated.isascii() or not stated.isdigit() or len(stated) > 12:
        raise SignatureWrong(f"{form.time_header} is not in seconds since 1970")
    return int(stated) * SECOND
