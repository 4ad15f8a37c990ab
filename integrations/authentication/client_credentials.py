"""Access tokens of OAuth 2.0 client credentials (RFC 6749, section 4.4): one for all questions to a platform."""

from collections.abc import Mapping

from integrations.authentication.bearer import Bearer, Client, Line, token_request
from integrations.form.authentication import ClientCredentials
from integrations.form.operations import Values
from integrations.http import Request

UNSAID_S = 300
"""How long a token is taken to live whose answer does not say it."""


class ClientToken:
    """Satisfies Identify."""

    def __init__(self, form: ClientCredentials, secrets: Mapping[str, str], line: Line) -> None:
        said = {"grant_type": "client_credentials", "audience": form.audience}
        self._bearer = Bearer(line, Client(line.clock), lambda: token_request(form, secrets, said), UNSAID_S)

    async def headers(self, request: Request, about: Values) -> Mapping[str, str]:
        return await self._bearer.headers()

    def refused(self, headers: Mapping[str, str], about: Values) -> bool:
        self._bearer.refused(headers)
        return True
