"""SOAP 1.1 over HTTP POST, document style, with a WS-Security UsernameToken where the description asks for one."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from lxml import etree

from domain.times import Micros, moment
from integrations.dialects.dialect import Ask, Wire, key_headers
from integrations.form.connection import Connection, UsernameToken
from integrations.form.operations import SoapOperation
from integrations.http import post
from integrations.port import Drifted, Refused, ServerFailed
from integrations.xml import NotXml, Template, parse_xml

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE, WSU = f"{_OASIS}wssecurity-secext-1.0.xsd", f"{_OASIS}wssecurity-utility-1.0.xsd"
DIGEST = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
BASE64 = f"{_OASIS}soap-message-security-1.0#Base64Binary"
NONCE_BYTES = 16

FAULTS = frozenset(
    {
        "VersionMismatch", "MustUnderstand", "Client", "Server",
        "UnsupportedSecurityToken", "UnsupportedAlgorithm", "InvalidSecurity", "InvalidSecurityToken",
        "FailedAuthentication", "FailedCheck", "SecurityTokenUnavailable",
    }
)  # fmt: skip
"""Fault codes of SOAP 1.1, section 4.4.1, and of WS-Security 1.0, section 12. Others are not repeated: they are foreign."""


def soap(connection: Connection, operation: SoapOperation, wire: Wire) -> Ask:
    """A question in this dialect. Places are found below soap:Body."""
    url, template = wire.address + operation.path, Template(operation.body, connection.namespaces)
    headers = key_headers(connection, wire) | {
        "Content-Type": "text/xml; charset=utf-8",
        "SOAPAction": f'"{operation.action}"',
    }

    async def ask(values: Mapping[str, Any]) -> Any:
        letter = envelope(template.fill(values), security(connection, wire))
        # A fault comes with status 500.
        status, raw = await post(wire.session, url, headers, letter, wire.answer_bytes, also=(500,))
        return body_of(raw, status)

    return ask


def envelope(content: etree._Element, header: etree._Element | None) -> bytes:
    """A SOAP 1.1 envelope around one element, with one header if there is one."""
    root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    if header is not None:
        etree.SubElement(root, f"{{{SOAP}}}Header").append(header)
    etree.SubElement(root, f"{{{SOAP}}}Body").append(content)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def security(connection: Connection, wire: Wire) -> etree._Element | None:
    """The header wsse:Security with a fresh token, or None if we name ourselves otherwise."""
    how = connection.authentication
    if not isinstance(how, UsernameToken):
        return None
    username, password = (wire.secrets[name] for name in how.settings)
    return username_token(username, password, wire.entropy(NONCE_BYTES), wire.clock())


def username_token(username: str, password: str, nonce: bytes, now: Micros) -> etree._Element:
    """wsse:Security with a UsernameToken (profile 1.0, section 3.1): digest = Base64(SHA-1(nonce + created + password))."""
    created = f"{moment(now):%Y-%m-%dT%H:%M:%S}.{now // 1000 % 1000:03}Z"
    # SHA-1 is what the profile says; it stands here for an HMAC under the password, not for a signature.
    digest = hashlib.sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    header = etree.Element(f"{{{WSSE}}}Security", {f"{{{SOAP}}}mustUnderstand": "1"}, nsmap={"wsse": WSSE, "wsu": WSU})
    token = etree.SubElement(header, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = username
    etree.SubElement(token, f"{{{WSSE}}}Password", Type=DIGEST).text = base64.b64encode(digest).decode()
    etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=BASE64).text = base64.b64encode(nonce).decode()
    etree.SubElement(token, f"{{{WSU}}}Created").text = created
    return header


def body_of(raw: bytes, status: int = 200) -> etree._Element:
    """soap:Body of an answer. Raises Refused for a fault and for any other status than 200, else Drifted."""
    try:
        root = parse_xml(raw)
    except NotXml as error:
        if status != 200:
            raise ServerFailed(f"HTTP {status}") from None
        raise Drifted(f"not XML: {error}") from None
    body = root.find(f"{{{SOAP}}}Body") if root.tag == f"{{{SOAP}}}Envelope" else None
    fault = body.find(f"{{{SOAP}}}Fault") if body is not None else None
    if fault is not None:
        # Every fault comes with status 500. Only this one is the server's own: SOAP 1.1, section 4.4.1.
        said = _class_of(fault)
        raise (ServerFailed if said == "Server" else Refused)(f"SOAP fault {said}")
    if status != 200:
        raise ServerFailed(f"HTTP {status}")
    if body is None:
        raise Drifted("not a SOAP 1.1 envelope")
    return body


def _class_of(fault: etree._Element) -> str:
    """The known part of a fault's code: `soap:Client.NoSuchPerson` is Client."""
    local = (fault.findtext("faultcode") or "").strip().rpartition(":")[2]
    known = local.partition(".")[0]
    return known if known in FAULTS else "of another class"
