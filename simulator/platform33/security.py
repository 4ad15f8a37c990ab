"""Who asks: the UsernameToken of a question, checked as WS-Security has it."""

import base64
import binascii
import hashlib
import hmac
import re
import time
from datetime import UTC, datetime

from lxml import etree

from simulator.platform33.envelope import FaultError, only_child
from simulator.platform33.namespaces import WSSE, WSU

_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
_DIGEST = _PROFILE + "username-token-profile-1.0#PasswordDigest"
_BASE64 = _PROFILE + "soap-message-security-1.0#Base64Binary"
_CREATED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d+)?Z", re.ASCII)
_WINDOW_S, _SHORTEST_NONCE = 300, 16


class Watchman:
    """Lets in whoever knows name and password and brings a new nonce each time."""

    def __init__(self, username: str, password: str) -> None:
        self._username, self._password = username, password
        self._seen: dict[bytes, float] = {}

    def check(self, header: etree._Element | None) -> None:
        """Raises FaultError unless the header holds one sound UsernameToken."""
        name, digest, nonce, created = _token(header)
        moment = _moment(created)
        expected = base64.b64encode(hashlib.sha1(nonce + created.encode() + self._password.encode()).digest()).decode()  # noqa: S324
        known = name == self._username and hmac.compare_digest(digest.encode(), expected.encode())
        if not known or abs(moment - time.time()) > _WINDOW_S or self._is_replayed(nonce):
            raise FaultError("wsse:FailedAuthentication", "F1001", "身份认证失败")

    def _is_replayed(self, nonce: bytes) -> bool:
        now = time.time()
        self._seen = {known: until for known, until in self._seen.items() if until > now}
        if nonce in self._seen:
            return True
        self._seen[nonce] = now + 2 * _WINDOW_S
        return False


def _token(header: etree._Element | None) -> tuple[str, str, bytes, str]:
    """Name, digest, nonce and time of the token."""
    try:
        if header is None:
            raise ValueError
        token = only_child(only_child(header, WSSE, "Security"), WSSE, "UsernameToken")
        name = only_child(token, WSSE, "Username")
        password = only_child(token, WSSE, "Password")
        nonce, created = only_child(token, WSSE, "Nonce"), only_child(token, WSU, "Created")
        if password.get("Type") != _DIGEST or nonce.get("EncodingType") != _BASE64:
            raise ValueError
        decoded = base64.b64decode(nonce.text or "", validate=True)
        if len(decoded) < _SHORTEST_NONCE or not (password.text and name.text):
            raise ValueError
    except (ValueError, binascii.Error):
        raise _invalid() from None
    return name.text, password.text, decoded, created.text or ""


def _moment(created: str) -> float:
    match = _CREATED.fullmatch(created)
    try:
        if match is None:
            raise ValueError
        return datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp()
    except ValueError:
        raise _invalid() from None


def _invalid() -> FaultError:
    return FaultError("wsse:InvalidSecurity", "F1000", "缺少有效的UsernameToken")
