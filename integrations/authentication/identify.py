"""What says who we are, for each `connection.authentication`, and how connections to a platform are made."""

import base64
import ssl
from collections.abc import Callable, Mapping
from typing import Protocol

from integrations.authentication.bearer import Line
from integrations.authentication.client_credentials import ClientToken
from integrations.authentication.hmac import Signed
from integrations.form.authentication import ApiKey, Basic, ClientCertificate, ClientCredentials, Hmac
from integrations.form.connection import Connection
from integrations.form.operations import Values
from integrations.http import Request, Tls

Secrets = Mapping[str, str]


class Identify(Protocol):
    """Says who we are in the headers of a request."""

    async def headers(self, request: Request, about: Values) -> Mapping[str, str]:
        """What to add to the headers of this request. `about`: the question that it puts. Raises PlatformTrouble."""

    def refused(self, headers: Mapping[str, str], about: Values) -> bool:
        """Takes note that these were refused; whether others are to be had."""


class Fixed:
    """Satisfies Identify: the same headers for each request."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._headers = headers

    async def headers(self, request: Request, about: Values) -> Mapping[str, str]:
        return self._headers

    def refused(self, headers: Mapping[str, str], about: Values) -> bool:
        return False


class Unfit(Exception):
    """A secret that cannot be used. Names the setting, and never shows what it holds."""


def identify_of(
    connection: Connection,
    secrets: Secrets,
    line: Line,
    entropy: Callable[[int], bytes],
) -> Identify:
    """What speaks for us at one platform."""
    match connection.authentication:
        case Hmac() as how:
            return Signed(how, secrets, line.clock, entropy)
        case ClientCredentials() as how:
            return ClientToken(how, secrets, line)
        case ApiKey() as how:
            return Fixed({how.header: how.prefix + secrets[how.secret.setting]})
        case Basic() as how:
            return Fixed({"Authorization": basic(secrets[how.username.setting], secrets[how.password.setting])})
    return Fixed({})


def basic(username: str, password: str) -> str:
    """Credentials of the scheme Basic (RFC 7617), in UTF-8."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def tls_of(connection: Connection, secrets: Secrets) -> Tls:
    """How connections are made: whom we trust, and which certificate we show. Raises Unfit."""
    how, trust = connection.authentication, connection.trust
    if trust is None and not isinstance(how, ClientCertificate):
        return True
    context = _trusting(trust.setting, secrets[trust.setting]) if trust else ssl.create_default_context()
    if isinstance(how, ClientCertificate):
        _show(context, how, secrets)
    return context


def _trusting(setting: str, file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=file)
    except (OSError, ValueError) as error:
        raise Unfit(f"{setting}: expected a file with certificates in PEM ({type(error).__name__})") from None


def _show(context: ssl.SSLContext, how: ClientCertificate, secrets: Secrets) -> None:
    try:
        # A password, or OpenSSL would ask for one on the terminal.
        context.load_cert_chain(secrets[how.certificate.setting], secrets[how.key.setting], password="")
    except (OSError, ValueError) as error:
        named = f"{how.certificate.setting}, {how.key.setting}"
        raise Unfit(
            f"{named}: expected files with a certificate and its key in PEM, without a password ({type(error).__name__})"
        ) from None
