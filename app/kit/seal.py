"""Signing events as a platform does: the other side of integrations/signature.py and message_signature.py."""

import base64
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
from http_message_signatures.algorithms import ED25519

from domain.times import SECOND, Micros, moment
from integrations.form.events import HmacSignature, MessageSignature, Signature
from integrations.message_signature import COVERED, TAG

KEY_ID = "kit"


class Signer(Protocol):
    """Signs events. `secret`: what the operator of Tongban would be given."""

    secret: str
    media_type: str

    def headers(self, body: bytes, at: Micros) -> Mapping[str, str]:
        """The headers of an event that is signed at a time, in lower case, as an Envelope has them."""


def signer_of(form: Signature, entropy: Callable[[int], bytes]) -> Signer:
    """A signer with a fresh secret."""
    if isinstance(form, MessageSignature):
        return MessageSigner(entropy(32))
    return HmacSigner(form, entropy(32).hex())


@dataclass
class HmacSigner:
    """Satisfies Signer."""

    form: HmacSignature
    secret: str
    media_type: str = "application/octet-stream"

    def headers(self, body: bytes, at: Micros) -> Mapping[str, str]:
        stated = str(at // SECOND)
        made = hmac.new(self.secret.encode(), stated.encode() + b"." + body, "sha256").hexdigest()
        return {self.form.time_header.lower(): stated, self.form.signature_header.lower(): made}


class MessageSigner:
    """Satisfies Signer. `raw`: the 32 bytes of a private key."""

    media_type = "application/cloudevents+json"

    def __init__(self, raw: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(raw)
        self.secret = f"{KEY_ID}:{base64.b64encode(self._key.public_key().public_bytes_raw()).decode()}"

    def headers(self, body: bytes, at: Micros) -> Mapping[str, str]:
        headers = {"host": "kit", "content-type": self.media_type}
        message = SimpleNamespace(method="POST", url="https://kit/events", headers=headers)
        signer = HTTPMessageSigner(
            signature_algorithm=ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={KEY_ID: self._key}),
        )
        signer.sign(
            message, key_id=KEY_ID, created=moment(at), tag=TAG, covered_component_ids=COVERED, body=body, label="kit"
        )
        return {name.lower(): value for name, value in message.headers.items()} | {
            ":method": "POST",
            ":path": "/events",
        }
