"""Words for asking platform 33: envelopes written by hand, answers read by name and namespace."""

import base64
import hashlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml import etree

WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
NAMES = {
    "soap": "http://schemas.xmlsoap.org/soap/envelope/",
    "x": "urn:zjzw:exchange:2",
    "b": "urn:zjzw:banjian:2",
    "z": "urn:zjzw:zhengzhao:2",
    "s": "urn:zjzw:shijian:1",
}
LIN = "440106199203179941"

TOKEN = """<wsse:Security soap:mustUnderstand="1"><wsse:UsernameToken><wsse:Username>{username}</wsse:Username>\
<wsse:Password Type="{wss}-username-token-profile-1.0#PasswordDigest">{digest}</wsse:Password>\
<wsse:Nonce EncodingType="{wss}-soap-message-security-1.0#Base64Binary">{nonce}</wsse:Nonce>\
<wsu:Created>{created}</wsu:Created></wsse:UsernameToken></wsse:Security>"""

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soap:Envelope xmlns:soap="{soap}" xmlns:wsse="{wss}-wssecurity-secext-1.0.xsd" \
xmlns:wsu="{wss}-wssecurity-utility-1.0.xsd" xmlns:q="urn:zjzw:exchange:2"><soap:Header>{token}</soap:Header>
<soap:Body><q:{operation}><q:zjlx>{kind}</q:zjlx><q:zjhm>{number}</q:zjhm><q:yeMa>{page}</q:yeMa>\
<q:yeDaXiao>{size}</q:yeDaXiao></q:{operation}></soap:Body></soap:Envelope>"""


def token(
    *,
    username: str = "asker",
    password: str = "the-password",
    nonce: bytes | None = None,
    created: str | None = None,
) -> str:
    """A Security header."""
    nonce = os.urandom(16) if nonce is None else nonce
    created = created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    digest = hashlib.sha1(nonce + created.encode() + password.encode()).digest()
    return TOKEN.format(
        wss=WSS,
        username=username,
        digest=base64.b64encode(digest).decode(),
        nonce=base64.b64encode(nonce).decode(),
        created=created,
    )


def envelope(operation: str = "QueryBanjian", *, header: str | None = None, **values: Any) -> str:
    """A sound question, unless told otherwise."""
    told = {"kind": "111", "number": LIN, "page": 1, "size": 50, **values}
    return ENVELOPE.format(
        soap=NAMES["soap"], wss=WSS, token=token() if header is None else header, operation=operation, **told
    )


@dataclass
class Answer:
    """What came back; `at` finds in it by XPath with the prefixes of the wire document."""

    status: int
    content_type: str
    raw: bytes

    def at(self, xpath: str) -> Any:
        return etree.fromstring(self.raw).xpath(xpath, namespaces=NAMES)

    @property
    def fault(self) -> tuple[str, str]:
        """The local name of the faultcode and the platform's own code."""
        (faultcode,) = self.at("/soap:Envelope/soap:Body/soap:Fault/faultcode/text()")
        (own,) = self.at("/soap:Envelope/soap:Body/soap:Fault/detail/x:cuowu/@dm")
        return str(faultcode).partition(":")[2], str(own)
