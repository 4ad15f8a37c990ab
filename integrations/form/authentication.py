"""How we say to a platform who we are: `connection.authentication`. Secrets are names of settings, never values."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from integrations.form.parts import Part, Setting

HEADER = r"^[A-Za-z0-9-]+$"


class NoAuthentication(Part):
    """The platform asks nobody who they are, or knows by the network."""

    kind: Literal["none"]


class ApiKey(Part):
    """A secret in a header, `prefix` before it: `Bearer ` for a bearer token."""

    kind: Literal["api-key"]
    header: str = Field(pattern=HEADER)
    prefix: str = ""
    secret: Setting


class Basic(Part):
    """User name and password in the header Authorization (RFC 7617, in UTF-8)."""

    kind: Literal["basic"]
    username: Setting
    password: Setting


SignedPart = Literal["method", "path", "time", "nonce", "key", "body", "body-sha256"]


class Hmac(Part):
    """An HMAC-SHA256 over `parts`, in their order, a line feed between each two, in a header.

    `path` is path and query as sent; `body-sha256` is hexadecimal in small letters. Time, nonce and key are sent in a header
    of their own, and may be part of what is signed only then.
    """

    kind: Literal["hmac"]
    secret: Setting
    parts: tuple[SignedPart, ...] = Field(min_length=1)
    signature_header: str = Field(pattern=HEADER)
    encoding: Literal["hex", "base64"] = "hex"
    time_header: str | None = Field(default=None, pattern=HEADER)
    time_unit: Literal["seconds", "milliseconds"] = "seconds"
    nonce_header: str | None = Field(default=None, pattern=HEADER)
    key_header: str | None = Field(default=None, pattern=HEADER)
    key: Setting | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Hmac":
        for part, header in (("time", self.time_header), ("nonce", self.nonce_header), ("key", self.key_header)):
            if part in self.parts and header is None:
                raise ValueError(f"expected {part}_header, since {part} is signed")
        if (self.key is None) != (self.key_header is None):
            raise ValueError("expected key and key_header, or neither")
        return self


class TokenEndpoint(Part):
    """Where access tokens are fetched, and who we are there.

    `send`: whether the token endpoint is told id and secret in the header Authorization or in the body.
    """

    token_address: Setting
    client_id: Setting | None = None
    client_secret: Setting | None = None
    scope: str | None = Field(default=None, min_length=1)
    send: Literal["basic", "body"] = "basic"


class ClientCredentials(TokenEndpoint):
    """An access token of OAuth 2.0 client credentials (RFC 6749, section 4.4) as a bearer token (RFC 6750)."""

    kind: Literal["oauth2-client-credentials"]
    client_id: Setting
    client_secret: Setting
    audience: str | None = Field(default=None, min_length=1)


class ClientCertificate(Part):
    """A certificate of ours, shown when the connection is made. Both settings name a file in PEM."""

    kind: Literal["client-certificate"]
    certificate: Setting
    key: Setting


class UsernameToken(Part):
    """A UsernameToken with PasswordDigest in the SOAP header (WS-Security UsernameToken Profile 1.0)."""

    kind: Literal["wsse-username-token"]
    username: Setting
    password: Setting


def takes_authorization(how: Part) -> bool:
    """Whether the header Authorization is taken by how we say who we are."""
    headers = {getattr(how, name) for name in type(how).model_fields if name == "header" or name.endswith("_header")}
    return isinstance(how, Basic | ClientCredentials) or "authorization" in {str(name).lower() for name in headers}


Authentication = Annotated[
    NoAuthentication | ApiKey | Basic | Hmac | ClientCredentials | ClientCertificate | UsernameToken,
    Field(discriminator="kind"),
]
