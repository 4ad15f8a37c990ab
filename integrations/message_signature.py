"""HTTP Message Signatures of events (RFC 9421, Ed25519), as docs/platform-interface says that they are made."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import HTTPMessageVerifier, InvalidSignature, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from domain.times import SECOND, Micros
from integrations.port import Envelope, SignatureWrong

TAG = "tongban-event"
"""Marks the signature that is meant, should a gateway on the way add one of its own."""

COVERED = ("@method", "content-type", "content-digest")
"""What must be signed. More may be: `@authority` and `@path` then bind it to our door, if no proxy rewrites them."""

KEY_BYTES = 32


@dataclass(frozen=True)
class _Message:
    """An envelope as the library wants to see it."""

    method: str
    url: str
    headers: Mapping[str, str]


class _Verifier(HTTPMessageVerifier):
    """Leaves the age to whoever asks: the library would look at a clock of its own."""

    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:
        if type(sig_input.params.get("created")) is not int:
            raise InvalidSignature("created is missing")


def verify_message(envelope: Envelope, keys: Sequence[str]) -> Micros:
    """Accepts a signature by any of the live `keys`, `id:base64` each, over the body; gives when it was made.

    Raises SignatureWrong.
    """
    public = dict(_key(key) for key in keys)
    verifier = _Verifier(
        signature_algorithm=ED25519, key_resolver=MappingKeyResolver(public_keys=public, private_keys={})
    )
    try:
        (result,) = verifier.verify(
            _message(envelope), max_age=None, expect_tag=TAG, require_components=COVERED, body=envelope.body
        )
    except Exception as error:  # of whatever kind: what a stranger sent could not be believed
        raise SignatureWrong(f"no live key of this platform made this signature ({type(error).__name__})") from None
    return int(result.parameters["created"]) * SECOND


def problem_of_keys(texts: Sequence[str]) -> str:
    """What is wrong with the keys as the operator gave them; empty if nothing is."""
    try:
        ids = [key_id for key_id, _ in map(_key, texts)]
    except ValueError:
        return "expected id:key, the platform's key id and its Ed25519 public key of 32 bytes in base64"
    # A signature names its key by id alone: of two keys with one id, one could never be found.
    return "" if len(set(ids)) == len(ids) else "expected key ids that differ"


def _key(text: str) -> tuple[str, Ed25519PublicKey]:
    key_id, _, encoded = text.partition(":")
    raw = base64.b64decode(encoded, validate=True)
    if not key_id or len(raw) != KEY_BYTES:
        raise ValueError("not an id and a key")
    return key_id, Ed25519PublicKey.from_public_bytes(raw)


def _message(envelope: Envelope) -> _Message:
    headers = {name: value for name, value in envelope.headers.items() if not name.startswith(":")}
    url = f"https://{headers.get('host', 'unnamed')}{envelope.headers.get(':path', '/')}"
    return _Message(envelope.headers.get(":method", "POST"), url, headers)
