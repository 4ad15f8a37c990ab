"""What a pushed event says: `[events]`."""

from typing import Annotated, Literal

from pydantic import Field

from integrations.form.parts import Part, Place


class HmacSignature(Part):
    """HMAC-SHA256 over time, a dot and the body; hexadecimal."""

    scheme: Literal["hmac-sha256"]
    time_header: str
    signature_header: str
    window_s: int = Field(default=300, gt=0)


class MessageSignature(Part):
    """An HTTP Message Signature (RFC 9421) with Ed25519, over method, content type and the digest of the body (RFC 9530)."""

    scheme: Literal["http-message-signatures"]
    window_s: int = Field(default=300, gt=0)


Signature = Annotated[HmacSignature | MessageSignature, Field(discriminator="scheme")]


class Series(Part):
    """How the platform numbers its events without a hole: all of them, or those `within` something, such as a case, from 1."""

    number: Place
    within: Place | None = None


class EventForm(Part):
    """Where an event says what it is. `cases` and `licences` lead to rows in the form that the mappings know.

    Whom it is about is said by kind and number of an identity document, or by `account`.
    """

    signature: Signature
    id: Place
    happened: Place
    identity_type: Place | None = None
    identity_number: Place | None = None
    account: Place | None = None
    cases: Place | None = None
    licences: Place | None = None
    series: Series | None = None
