"""An HMAC-SHA256 over declared parts of a request, in a header."""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping

from domain.times import SECOND, Micros
from integrations.form.authentication import Hmac
from integrations.form.operations import Values
from integrations.http import Request

NONCE_BYTES = 16


class Signed:
    """Satisfies Identify: each request is signed anew."""

    def __init__(
        self, form: Hmac, secrets: Mapping[str, str], clock: Callable[[], Micros], entropy: Callable[[int], bytes]
    ) -> None:
        self._form, self._clock, self._entropy = form, clock, entropy
        self._secret = secrets[form.secret.setting].encode()
        self._key = secrets[form.key.setting] if form.key else ""

    async def headers(self, request: Request, about: Values) -> Mapping[str, str]:
        form, unit = self._form, SECOND if self._form.time_unit == "seconds" else SECOND // 1000
        said = {"time": str(self._clock() // unit), "nonce": self._entropy(NONCE_BYTES).hex(), "key": self._key}
        headers = {"time": form.time_header, "nonce": form.nonce_header, "key": form.key_header}
        sent = {header: said[name] for name, header in headers.items() if header}
        return {**sent, form.signature_header: self._signature(canonical(form, request, said))}

    def refused(self, headers: Mapping[str, str], about: Values) -> bool:
        return False

    def _signature(self, text: bytes) -> str:
        made = hmac.digest(self._secret, text, "sha256")
        return made.hex() if self._form.encoding == "hex" else base64.b64encode(made).decode()


def canonical(form: Hmac, request: Request, said: Mapping[str, str]) -> bytes:
    """What is signed: the declared parts, in their order, a line feed between each two and none at the end."""
    parts = {name: value.encode() for name, value in said.items()} | {
        "method": request.method.encode(),
        "path": request.url.raw_path_qs.encode(),
        "body": request.body,
        "body-sha256": hashlib.sha256(request.body).hexdigest().encode(),
    }
    return b"\n".join(parts[name] for name in form.parts)
